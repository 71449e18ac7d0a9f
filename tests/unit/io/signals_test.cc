#include "io/signals.h"

#include <gtest/gtest.h>

#include <csignal>
#include <type_traits>

#include "support/loop_rig.h"

namespace gladhand::io {
namespace {

TEST(Signals, each_arrival_is_told_on_the_loop) {
  test::LoopRig rig;
  int arrived = 0;
  const Signal usr1(rig.loop, SIGUSR1, [&] { ++arrived; });
  raise(SIGUSR1);
  EXPECT_EQ(arrived, 0);
  ASSERT_TRUE(rig.run_until([&] { return arrived == 1; }));
  raise(SIGUSR1);
  ASSERT_TRUE(rig.run_until([&] { return arrived == 2; }));
}

TEST(Signals, two_of_them_are_told_apart) {
  test::LoopRig rig;
  std::string story;
  const Signal usr1(rig.loop, SIGUSR1, [&] { story += "1"; });
  const Signal usr2(rig.loop, SIGUSR2, [&] { story += "2"; });
  raise(SIGUSR2);
  ASSERT_TRUE(rig.run_until([&] { return story == "2"; }));
  raise(SIGUSR1);
  ASSERT_TRUE(rig.run_until([&] { return story == "21"; }));
}

TEST(Signals, one_that_was_dropped_is_not_told) {
  test::LoopRig rig;
  int first = 0, second = 0;
  {
    const Signal dropped(rig.loop, SIGUSR1, [&] { ++first; });
  }
  const Signal kept(rig.loop, SIGUSR1, [&] { ++second; });
  raise(SIGUSR1);
  ASSERT_TRUE(rig.run_until([&] { return second == 1; }));
  EXPECT_EQ(first, 0);
}

static_assert(!std::is_move_constructible_v<Signal>, "libuv knows where it lives");

}  // namespace
}  // namespace gladhand::io
