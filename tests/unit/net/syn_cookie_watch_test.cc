#include "net/syn_cookie_watch.h"

#include <gtest/gtest.h>

namespace gladhand::net {
namespace {

using namespace std::chrono_literals;

TEST(SynCookieWatch, a_counter_that_rises_is_a_reason_to_doubt_until_it_stands_still) {
  std::uint64_t cookies = 1000;
  int looks = 0;
  SynCookieWatch watch([&]() -> std::optional<std::uint64_t> {
    ++looks;
    return cookies;
  });
  EXPECT_FALSE(watch.suspects(1s)) << "what was before the first client proves nothing";
  cookies = 1001;
  EXPECT_TRUE(watch.suspects(2s));
  EXPECT_TRUE(watch.suspects(2s + 50ms));
  EXPECT_EQ(looks, 2) << "a look holds for a while";
  EXPECT_FALSE(watch.suspects(2s + 100ms));
  EXPECT_FALSE(watch.suspects(3s));
  cookies = 1002;
  EXPECT_TRUE(watch.suspects(4s));
}

TEST(SynCookieWatch, a_kernel_that_counts_none_is_never_suspected) {
  SynCookieWatch watch([]() -> std::optional<std::uint64_t> { return std::nullopt; });
  EXPECT_FALSE(watch.suspects(1s));
  EXPECT_FALSE(watch.suspects(2s));
}

}  // namespace
}  // namespace gladhand::net
