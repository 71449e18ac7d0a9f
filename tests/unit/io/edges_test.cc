#include "io/edges.h"

#include <gmock/gmock.h>

#include <functional>
#include <thread>

#include "io/acceptor.h"
#include "io/mailbox.h"
#include "support/loop_actors.h"
#include "support/loop_rig.h"
#include "support/sockets.h"

namespace gladhand::io {
namespace {

using namespace std::chrono_literals;
using test::Alarm;
using test::connection;
using test::LoopRig;
using test::Socket;
using test::Task;

class EdgesTest : public testing::Test {
 protected:
  // One end of a connection, watched; the test holds the other. Reads nothing by itself.
  struct Watched final : EdgeEvents {
    explicit Watched(Loop& in) : loop(in) {
      auto [here, there] = connection();
      socket = std::move(here);
      peer = std::move(there);
      socket.make_non_blocking();
    }
    ~Watched() override {
      if (is_added) remove();
    }
    void add() {
      EXPECT_EQ(loop.edges().add(socket.fd(), *this), 0);
      is_added = true;
    }
    void remove() {
      loop.edges().remove(socket.fd(), *this);
      is_added = false;
    }
    void on_edge(bool is_ending) override {
      ++told;
      has_ended |= is_ending;
      if (then) then();
    }
    Loop& loop;
    Socket socket, peer;
    int told = 0;
    bool has_ended = false, is_added = false;
    std::function<void()> then;
  };

  LoopRig rig;
  Watched a{rig.loop}, b{rig.loop};
};

TEST_F(EdgesTest, what_came_before_is_told_of) {
  a.peer.send("x");
  a.add();
  ASSERT_TRUE(rig.run_until([&] { return a.told == 1; }));
  EXPECT_FALSE(a.has_ended);
}

TEST_F(EdgesTest, what_was_left_is_told_of_no_more_but_what_is_new_is) {
  a.add();
  a.peer.send("x");
  ASSERT_TRUE(rig.run_until([&] { return a.told == 1; }));
  rig.run_a_while();
  EXPECT_EQ(a.told, 1);
  a.peer.send("y");
  ASSERT_TRUE(rig.run_until([&] { return a.told == 2; }));
  rig.loop.edges().tell_again(a.socket.fd(), a);
  ASSERT_TRUE(rig.run_until([&] { return a.told == 3; })) << "unless somebody asks";
}

TEST_F(EdgesTest, a_fin_right_behind_bytes_is_told_of_with_them) {
  a.add();
  a.peer.send("x");
  a.peer.end();
  ASSERT_TRUE(rig.run_until([&] { return a.told > 0; }));
  EXPECT_TRUE(a.has_ended);
}

TEST_F(EdgesTest, a_reset_is_an_end) {
  a.add();
  a.peer.reset();
  ASSERT_TRUE(rig.run_until([&] { return a.has_ended; }));
}

TEST_F(EdgesTest, who_is_removed_hears_nothing_any_more_not_even_of_the_same_turn) {
  a.then = [&] { b.remove(); };
  b.then = [&] { a.remove(); };
  a.add();
  b.add();
  a.peer.send("x");
  b.peer.send("x");
  ASSERT_TRUE(rig.run_until([&] { return a.told + b.told > 0; }));
  rig.run_a_while();
  EXPECT_EQ(a.told + b.told, 1);
}

TEST_F(EdgesTest, who_is_removed_and_added_again_hears_again) {
  a.add();
  a.peer.send("x");
  ASSERT_TRUE(rig.run_until([&] { return a.told == 1; }));
  a.remove();
  a.add();
  ASSERT_TRUE(rig.run_until([&] { return a.told == 2; }));
}

TEST_F(EdgesTest, who_always_has_more_does_not_keep_the_loop_from_others) {
  a.then = [&] { rig.loop.edges().tell_again(a.socket.fd(), a); };
  a.add();
  a.peer.send("x");
  ASSERT_TRUE(rig.run_until([&] { return a.told > 0; }));
  const int before = a.told;
  rig.loop.run_once(false);  // and comes back
  EXPECT_GT(a.told, before);
  EXPECT_LE(a.told, before + 20);
}

// Edges are all that comes: each is followed by the next, until a test has it otherwise.
class LeadingEdges : public EdgesTest {
 protected:
  static constexpr int kEnough = 200;  // turns, behind which they lead

  LeadingEdges() {
    a.then = [&] {
      a.socket.receive_some();
      if (a.told == kEnough) {
        EXPECT_TRUE(is_leading());
        at_lead();
      }
      if (a.told > kEnough) afterwards();
      if (goes_on) a.peer.send("x");
    };
    a.add();
    a.peer.send("x");
    too_late.deadline.arm(10s);
  }
  bool is_leading() { return rig.loop.edges().is_leading(); }

  bool goes_on = true;
  std::function<void()> at_lead = [&] { rig.loop.stop(); };  // once
  std::function<void()> afterwards = [] {};
  Alarm too_late{rig.loop, [&] {
                   ADD_FAILURE() << "told of " << a.told << " edges, and of no end";
                   rig.loop.stop();
                 }};
};

TEST_F(LeadingEdges, lead_until_the_loop_is_stopped_and_may_do_so_again) {
  rig.loop.run();
  EXPECT_FALSE(is_leading());
  ASSERT_TRUE(rig.run_until([&] { return a.told > kEnough; })) << "libuv watches them again";
  a.told = 0;
  rig.loop.run();
  EXPECT_EQ(a.told, kEnough);
}

TEST_F(LeadingEdges, end_turns_before_others_come) {
  int told = 0;
  Task task(rig.loop, [&](Task&) {
    told = a.told;
    rig.loop.stop();
  });
  at_lead = [&] { task.request_turn_end(); };
  rig.loop.run();
  EXPECT_EQ(told, kEnough);
}

TEST_F(LeadingEdges, do_not_keep_deadlines_from_being_met) {
  Alarm alarm(rig.loop, [&] { rig.loop.stop(); });
  at_lead = [&] { alarm.deadline.arm(20ms); };
  rig.loop.run();
  EXPECT_GT(a.told, kEnough);
}

TEST_F(LeadingEdges, are_not_waited_for_beyond_a_deadline) {
  Alarm alarm(rig.loop, [&] { rig.loop.stop(); });
  at_lead = [&] {
    alarm.deadline.arm(20ms);
    goes_on = false;
  };
  rig.loop.run();
  EXPECT_EQ(a.told, kEnough);
}

// What is begun behind libuv's look at its descriptors is not in its set yet.
TEST_F(LeadingEdges, are_not_waited_for_while_libuv_has_something_to_watch) {
  struct Accepted final : AcceptorEvents {
    void on_accepted(int fd, const Address&) override {
      socket = Socket(fd);
      then();
    }
    void on_exhausted() override {}
    Socket socket;
    std::function<void()> then;
  } accepted;
  accepted.then = [&] { rig.loop.stop(); };
  std::unique_ptr<Acceptor> acceptor;
  Socket client;
  Task listen(rig.loop, [&](Task&) {
    EXPECT_TRUE(is_leading());
    acceptor = std::make_unique<Acceptor>(rig.loop, accepted, open_listening_socket(*Address::numeric("127.0.0.1", 0), 1).value());
    client = Socket::connected_to(acceptor->address());
  });
  Mailbox mailbox(rig.loop);
  std::thread poster;
  at_lead = [&] {
    goes_on = false;
    poster = std::thread([&] { mailbox.post([&] { listen.request_turn_end(); }); });
  };
  rig.loop.run();
  if (poster.joinable()) poster.join();
  EXPECT_TRUE(accepted.socket);
}

TEST_F(LeadingEdges, are_served_while_every_turn_of_libuvs_asks_for_another) {
  int turns = 0;
  Task task(rig.loop, [&](Task& self) { ++turns < 500 ? self.request_next_turn_end() : rig.loop.stop(); });
  at_lead = [&] { task.request_next_turn_end(); };
  rig.loop.run();
  EXPECT_GT(a.told, kEnough + 400);
}

TEST_F(LeadingEdges, follow_where_others_are_most_of_what_comes) {
  int turns = 0;
  Task task(rig.loop, [&](Task& self) { ++turns < 200 ? self.request_next_turn_end() : a.peer.send("x"); });
  at_lead = [&] {
    goes_on = false;
    task.request_next_turn_end();
  };
  afterwards = [&] {
    EXPECT_FALSE(is_leading());
    rig.loop.stop();
  };
  rig.loop.run();
  EXPECT_EQ(a.told, kEnough + 1);
}

TEST_F(EdgesTest, what_cannot_be_watched_is_refused) { EXPECT_EQ(rig.loop.edges().add(-1, a), EBADF); }

}  // namespace
}  // namespace gladhand::io
