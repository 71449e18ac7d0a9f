#include "rate_limit/buckets.h"

#include <gtest/gtest.h>

namespace plugins {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(Buckets, give_a_burst_and_then_a_token_for_each_interval) {
  Buckets buckets(kSecond, 3, 100);
  std::int64_t now = 100 * kSecond;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(buckets.take(1, now));
  EXPECT_EQ(buckets.take(1, now), kSecond);
  now += kSecond / 4;
  EXPECT_EQ(buckets.take(1, now), kSecond * 3 / 4);
  now += kSecond * 3 / 4;
  EXPECT_FALSE(buckets.take(1, now));
  EXPECT_EQ(buckets.take(1, now), kSecond) << "that was the only one";
}

TEST(Buckets, a_refusal_costs_nothing) {
  Buckets buckets(kSecond, 1, 100);
  EXPECT_FALSE(buckets.take(1, kSecond));
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(buckets.take(1, kSecond));
  EXPECT_FALSE(buckets.take(1, 2 * kSecond));
}

TEST(Buckets, a_pause_fills_them_to_the_burst_and_no_further) {
  Buckets buckets(kSecond, 2, 100);
  EXPECT_FALSE(buckets.take(1, 0));
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(buckets.take(1, 1000 * kSecond));
  EXPECT_TRUE(buckets.take(1, 1000 * kSecond));
}

TEST(Buckets, keys_are_counted_apart) {
  Buckets buckets(kSecond, 1, 1000);
  for (std::uint64_t key = 0; key < 100; ++key) EXPECT_FALSE(buckets.take(key, kSecond)) << key;
  for (std::uint64_t key = 0; key < 100; ++key) EXPECT_TRUE(buckets.take(key, kSecond)) << key;
}

TEST(Buckets, beyond_their_room_the_one_nearest_to_full_gives_way) {
  Buckets buckets(kSecond, 10, 1);  // one set of eight
  for (int i = 0; i < 10; ++i) buckets.take(99, 0);
  for (std::uint64_t key = 0; key < 7; ++key) {
    for (int i = 0; i < 5; ++i) buckets.take(key, 0);
  }
  for (std::uint64_t key = 100; key < 1000; ++key) EXPECT_FALSE(buckets.take(key, 0));
  EXPECT_TRUE(buckets.take(99, 0)) << "who was busiest is still known";
}

TEST(Buckets, one_that_is_full_makes_room_by_itself) {
  Buckets buckets(kSecond, 1, 1);
  for (std::uint64_t key = 0; key < 8; ++key) EXPECT_FALSE(buckets.take(key, 0));
  for (std::uint64_t key = 8; key < 15; ++key) EXPECT_FALSE(buckets.take(key, 2 * kSecond));
  for (std::uint64_t key = 8; key < 15; ++key) EXPECT_TRUE(buckets.take(key, 2 * kSecond)) << key;
}

}  // namespace
}  // namespace plugins
