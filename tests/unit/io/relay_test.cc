#include "io/relay.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "support/loop_rig.h"
#include "support/sockets.h"

namespace gladhand::io {
namespace {

using test::connection;
using test::LoopRig;
using test::Socket;

// A tunnel: near end, first connection of ours, a relay for each direction, second connection of ours, far end.
class RelayTest : public testing::Test {
 protected:
  struct Listener final : TcpEvents {
    std::string transcript, received;
    void on_connected() override {}
    void on_read(Slice bytes) override { received += bytes.view(); }
    void on_end() override { transcript += "end "; }
    void on_error(Code code) override { transcript += std::string(row(code).name) + ' '; }
    void on_drained() override { transcript += "drained "; }
  };
  struct Account final : MoverEvents {
    std::uint64_t bytes = 0;
    int told = 0, drained = 0;
    void on_moved(std::size_t n) override {
      bytes += n;
      told += n > 0;
      drained += n == 0;
    }
  };

  RelayTest() {
    auto [first_fd, near_end] = connection();
    auto [second_fd, far_end] = connection();
    near = std::move(near_end);
    far = std::move(far_end);
    near.make_non_blocking();
    far.make_non_blocking();
    first = std::make_unique<Tcp>(rig.loop, first_events, first_fd.release());
    second = std::make_unique<Tcp>(rig.loop, second_events, second_fd.release());
    first->start_reading();
    second->start_reading();
    rig.run_until([turns = 0]() mutable { return ++turns > 3; });  // the first read of a socket is another
    there = std::make_unique<Relay>(rig.loop, *first, *second, there_account);
    back = std::make_unique<Relay>(rig.loop, *second, *first, back_account);
  }
  // Sends what the socket takes.
  static void send_some(Socket& socket, std::string_view& text) {
    const ssize_t n = text.empty() ? 0 : ::send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL);
    if (n > 0) text.remove_prefix(static_cast<std::size_t>(n));
  }

  LoopRig rig;
  Socket near, far;
  Listener first_events, second_events;
  Account there_account, back_account;
  std::unique_ptr<Tcp> first, second;
  std::unique_ptr<Relay> there, back;
};

TEST_F(RelayTest, both_directions_are_said_on_as_they_come) {
  std::string asked, answered;
  near.send("how are you?");
  ASSERT_TRUE(rig.run_until([&] { return (asked += far.receive_some()) == "how are you?"; }));
  far.send("fine");
  ASSERT_TRUE(rig.run_until([&] { return (answered += near.receive_some()) == "fine"; }));
  ASSERT_TRUE(rig.run_until([&] { return there_account.bytes == 12 && back_account.bytes == 4; })) << "told a while later";
  EXPECT_EQ(first_events.received + second_events.received, "") << "nobody else sees them";
}

TEST_F(RelayTest, small_messages_are_told_of_together) {
  std::string heard;
  for (int i = 0; i < 5; ++i) {
    near.send("x");
    ASSERT_TRUE(rig.run_until([&] { return (heard += far.receive_some()).size() == std::size_t(i + 1); }));
  }
  ASSERT_TRUE(rig.run_until([&] { return there_account.bytes == 5; }));
  EXPECT_EQ(there_account.told, 1);
  near.send("x");
  ASSERT_TRUE(rig.run_until([&] { return there_account.bytes == 6; })) << "and so are the next ones";
}

TEST_F(RelayTest, what_was_not_told_is_told_when_somebody_asks) {
  std::string heard;
  near.send("hello");
  ASSERT_TRUE(rig.run_until([&] { return (heard += far.receive_some()) == "hello"; }));
  EXPECT_EQ(there_account.bytes, 0u);
  there->settle();
  EXPECT_EQ(there_account.bytes, 5u);
  there->settle();
  EXPECT_EQ(there_account.told, 1) << "once";
}

TEST_F(RelayTest, what_was_not_told_is_told_before_the_end) {
  struct AtEnd final : TcpEvents {
    void on_connected() override {}
    void on_read(Slice) override {}
    void on_end() override { at_end = account->bytes; }
    void on_error(Code) override { at_end = account->bytes; }
    void on_drained() override {}
    const Account* account = nullptr;
    std::optional<std::uint64_t> at_end;
  };
  for (const bool is_reset : {false, true}) {
    auto [fd, end] = connection();
    AtEnd events;
    Account account;
    events.account = &account;
    Tcp source(rig.loop, events, fd.release());
    source.start_reading();
    rig.run_until([turns = 0]() mutable { return ++turns > 3; });
    there.reset();
    Relay relay(rig.loop, source, *second, account);
    std::string heard;
    end.send("hello");
    ASSERT_TRUE(rig.run_until([&] { return (heard += far.receive_some()) == "hello"; }));
    is_reset ? end.reset() : end.end();
    ASSERT_TRUE(rig.run_until([&] { return events.at_end.has_value(); }));
    EXPECT_EQ(events.at_end, 5u);
  }
}

TEST_F(RelayTest, a_receiver_that_does_not_read_holds_the_sender_up_and_loses_nothing) {
  std::string text;
  for (int i = 0; text.size() < 30'000'000; ++i) text += std::to_string(i) + ' ';
  std::string_view left = text;
  ASSERT_TRUE(rig.run_until([&] { return send_some(near, left), there->is_held_up(); }));
  const std::uint64_t before = there_account.bytes;
  rig.run_until([&, turns = 0]() mutable { return send_some(near, left), ++turns == 200; });
  EXPECT_EQ(there_account.bytes, before);
  EXPECT_FALSE(left.empty());
  std::string received;
  ASSERT_TRUE(rig.run_until([&] { return send_some(near, left), (received += far.receive_some()).size() == text.size(); }));
  EXPECT_TRUE(received == text);
  there->settle();
  EXPECT_EQ(there_account.bytes, text.size());
  EXPECT_GT(there_account.drained, 0);
  EXPECT_FALSE(there->is_held_up());
}

TEST_F(RelayTest, who_ends_while_the_receiver_is_full_has_ended_behind_all_that_was_said) {
  std::string text;
  for (int i = 0; text.size() < 30'000'000; ++i) text += std::to_string(i) + ' ';
  std::string_view left = text;
  ASSERT_TRUE(rig.run_until([&] { return send_some(near, left), there->is_held_up(); }));
  const std::string_view sent = std::string_view(text).substr(0, text.size() - left.size());
  near.end();
  rig.run_a_while();
  EXPECT_EQ(first_events.transcript, "");
  std::string received;
  ASSERT_TRUE(rig.run_until([&] { return received += far.receive_some(), first_events.transcript == "end "; }));
  ASSERT_TRUE(rig.run_until([&] { return (received += far.receive_some()).size() == sent.size(); }));
  EXPECT_TRUE(received == sent);
}

TEST_F(RelayTest, one_direction_ends_and_the_other_goes_on) {
  near.send("last words");
  near.end();
  ASSERT_TRUE(rig.run_until([&] { return first_events.transcript == "end "; }));
  second->shutdown();
  std::string asked, answered;
  ASSERT_TRUE(rig.run_until([&] { return (asked += far.receive_some()) == "last words"; }));
  far.send("and mine");
  ASSERT_TRUE(rig.run_until([&] { return (answered += near.receive_some()) == "and mine"; }));
  rig.run_until([turns = 0]() mutable { return ++turns > 20; });
  EXPECT_EQ(first_events.transcript, "end ") << "an end is told of once";
}

TEST_F(RelayTest, a_sender_that_resets_is_told_of) {
  near.send("x");
  ASSERT_TRUE(rig.run_until([&] { return there_account.bytes == 1; }));
  near.reset();
  ASSERT_TRUE(rig.run_until([&] { return !first_events.transcript.empty(); }));
  EXPECT_EQ(first_events.transcript, "reset ");
}

TEST_F(RelayTest, a_receiver_that_has_reset_is_told_of) {
  far.reset();
  std::string_view left = "nobody listens";
  ASSERT_TRUE(rig.run_until([&] { return send_some(near, left), !second_events.transcript.empty(); }));
  EXPECT_EQ(second_events.transcript, "reset ");
}

TEST_F(RelayTest, what_comes_after_it_is_gone_is_read_as_ever) {
  there.reset();
  near.send("plain");
  ASSERT_TRUE(rig.run_until([&] { return first_events.received == "plain"; }));
}

}  // namespace
}  // namespace gladhand::io
