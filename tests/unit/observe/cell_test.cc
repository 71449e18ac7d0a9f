#include "observe/cell.h"

#include <cstdint>

#include <gtest/gtest.h>

namespace gladhand::observe {
namespace {

using namespace std::chrono_literals;

std::size_t bucket_by_search(std::uint64_t nanos) {
  std::size_t i = 0;
  while (i < kBounds.size() && nanos > kBounds[i]) ++i;
  return i;
}

TEST(Bucket, a_bound_belongs_to_the_bucket_below_it) {
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    EXPECT_EQ(bucket_of(kBounds[i] - 1), i) << kBounds[i];
    EXPECT_EQ(bucket_of(kBounds[i]), i) << kBounds[i];
    EXPECT_EQ(bucket_of(kBounds[i] + 1), i + 1) << kBounds[i];
  }
}

TEST(Bucket, the_look_up_agrees_with_a_search_around_every_power_of_two) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const std::uint64_t step : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
      const std::uint64_t nanos = (std::uint64_t{1} << bit) + step;
      EXPECT_EQ(bucket_of(nanos), bucket_by_search(nanos)) << nanos;
    }
  }
  EXPECT_EQ(bucket_of(UINT64_MAX), kBounds.size());
}

TEST(Bucket, the_bounds_are_the_published_ones) {
  constexpr std::array kMillis{0.25, 0.5,  1.,   2.5,   5.,    10.,   25.,   50.,
                               100., 250., 500., 1000., 1250., 2500., 5000., 10000.};
  ASSERT_EQ(kMillis.size(), kBounds.size());
  for (std::size_t i = 0; i < kBounds.size(); ++i) EXPECT_DOUBLE_EQ(static_cast<double>(kBounds[i]) / 1e6, kMillis[i]);
}

TEST(Histogram, counts_each_duration_once_and_adds_it_up) {
  Histogram histogram;
  histogram.observe(250us);
  histogram.observe(251us);
  histogram.observe(60s);
  EXPECT_EQ(histogram.bucket(0), 1u);
  EXPECT_EQ(histogram.bucket(1), 1u);
  EXPECT_EQ(histogram.bucket(kBounds.size()), 1u);
  EXPECT_EQ(histogram.sum_nanos(), 60'000'501'000u);
}

TEST(Histogram, takes_a_negative_duration_for_none) {
  Histogram histogram;
  histogram.observe(-1ms);
  EXPECT_EQ(histogram.bucket(0), 1u);
  EXPECT_EQ(histogram.sum_nanos(), 0u);
}

}  // namespace
}  // namespace gladhand::observe
