#include "server/last_resort.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

namespace gladhand::server {
namespace {

using namespace std::chrono_literals;
using testing::ExitedWithCode;
using testing::HasSubstr;

class LastResortDeathTest : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

[[noreturn]] void never_end() {
  LastResort last_resort(50ms, 4);
  last_resort.now_waiting_for("a test");
  while (true) pause();
}

TEST_F(LastResortDeathTest, a_process_that_does_not_end_says_what_it_waits_for_and_ends_with_the_status_it_was_to_have) {
  EXPECT_EXIT(never_end(), ExitedWithCode(4), "error +stopping has taken 50 ms and is not over: it waits for a test; .* last resort R");
}

TEST_F(LastResortDeathTest, it_outlives_its_object_and_the_functions_that_run_at_the_very_end) {
  const auto hang_at_exit = [] {
    { LastResort(50ms, 3).now_waiting_for("the very end"); }
    std::atexit([] { pause(); });
    std::exit(0);
  };
  EXPECT_EXIT(hang_at_exit(), ExitedWithCode(3), "waits for the very end");
}

TEST_F(LastResortDeathTest, a_process_that_ends_in_time_ends_by_itself) {
  const auto end = [] {
    LastResort last_resort(1h, 4);
    std::exit(0);
  };
  EXPECT_EXIT(end(), ExitedWithCode(0), "^$");
}

TEST(Threads, are_told_by_their_names_and_states) {
  std::atomic<bool> is_over = false;
  std::thread other([&] {
    pthread_setname_np(pthread_self(), "a (strange) S");
    is_over.wait(false);
  });
  const auto told = [] { return threads_text(); };
  while (told().find("a (strange) S S ") == std::string::npos) std::this_thread::yield();
  EXPECT_THAT(told(), HasSubstr(", a (strange) S S "));
  is_over = true;
  is_over.notify_one();
  other.join();
}

}  // namespace
}  // namespace gladhand::server
