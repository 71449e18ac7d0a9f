#include "tls/strike_register.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace gladhand::tls {
namespace {

constexpr std::time_t kNow = 1'700'000'000;
constexpr std::time_t kWindow = StrikeRegister::kWindowSeconds;

StrikeRegister::Random hello(unsigned n) {
  StrikeRegister::Random random{};
  random[0] = static_cast<unsigned char>(n);
  random[31] = static_cast<unsigned char>(n >> 8);
  return random;
}

TEST(StrikeRegister, admits_each_hello_once) {
  StrikeRegister strikes;
  EXPECT_TRUE(strikes.admit(hello(1), kNow));
  EXPECT_TRUE(strikes.admit(hello(2), kNow));
  EXPECT_FALSE(strikes.admit(hello(1), kNow));
  EXPECT_FALSE(strikes.admit(hello(2), kNow));
}

TEST(StrikeRegister, remembers_a_hello_for_a_window_wherever_in_one_it_came) {
  for (std::time_t into = 0; into < 2 * kWindow; ++into) {
    StrikeRegister strikes;
    EXPECT_TRUE(strikes.admit(hello(1), kNow));
    EXPECT_TRUE(strikes.admit(hello(2), kNow + into));
    for (std::time_t later = 0; later <= kWindow; ++later) EXPECT_FALSE(strikes.admit(hello(2), kNow + into + later)) << into << '+' << later;
  }
}

TEST(StrikeRegister, forgets_in_the_end) {
  StrikeRegister strikes;
  EXPECT_TRUE(strikes.admit(hello(1), kNow));
  EXPECT_TRUE(strikes.admit(hello(1), kNow + 2 * kWindow));
}

TEST(StrikeRegister, admits_nobody_while_it_is_full) {
  StrikeRegister strikes(3);
  for (unsigned n = 0; n < 3; ++n) EXPECT_TRUE(strikes.admit(hello(n), kNow));
  EXPECT_FALSE(strikes.admit(hello(3), kNow));
  EXPECT_FALSE(strikes.admit(hello(3), kNow + kWindow - 1));
  EXPECT_TRUE(strikes.admit(hello(3), kNow + kWindow));
  for (unsigned n = 0; n < 3; ++n) EXPECT_FALSE(strikes.admit(hello(n), kNow + kWindow)) << "it makes no room by forgetting too soon";
}

TEST(StrikeRegister, a_clock_that_is_set_back_lets_nothing_in_again) {
  StrikeRegister strikes;
  EXPECT_TRUE(strikes.admit(hello(1), kNow));
  EXPECT_TRUE(strikes.admit(hello(2), kNow - 3600));
  EXPECT_FALSE(strikes.admit(hello(1), kNow - 3600));
  EXPECT_FALSE(strikes.admit(hello(1), kNow));
}

TEST(StrikeRegister, a_clock_that_is_set_back_for_longer_than_tickets_live_begins_anew) {
  StrikeRegister strikes(1);
  EXPECT_TRUE(strikes.admit(hello(1), kNow));
  const std::time_t back = kNow - StrikeRegister::kSetBackSeconds - 1;
  EXPECT_TRUE(strikes.admit(hello(1), back));
  EXPECT_FALSE(strikes.admit(hello(2), back));
  EXPECT_TRUE(strikes.admit(hello(2), back + kWindow));
}

TEST(StrikeRegister, of_many_threads_with_the_same_hello_one_is_admitted) {
  StrikeRegister strikes;
  constexpr unsigned kHellos = 500;
  std::atomic<unsigned> admitted = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (unsigned n = 0; n < kHellos; ++n) admitted += strikes.admit(hello(n), kNow);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(admitted, kHellos);
}

}  // namespace
}  // namespace gladhand::tls
