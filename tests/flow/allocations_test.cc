// The hot path allocates nothing: memory comes from free lists that have filled up.
#include <gtest/gtest.h>

#include "support/keep_alive_loop.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

TEST(Allocations, are_not_counted_here_because_a_sanitizer_has_a_malloc_of_its_own) { GTEST_SKIP(); }

#else

#include "support/allocation_count.h"

namespace gladhand::test {
namespace {

TEST(Allocations, a_keep_alive_request_makes_none_once_the_proxy_is_warm) {
  KeepAliveLoop loop(1024);
  ASSERT_TRUE(loop.run(200));
  const std::uint64_t before = allocations;
  ASSERT_TRUE(loop.run(1000));
  EXPECT_EQ(allocations - before, 0u) << "in 1000 requests";
}

}  // namespace
}  // namespace gladhand::test

#endif
