#include "io/mailbox.h"

#include <gmock/gmock.h>

#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "support/loop_rig.h"

namespace gladhand::io {
namespace {

using test::LoopRig;
using testing::ElementsAre;

TEST(MailboxTest, a_letter_is_never_delivered_from_inside_the_call) {
  LoopRig rig;
  Mailbox mailbox(rig.loop);
  std::vector<int> order;
  mailbox.post([&] { order.push_back(1); });
  mailbox.post([&] { order.push_back(2); });
  EXPECT_TRUE(order.empty());
  ASSERT_TRUE(rig.run_until([&] { return order.size() == 2; }));
  EXPECT_THAT(order, ElementsAre(1, 2));
}

TEST(MailboxTest, a_letter_may_post_another) {
  LoopRig rig;
  Mailbox mailbox(rig.loop);
  int delivered = 0;
  std::function<void()> again = [&] {
    if (++delivered < 5) mailbox.post(again);
  };
  mailbox.post(again);
  EXPECT_TRUE(rig.run_until([&] { return delivered == 5; }));
}

TEST(MailboxTest, letters_that_were_not_delivered_are_destroyed_with_it) {
  LoopRig rig;
  const auto kept = std::make_shared<int>(0);
  {
    Mailbox mailbox(rig.loop);
    mailbox.post([kept] { ++*kept; });
    EXPECT_EQ(kept.use_count(), 2);
  }
  rig.run_a_while();
  EXPECT_EQ(kept.use_count(), 1);
  EXPECT_EQ(*kept, 0);
}

TEST(MultiWorkerMailbox, letters_of_one_thread_arrive_in_their_order_on_the_loops_thread) {
  LoopRig rig;
  Mailbox mailbox(rig.loop);
  std::vector<int> order;
  const std::thread::id here = std::this_thread::get_id();
  bool all_here = true;
  std::thread sender([&] {
    for (int i = 0; i < 1000; ++i) {
      mailbox.post([&, i] {
        order.push_back(i);
        all_here &= std::this_thread::get_id() == here;
      });
    }
  });
  EXPECT_TRUE(rig.run_until([&] { return order.size() == 1000; }));
  sender.join();
  EXPECT_TRUE(all_here);
  EXPECT_TRUE(std::ranges::is_sorted(order));
}

TEST(MultiWorkerMailbox, no_letter_of_many_threads_is_lost) {
  LoopRig rig;
  Mailbox mailbox(rig.loop);
  std::vector<int> last(4, -1);
  int delivered = 0;
  bool in_order = true;
  std::vector<std::thread> senders;
  for (int sender = 0; sender < 4; ++sender) {
    senders.emplace_back([&, sender] {
      for (int i = 0; i < 500; ++i) {
        mailbox.post([&, sender, i] {
          in_order &= std::exchange(last[static_cast<std::size_t>(sender)], i) == i - 1;
          ++delivered;
        });
      }
    });
  }
  EXPECT_TRUE(rig.run_until([&] { return delivered == 2000; }));
  for (std::thread& sender : senders) sender.join();
  EXPECT_TRUE(in_order);
}

TEST(MultiWorkerMailbox, a_loop_that_waits_is_woken) {
  const Clock clock;
  std::optional<Loop> loop;
  std::optional<Mailbox> mailbox;
  loop.emplace(clock);
  mailbox.emplace(*loop);
  int delivered = 0;
  std::thread sender([&] {
    mailbox->post([&] { ++delivered; });
    mailbox->post([&] { loop->stop(); });
  });
  loop->run();
  sender.join();
  EXPECT_EQ(delivered, 1);
}

TEST(MultiWorkerMailbox, a_letter_may_end_the_loop_and_the_mailbox_while_whoever_posted_it_is_not_back_yet) {
  struct Life {
    const Clock clock;
    Loop loop{clock};
    Mailbox mailbox{loop};
  };
  for (int i = 0; i < 300; ++i) {
    std::promise<Life*> made;
    std::thread other([&] {
      const auto life = std::make_unique<Life>();
      made.set_value(life.get());
      life->loop.run();
    });
    Life* life = made.get_future().get();
    life->mailbox.post([] {});  // so that it may be looking already
    life->mailbox.post([life] { life->loop.stop(); });
    other.join();
  }
}

TEST(MultiWorkerMailbox, two_loops_talk_to_each_other) {
  struct Worker {
    const Clock clock;
    Loop loop{clock};
    Mailbox mailbox{loop};
  };
  Worker here, there;
  int rounds = 0;
  std::function<void()> ping = [&] {
    there.mailbox.post([&] {
      here.mailbox.post([&] {
        if (++rounds < 100) return ping();
        there.mailbox.post([&] { there.loop.stop(); });
        here.loop.stop();
      });
    });
  };
  std::thread other([&] { there.loop.run(); });
  ping();
  here.loop.run();
  other.join();
  EXPECT_EQ(rounds, 100);
}

}  // namespace
}  // namespace gladhand::io
