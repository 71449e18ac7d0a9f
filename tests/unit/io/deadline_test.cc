#include "io/deadline.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "support/manual_clock.h"

namespace gladhand::io {
namespace {

using namespace std::chrono_literals;
using test::ManualClock;

constexpr Nanos kTick = DeadlineQueue::kTick;

class DeadlineTest : public testing::Test, public DeadlineEvents {
 protected:
  void on_deadline(Deadline& deadline) override {
    ++fired;
    then(deadline);
  }
  // The time goes by as on a loop: the queue is run when it asks for it.
  void pass(Nanos time) {
    const Nanos until = clock.now() + time;
    while (queue.next() && *queue.next() <= until) {
      if (*queue.next() > clock.now()) clock.advance(*queue.next() - clock.now());
      fire();
    }
    clock.advance(until - clock.now());
  }
  // One long sleep, and then one look.
  void sleep(Nanos time) {
    clock.advance(time);
    fire();
  }
  void fire() {
    queue.gather();
    while (queue.fire_one()) {
    }
  }

  ManualClock clock;
  DeadlineQueue queue{clock};
  int fired = 0;
  std::function<void(Deadline&)> then = [](Deadline&) {};
};

TEST_F(DeadlineTest, nothing_is_asked_for_while_nothing_is_armed) {
  const Deadline deadline(queue, *this);
  EXPECT_FALSE(deadline.is_armed());
  EXPECT_FALSE(queue.next());
  fire();
  EXPECT_FALSE(queue.next());
}

TEST_F(DeadlineTest, it_is_never_early_and_at_most_one_tick_late) {
  for (Nanos wait : {Nanos(1), Nanos(1us), Nanos(1ms), kTick - Nanos(1), kTick, kTick + Nanos(1), Nanos(100ms), Nanos(1s), Nanos(16s), kTick * 1022, kTick * 1023, kTick * 1024,
                     kTick * 1025, Nanos(60s), Nanos(1h), Nanos(24h)}) {
    for (Nanos offset : {Nanos(0), Nanos(1), Nanos(7ms), kTick - Nanos(1)}) {
      pass(kTick - clock.now() % kTick + offset);
      fired = 0;
      Deadline deadline(queue, *this);
      deadline.arm(wait);
      EXPECT_TRUE(deadline.is_armed());
      pass(wait - Nanos(1));
      EXPECT_EQ(fired, 0) << wait.count() << " + " << offset.count();
      pass(kTick + Nanos(1));
      EXPECT_EQ(fired, 1) << wait.count() << " + " << offset.count();
      EXPECT_FALSE(deadline.is_armed());
      pass(40s);
      EXPECT_EQ(fired, 1);
    }
  }
}

TEST_F(DeadlineTest, waiting_for_nothing_is_never) {
  Deadline deadline(queue, *this);
  for (Nanos wait : {Nanos(0), Nanos(-1), Nanos(-1h)}) {
    deadline.arm(1s);
    deadline.arm(wait);
    EXPECT_FALSE(deadline.is_armed());
    pass(10s);
    EXPECT_EQ(fired, 0);
  }
}

TEST_F(DeadlineTest, pushing_it_back_moves_it_and_firing_is_once) {
  Deadline deadline(queue, *this);
  deadline.arm(100ms);
  for (int i = 0; i < 50; ++i) {
    pass(90ms);
    deadline.arm(100ms);
  }
  EXPECT_EQ(fired, 0);
  pass(99ms);
  EXPECT_EQ(fired, 0);
  pass(1ms + kTick);
  EXPECT_EQ(fired, 1);
}

TEST_F(DeadlineTest, pulling_it_forward_is_possible_too) {
  Deadline deadline(queue, *this);
  deadline.arm(10s);
  pass(1s);
  static_cast<void>(queue.take_earlier());
  deadline.arm(50ms);
  EXPECT_TRUE(queue.take_earlier());
  pass(49ms);
  EXPECT_EQ(fired, 0);
  pass(1ms + kTick);
  EXPECT_EQ(fired, 1);
}

TEST_F(DeadlineTest, a_disarmed_one_is_silent_and_can_be_armed_again) {
  Deadline deadline(queue, *this);
  deadline.arm(50ms);
  deadline.disarm();
  EXPECT_FALSE(deadline.is_armed());
  pass(40ms);
  deadline.arm(50ms);
  pass(49ms);
  EXPECT_EQ(fired, 0);
  pass(1ms + kTick);
  EXPECT_EQ(fired, 1);
}

TEST_F(DeadlineTest, a_destroyed_one_is_silent) {
  {
    Deadline deadline(queue, *this);
    deadline.arm(50ms);
  }
  pass(1s);
  EXPECT_EQ(fired, 0);
  EXPECT_FALSE(queue.next());
}

TEST_F(DeadlineTest, the_owner_of_the_timer_is_told_once_that_the_next_one_came_nearer) {
  EXPECT_FALSE(queue.take_earlier());
  Deadline far(queue, *this), near(queue, *this), middle(queue, *this);
  far.arm(5s);
  EXPECT_TRUE(queue.take_earlier());
  EXPECT_FALSE(queue.take_earlier());
  near.arm(1s);
  EXPECT_TRUE(queue.take_earlier());
  middle.arm(2s);
  EXPECT_FALSE(queue.take_earlier());
  EXPECT_LE(*queue.next(), clock.now() + 1s + kTick);
}

TEST_F(DeadlineTest, after_a_long_sleep_all_that_is_due_fires_at_once) {
  std::vector<std::unique_ptr<Deadline>> deadlines;
  for (Nanos wait : {Nanos(1ms), Nanos(1s), Nanos(10s), Nanos(20s), Nanos(1h), Nanos(100h)}) {
    deadlines.push_back(std::make_unique<Deadline>(queue, *this));
    deadlines.back()->arm(wait);
  }
  sleep(2h);
  EXPECT_EQ(fired, 5);
  sleep(200h);
  EXPECT_EQ(fired, 6);
}

TEST_F(DeadlineTest, a_queue_that_had_nothing_to_do_for_a_year_is_soon_up_to_date) {
  clock.advance(365 * 24h);
  Deadline deadline(queue, *this);
  deadline.arm(50ms);
  pass(49ms);
  EXPECT_EQ(fired, 0);
  pass(1ms + kTick);
  EXPECT_EQ(fired, 1);
}

TEST_F(DeadlineTest, a_callback_may_arm_the_same_one_again) {
  Deadline deadline(queue, *this);
  then = [](Deadline& which) { which.arm(100ms); };
  deadline.arm(100ms);
  pass(1050ms);
  EXPECT_GE(fired, 8);
  EXPECT_LE(fired, 10);
}

TEST_F(DeadlineTest, a_callback_may_destroy_itself_and_others) {
  std::vector<std::unique_ptr<Deadline>> deadlines;
  for (int i = 0; i < 10; ++i) {
    deadlines.push_back(std::make_unique<Deadline>(queue, *this));
    deadlines.back()->arm(50ms);
  }
  then = [&](Deadline&) { deadlines.clear(); };
  sleep(1s);
  EXPECT_EQ(fired, 1);
}

TEST_F(DeadlineTest, a_callback_may_put_off_one_that_is_due_in_the_same_moment) {
  Deadline one(queue, *this), two(queue, *this), three(queue, *this);
  for (Deadline* deadline : {&one, &two, &three}) deadline->arm(50ms);
  then = [&](Deadline& which) {
    if (&which != &one) return;
    two.arm(1s);
    three.disarm();
  };
  sleep(100ms);
  EXPECT_EQ(fired, 1);
  EXPECT_TRUE(two.is_armed());
  pass(999ms);
  EXPECT_EQ(fired, 1);
  pass(1ms + kTick);
  EXPECT_EQ(fired, 2);
}

TEST_F(DeadlineTest, a_callback_may_arm_one_for_at_once) {
  Deadline one(queue, *this), two(queue, *this);
  one.arm(50ms);
  then = [&](Deadline& which) {
    if (&which == &one) two.arm(Nanos(1));
  };
  pass(50ms + kTick);
  EXPECT_EQ(fired, 1);
  pass(kTick);
  EXPECT_EQ(fired, 2);
}

// Many deadlines against the simplest model there is, with a clock that mostly goes on and sometimes leaps.
TEST_F(DeadlineTest, many_deadlines_fire_when_a_simple_model_says_so) {
  std::mt19937_64 random(7);
  std::vector<std::unique_ptr<Deadline>> deadlines(200);
  std::map<Deadline*, Nanos> due;
  for (auto& deadline : deadlines) deadline = std::make_unique<Deadline>(queue, *this);
  Nanos latest_look = clock.now();
  then = [&](Deadline& deadline) {
    ASSERT_TRUE(due.contains(&deadline)) << "it was not armed";
    ASSERT_GE(clock.now(), due[&deadline]) << "early";
    ASSERT_LT(latest_look, due[&deadline] + kTick) << "late: it was due when the queue was looked at before";
    due.erase(&deadline);
  };
  for (int step = 0; step < 20'000; ++step) {
    auto& deadline = deadlines[random() % deadlines.size()];
    const Nanos wait = std::chrono::microseconds(random() % 8 == 0 ? random() % 100'000'000 : random() % 300'000 + 1);
    switch (random() % 10) {
      case 0: deadline->disarm(), due.erase(deadline.get()); break;
      case 1: due.erase(deadline.get()), deadline = std::make_unique<Deadline>(queue, *this); break;
      default:
        deadline->arm(wait);
        if (wait > Nanos(0)) due[deadline.get()] = clock.now() + wait;
    }
    clock.advance(random() % 500 == 0 ? Nanos(std::chrono::milliseconds(random() % 60'000)) : Nanos(std::chrono::microseconds(random() % 5000)));
    if (queue.next() && *queue.next() <= clock.now()) {
      fire();
      latest_look = clock.now();
    }
    for (const auto& [armed, at] : due) ASSERT_TRUE(armed->is_armed() && queue.next() && *queue.next() < at + kTick) << step;
  }
  EXPECT_GT(fired, 1000);
}

}  // namespace
}  // namespace gladhand::io
