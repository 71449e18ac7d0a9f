#include "io/loop.h"

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "support/loop_actors.h"
#include "support/loop_rig.h"
#include "support/manual_clock.h"

namespace gladhand::io {
namespace {

using namespace std::chrono_literals;
using test::Alarm;
using test::LoopRig;
using test::Task;
using testing::ElementsAre;

struct Mourned {
  std::function<void()> last_words;
  ~Mourned() { last_words(); }
};
std::unique_ptr<Mourned> mourned(std::function<void()> last_words) { return std::make_unique<Mourned>(std::move(last_words)); }

TEST(Turns, a_task_runs_once_however_often_it_was_asked_for) {
  LoopRig rig;
  int runs = 0;
  Task task(rig.loop, [&](Task&) { ++runs; });
  for (int i = 0; i < 10; ++i) task.request_turn_end();
  EXPECT_EQ(runs, 0) << "never from inside the call";
  rig.run_a_while();
  EXPECT_EQ(runs, 1);
}

TEST(Turns, tasks_run_in_the_order_in_which_they_were_asked_for) {
  LoopRig rig;
  std::vector<int> order;
  Task one(rig.loop, [&](Task&) { order.push_back(1); });
  Task two(rig.loop, [&](Task&) { order.push_back(2); });
  two.request_turn_end();
  one.request_turn_end();
  two.request_turn_end();
  rig.run_a_while();
  EXPECT_THAT(order, ElementsAre(2, 1));
}

TEST(Turns, what_a_task_asks_for_happens_in_the_same_turn) {
  LoopRig rig;
  int runs = 0;
  Task other(rig.loop, [&](Task&) { ++runs; });
  Task task(rig.loop, [&](Task& self) {
    other.request_turn_end();
    if (++runs < 3) self.request_turn_end();
  });
  task.request_turn_end();
  rig.loop.run_once(false);
  EXPECT_EQ(runs, 4);
}

TEST(Turns, the_end_of_an_event_comes_before_the_end_of_its_turn) {
  LoopRig rig;
  std::vector<std::string> order;
  Task event(rig.loop, [&](Task&) { order.push_back("event"); });
  Task turn(rig.loop, [&](Task&) {
    order.push_back("turn");
    event.request_event_end();
  });
  Task next(rig.loop, [&](Task&) { order.push_back("next"); });
  turn.request_turn_end();
  next.request_turn_end();
  event.request_event_end();
  event.request_turn_end();  // is asked for already
  EXPECT_THAT(order, ElementsAre()) << "never from inside the call";
  rig.loop.end_event();
  EXPECT_THAT(order, ElementsAre("event"));
  rig.run_a_while();
  EXPECT_THAT(order, ElementsAre("event", "turn", "event", "next"));
}

TEST(Turns, an_event_that_nobody_ends_ends_with_its_turn) {
  LoopRig rig;
  int runs = 0;
  Task task(rig.loop, [&](Task&) { ++runs; });
  task.request_event_end();
  rig.run_a_while();
  EXPECT_EQ(runs, 1);
}

TEST(Turns, a_late_task_waits_for_the_next_turn_which_does_not_wait_for_anything) {
  LoopRig rig;
  std::vector<std::string> order;
  Task other(rig.loop, [&](Task&) { order.push_back("other"); });
  Task task(rig.loop, [&](Task& self) {
    order.push_back("task");
    if (order.size() == 1) self.request_next_turn_end();
    other.request_turn_end();
  });
  task.request_turn_end();
  rig.loop.run_once(false);
  EXPECT_THAT(order, ElementsAre("task", "other", "task", "other")) << "one turn ends before the sockets are looked at, the next behind that";
  task.request_next_turn_end();
  task.request_turn_end();  // is asked for already
  rig.loop.run_once(true);
  EXPECT_EQ(order.size(), 6u);
  rig.loop.run_once(false);
  EXPECT_EQ(order.size(), 6u);
}

TEST(Turns, a_late_task_may_die_first) {
  LoopRig rig;
  int runs = 0;
  auto task = std::make_unique<Task>(rig.loop, [&](Task&) { ++runs; });
  task->request_next_turn_end();
  task.reset();
  rig.loop.run_once(true);
  EXPECT_EQ(runs, 0);
}

TEST(Turns, a_destroyed_task_does_not_run) {
  LoopRig rig;
  int runs = 0;
  auto victim = std::make_unique<Task>(rig.loop, [&](Task&) { ++runs; });
  Task killer(rig.loop, [&](Task&) { victim.reset(); });
  killer.request_turn_end();
  victim->request_turn_end();
  rig.run_a_while();
  EXPECT_EQ(runs, 0);
  EXPECT_FALSE(victim);
}

TEST(Turns, what_was_retired_dies_behind_the_tasks_of_the_turn) {
  LoopRig rig;
  std::vector<std::string> story;
  Task task(rig.loop, [&](Task&) { story.push_back("task"); });
  rig.loop.retire(mourned([&] { story.push_back("death"); }));
  task.request_turn_end();
  EXPECT_TRUE(story.empty());
  rig.loop.run_once(false);
  EXPECT_THAT(story, ElementsAre("task", "death"));
}

TEST(Turns, the_dying_may_retire_others_and_ask_for_tasks) {
  LoopRig rig;
  std::vector<std::string> story;
  Task task(rig.loop, [&](Task&) { story.push_back("task"); });
  rig.loop.retire(mourned([&] {
    story.push_back("parent");
    rig.loop.retire(mourned([&] { story.push_back("child"); }));
    task.request_turn_end();
  }));
  rig.loop.run_once(false);
  EXPECT_THAT(story, ElementsAre("parent", "task", "child"));
}

TEST(Turns, a_task_may_retire_its_own_object) {
  LoopRig rig;
  bool is_dead = false;
  struct Owner {
    Owner(LoopRig& own_rig, bool& is_dead_) : farewell{[&is_dead_] { is_dead_ = true; }}, task(own_rig.loop, [&own_rig, this](Task&) { own_rig.loop.retire(std::unique_ptr<Owner>(this)); }) {}
    Mourned farewell;
    Task task;
  };
  auto* owner = new Owner(rig, is_dead);  // owned by the graveyard in the end
  owner->task.request_turn_end();
  rig.loop.run_once(false);
  EXPECT_TRUE(is_dead);
}

TEST(Turns, a_loop_that_ends_buries_its_dead) {
  int deaths = 0;
  {
    LoopRig rig;
    rig.loop.retire(mourned([&] { ++deaths; }));
  }
  EXPECT_EQ(deaths, 1);
}

TEST(LoopRuns, it_lasts_until_stop_and_can_be_had_again) {
  LoopRig rig;
  int runs = 0;
  Alarm alarm(rig.loop, [&] {
    ++runs;
    rig.loop.stop();
  });
  for (int i = 0; i < 3; ++i) {
    alarm.deadline.arm(1ms);
    rig.loop.run();  // waits, although there is no connection
    EXPECT_EQ(runs, i + 1);
  }
}

TEST(LoopRuns, a_deadline_is_not_early_however_long_its_turn_has_taken) {
  LoopRig rig;
  Nanos begun{}, fired{};
  Alarm alarm(rig.loop, [&] { fired = rig.clock.now(); });
  Task slow(rig.loop, [&](Task&) {
    rig.loop.now();
    std::this_thread::sleep_for(40ms);
  });
  Task arming(rig.loop, [&](Task&) {
    begun = rig.clock.now();
    alarm.deadline.arm(50ms);
  });
  slow.request_turn_end();
  arming.request_turn_end();
  ASSERT_TRUE(rig.run_until([&] { return fired != Nanos(0); }));
  EXPECT_GE(fired - begun, 50ms);
}

TEST(LoopRuns, deadlines_that_are_due_at_once_have_an_instant_each) {
  LoopRig rig;
  std::vector<Nanos> seen;
  const auto act = [&] {
    seen.push_back(rig.loop.now());
    std::this_thread::sleep_for(2ms);
  };
  Alarm one(rig.loop, act), two(rig.loop, act);
  one.deadline.arm(1ms);
  two.deadline.arm(1ms);
  ASSERT_TRUE(rig.run_until([&] { return seen.size() == 2; }));
  EXPECT_GE(seen[1] - seen[0], 2ms);
}

TEST(LoopRuns, the_instant_of_an_event_before_the_loop_slept_is_not_that_of_one_behind_it) {
  LoopRig rig;
  rig.run_a_while();
  const Nanos before = rig.loop.now();
  std::this_thread::sleep_for(1ms);
  rig.run_a_while();
  EXPECT_GE(rig.loop.now() - before, 1ms);
}

TEST(LoopRuns, a_nearer_deadline_moves_the_timer) {
  LoopRig rig;
  bool is_near = false, is_far = false;
  Alarm far(rig.loop, [&] { is_far = true; });
  Alarm near(rig.loop, [&] { is_near = true; });
  far.deadline.arm(1h);
  rig.run_a_while();
  near.deadline.arm(1ms);
  EXPECT_TRUE(rig.run_until([&] { return is_near; }));
  EXPECT_FALSE(is_far);
}

TEST(LoopRuns, the_instant_is_the_same_during_one_event_and_another_in_the_next) {
  test::ManualClock clock;
  Loop loop(clock);
  std::vector<Nanos> seen;
  Task task(loop, [&](Task& self) {
    seen.push_back(loop.now());
    clock.advance(1s);
    seen.push_back(loop.now());
    if (seen.size() < 4) self.request_turn_end();
  });
  task.request_turn_end();
  loop.run_once(false);
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(seen[2], seen[3]);
  EXPECT_EQ(seen[2] - seen[0], 1s);
}

}  // namespace
}  // namespace gladhand::io
