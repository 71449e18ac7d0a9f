#include "io/work.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "support/loop_rig.h"

namespace gladhand::io {
namespace {

using test::LoopRig;

TEST(Work, the_job_runs_on_another_thread_and_its_result_comes_back_to_the_loop) {
  LoopRig rig;
  std::thread::id worked_on, answered_on;
  std::optional<std::string> result;
  const Ticket ticket = run<std::string>(
      rig.loop,
      [&worked_on] {
        worked_on = std::this_thread::get_id();
        return std::string("done");
      },
      [&](std::string given) {
        answered_on = std::this_thread::get_id();
        EXPECT_FALSE(result) << "answered twice";
        result = std::move(given);
      });
  EXPECT_FALSE(result) << "answered from inside the call";
  ASSERT_TRUE(rig.run_until([&] { return result.has_value(); }));
  EXPECT_EQ(result, "done");
  EXPECT_NE(worked_on, std::this_thread::get_id());
  EXPECT_EQ(answered_on, std::this_thread::get_id());
}

TEST(Work, the_loop_turns_while_a_job_runs) {
  LoopRig rig;
  std::binary_semaphore may_end(0);
  bool is_done = false;
  const Ticket ticket = run(rig.loop, [&may_end] { may_end.acquire(); }, [&is_done] { is_done = true; });
  rig.run_a_while();
  EXPECT_FALSE(is_done);
  may_end.release();
  EXPECT_TRUE(rig.run_until([&] { return is_done; }));
}

TEST(Work, a_ticket_dropped_while_the_job_runs_cuts_the_way_back) {
  LoopRig rig;
  std::binary_semaphore has_begun(0), may_end(0);
  std::atomic<bool> has_ended = false;
  auto owned = std::make_shared<int>(7);
  const std::weak_ptr<int> watched = owned;
  {
    const Ticket one = run(
        rig.loop,
        [&, owned = std::move(owned)] {
          has_begun.release();
          may_end.acquire();
          has_ended = *owned == 7;  // what a job owns lives as long as it runs
        },
        [] { FAIL(); });
    has_begun.acquire();
    Ticket two;
    two = run(rig.loop, [] {}, [] { FAIL(); });
  }
  may_end.release();
  EXPECT_TRUE(rig.run_until([&] { return watched.expired(); }));
  EXPECT_TRUE(has_ended);
  rig.run_a_while();
}

TEST(Work, a_job_that_no_thread_has_begun_is_not_done_once_its_ticket_is_dropped) {
  LoopRig rig;
  constexpr int kMoreThanThePool = 64;
  std::counting_semaphore<> may_end(0);
  std::atomic<int> begun = 0;
  int done = 0;
  std::vector<Ticket> busy;
  for (int i = 0; i < kMoreThanThePool; ++i) {
    busy.push_back(run(
        rig.loop,
        [&begun, &may_end] {
          ++begun;
          may_end.acquire();
        },
        [&done] { ++done; }));
  }
  { const Ticket last = run(rig.loop, [] { FAIL(); }, [] { FAIL(); }); }
  may_end.release(kMoreThanThePool);
  EXPECT_TRUE(rig.run_until([&] { return done == kMoreThanThePool; }));
  EXPECT_EQ(begun, kMoreThanThePool);
  rig.run_a_while();
}

TEST(Work, what_a_job_holds_is_let_go_when_it_is_done_however_long_the_ticket_is_kept) {
  LoopRig rig;
  auto owned = std::make_shared<int>(7);
  const std::weak_ptr<int> watched = owned;
  bool is_done = false;
  const Ticket ticket = run(rig.loop, [owned = std::move(owned)] {}, [&is_done] { is_done = true; });
  ASSERT_TRUE(rig.run_until([&] { return is_done; }));
  EXPECT_TRUE(watched.expired());
}

TEST(Work, the_ticket_may_be_dropped_inside_the_answer) {
  LoopRig rig;
  std::optional<Ticket> ticket;
  auto kept = std::make_shared<std::string>("what the answer holds outlives the ticket");
  bool is_done = false;
  ticket = run(rig.loop, [] {}, [&ticket, &is_done, kept = std::move(kept)] {
    ticket.reset();
    is_done = !kept->empty();
  });
  EXPECT_TRUE(rig.run_until([&] { return is_done; }));
}

TEST(Work, an_answer_is_an_event_with_an_instant_of_its_own) {
  LoopRig rig;
  const Nanos before = rig.loop.now();
  std::optional<Nanos> answered;
  const Ticket ticket = run(rig.loop, [] {}, [&] { answered = rig.loop.now(); });
  ASSERT_TRUE(rig.run_until([&] { return answered.has_value(); }));
  EXPECT_GT(*answered, before);
}

TEST(Work, a_loop_may_end_before_the_answer) {
  const Clock clock;
  Loop loop(clock);
  const Ticket ticket = run(loop, [] {}, [] { FAIL(); });
}

}  // namespace
}  // namespace gladhand::io
