#include "io/edges.h"

#include <gmock/gmock.h>

#include <functional>

#include "support/loop_rig.h"
#include "support/sockets.h"

namespace gladhand::io {
namespace {

using test::connection;
using test::LoopRig;
using test::Socket;

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

TEST_F(EdgesTest, what_cannot_be_watched_is_refused) { EXPECT_EQ(rig.loop.edges().add(-1, a), EBADF); }

}  // namespace
}  // namespace gladhand::io
