#include "observe/percentiles.h"

#include <gmock/gmock.h>

namespace gladhand::observe {
namespace {

using namespace std::chrono_literals;

std::array<std::uint64_t, kBuckets> counted(std::initializer_list<Nanos> durations) {
  std::array<std::uint64_t, kBuckets> buckets{};
  for (const Nanos one : durations) ++buckets[bucket_of(static_cast<std::uint64_t>(one.count()))];
  return buckets;
}

TEST(Percentiles, are_values_that_were_measured) {
  std::vector<Nanos> values;
  for (int i = 100; i >= 1; --i) values.push_back(std::chrono::milliseconds(i));
  const Percentiles found = percentiles_of(values);
  EXPECT_EQ(found.count, 100u);
  EXPECT_EQ(found.p50, 50ms);
  EXPECT_EQ(found.p95, 95ms);
  EXPECT_EQ(found.p99, 99ms);
}

TEST(Percentiles, of_few_values_are_the_greatest) {
  std::vector<Nanos> values{3ms, 1ms};
  EXPECT_EQ(percentiles_of(values).p50, 1ms);
  EXPECT_EQ(percentiles_of(values).p95, 3ms);
  values = {7us};
  EXPECT_EQ(percentiles_of(values).p50, 7us);
}

TEST(Percentiles, of_nothing_are_none) {
  std::vector<Nanos> values;
  EXPECT_EQ(percentiles_of(values).count, 0u);
  EXPECT_EQ(percentiles_of(counted({})).count, 0u);
}

TEST(Percentiles, of_a_histogram_lie_between_the_bounds_of_their_bucket) {
  // Two in (1 ms, 2.5 ms], two in (5 ms, 10 ms].
  const Percentiles found = percentiles_of(counted({2ms, 2ms, 7ms, 8ms}));
  EXPECT_EQ(found.count, 4u);
  EXPECT_EQ(found.p50, 2500us);
  EXPECT_EQ(found.p95, 9500us);
}

TEST(Percentiles, of_a_histogram_are_never_past_its_last_bound) { EXPECT_EQ(percentiles_of(counted({60s})).p99, 10s); }

}  // namespace
}  // namespace gladhand::observe
