#include "io/tcp.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "support/loop_rig.h"
#include "support/slices.h"
#include "support/sockets.h"
#include "support/tcp_counts.h"

namespace gladhand::io {
namespace {

using test::connection;
using test::LoopRig;
using test::Socket;

// A listener that writes down what it hears; what was read in one word.
class RecordingTcp final : public TcpEvents {
 public:
  std::string transcript;
  std::string received;
  std::function<void(std::string_view event)> then = [](std::string_view) {};

  void on_connected() override { note("connected"); }
  void on_read(Slice bytes) override {
    received += bytes.view();
    if (!transcript.ends_with("read ")) note("read");
  }
  void on_end() override { note("end"); }
  void on_error(Code code) override { note(row(code).name); }
  void on_drained() override { note("drained"); }

 private:
  void note(std::string_view event) {
    transcript += event;
    transcript += ' ';
    then(event);
  }
};

class TcpTest : public testing::Test {
 protected:
  TcpTest() {
    auto [ours, theirs] = connection();
    peer = std::move(theirs);
    tcp = std::make_unique<Tcp>(rig.loop, events, ours.release());
  }
  bool hears(std::string_view event) {
    return rig.run_until([&] { return events.transcript.contains(event); });
  }
  void write(std::string_view text) {
    Buffer bytes = test::buffer_of(text);
    tcp->write(bytes);
    EXPECT_TRUE(bytes.empty()) << "all of it is taken";
  }
  // Everything until the FIN, while the loop goes on.
  std::string drain_peer() {
    std::string text;
    EXPECT_TRUE(rig.run_until([&] {
      text += peer.receive_some();
      return peer.state() == 0;
    }));
    return text;
  }
  // More than any socket buffer takes.
  static std::string large() {
    std::string text;
    for (int i = 0; text.size() < 16'000'000; ++i) text += std::to_string(i) + ' ';
    return text;
  }

  LoopRig rig;
  RecordingTcp events;
  Socket peer;
  std::unique_ptr<Tcp> tcp;
};

TEST_F(TcpTest, nothing_is_read_before_it_is_asked_for) {
  peer.send("hello");
  rig.run_a_while();
  EXPECT_EQ(events.transcript, "");
  tcp->start_reading();
  EXPECT_EQ(events.transcript, "") << "never from inside the call";
  ASSERT_TRUE(hears("read"));
  EXPECT_EQ(events.received, "hello");
}

TEST_F(TcpTest, reading_can_pause_and_go_on) {
  tcp->start_reading();
  tcp->start_reading();
  peer.send("one");
  ASSERT_TRUE(hears("read"));
  tcp->stop_reading();
  peer.send("two");
  rig.run_a_while();
  EXPECT_EQ(events.received, "one");
  tcp->start_reading();
  ASSERT_TRUE(rig.run_until([&] { return events.received == "onetwo"; }));
}

TEST_F(TcpTest, one_read_can_be_limited) {
  peer.send("headbody");
  tcp->limit_next_read(4);
  events.then = [&](std::string_view) { tcp->stop_reading(); };
  tcp->start_reading();
  ASSERT_TRUE(hears("read"));
  EXPECT_EQ(events.received, "head");
  tcp->start_reading();
  ASSERT_TRUE(rig.run_until([&] { return events.received == "headbody"; }));
}

TEST_F(TcpTest, what_was_read_stays_while_somebody_keeps_it) {
  struct Keeper final : TcpEvents {
    Buffer kept;
    void on_connected() override {}
    void on_read(Slice bytes) override { kept.append(std::move(bytes)); }
    void on_end() override {}
    void on_error(Code) override {}
    void on_drained() override {}
  } keeper;
  auto [ours, theirs] = connection();
  Tcp reader(rig.loop, keeper, ours.release());
  reader.start_reading();
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const std::string piece(1000, static_cast<char>('a' + i % 26));
    expected += piece;
    theirs.send(piece);
    ASSERT_TRUE(rig.run_until([&] { return keeper.kept.size() == expected.size(); }));
  }
  EXPECT_EQ(keeper.kept.to_string(), expected);
}

TEST_F(TcpTest, small_writes_are_with_the_kernel_at_once) {
  write("hello");
  EXPECT_EQ(tcp->backlog(), 0u);
  EXPECT_EQ(peer.receive_some(), "hello");
  rig.run_a_while();
  EXPECT_EQ(events.transcript, "") << "there was nothing to drain";
}

TEST_F(TcpTest, what_does_not_fit_is_written_when_it_does_and_told_once) {
  const std::string text = large();
  write(text);
  EXPECT_GT(tcp->backlog(), 0u);
  const std::size_t before = tcp->backlog();
  write("and more");
  EXPECT_EQ(tcp->backlog(), before + 8) << "behind what waits";
  tcp->shutdown();
  EXPECT_EQ(drain_peer(), text + "and more");
  EXPECT_EQ(tcp->backlog(), 0u);
  EXPECT_EQ(events.transcript, "drained ");
}

TEST_F(TcpTest, buffers_of_many_slices_are_written_in_order) {
  Buffer bytes;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    const std::string text = std::to_string(i) + ',';
    bytes.append(Slice::copy(text));
    expected += text;
  }
  for (int i = 0; i < 100; ++i) {
    const std::string text(50'000, static_cast<char>('a' + i % 26));
    bytes.append(Slice::copy(text));
    expected += text;
  }
  tcp->write(bytes);
  tcp->shutdown();
  EXPECT_EQ(drain_peer(), expected);
}

TEST_F(TcpTest, the_backlog_shrinks_as_the_peer_reads) {
  write(large());
  const std::size_t before = tcp->backlog();
  ASSERT_TRUE(rig.run_until([&] {
    static_cast<void>(peer.receive_some());
    return tcp->backlog() < before / 2;
  }));
  EXPECT_EQ(events.transcript, "");
}

TEST_F(TcpTest, an_end_is_sent_at_once_when_nothing_waits) {
  tcp->shutdown();
  ASSERT_TRUE(rig.run_until([&] { return peer.state() == 0; }));
  tcp->shutdown();
  peer.send("still heard");
  tcp->start_reading();
  ASSERT_TRUE(hears("read"));
}

TEST_F(TcpTest, the_peers_end_is_told_once_and_writing_goes_on) {
  tcp->start_reading();
  peer.send("bye");
  peer.end();
  ASSERT_TRUE(hears("end"));
  rig.run_a_while();
  EXPECT_EQ(events.transcript, "read end ");
  write("answer");
  EXPECT_EQ(peer.receive_some(), "answer");
}

TEST_F(TcpTest, a_reset_is_told_once) {
  tcp->start_reading();
  write(large());
  peer.reset();
  ASSERT_TRUE(hears("reset"));
  write("into the void");
  rig.run_a_while();
  EXPECT_EQ(events.transcript, "reset ");
}

TEST_F(TcpTest, a_write_that_fails_is_told_at_the_end_of_the_turn) {
  peer.reset();
  write("one");
  write("two");
  write(large());
  EXPECT_EQ(events.transcript, "") << "never from inside the call";
  ASSERT_TRUE(hears("reset"));
  rig.run_a_while();
  EXPECT_EQ(events.transcript, "reset ");
}

TEST_F(TcpTest, it_may_be_retired_from_inside_each_of_its_events) {
  for (const std::string event : {"read", "end", "reset", "drained"}) {
    auto [ours, theirs] = connection();
    RecordingTcp own;
    auto victim = std::make_unique<Tcp>(rig.loop, own, ours.release());
    own.then = [&](std::string_view) {
      if (victim) rig.loop.retire(std::move(victim));
    };
    victim->start_reading();
    if (event == "read") theirs.send("x");
    if (event == "end") theirs.end();
    if (event == "reset") theirs.reset();
    if (event == "drained") {
      Buffer bytes = test::buffer_of(large());
      victim->write(bytes);
    }
    ASSERT_TRUE(rig.run_until([&] {
      if (theirs) static_cast<void>(theirs.receive_some());
      return !victim;
    })) << event;
    theirs.send("more");
    rig.run_a_while();
    EXPECT_EQ(own.transcript, event + " ");
  }
}

TEST_F(TcpTest, a_dropped_one_hears_nothing_and_closes) {
  tcp->start_reading();
  peer.send("hello");
  write("last words");
  tcp.reset();
  rig.run_a_while();
  EXPECT_EQ(events.transcript, "");
  EXPECT_EQ(peer.receive_some(), "last words");
}

TEST_F(TcpTest, a_dropped_one_takes_its_backlog_along) {
  write(large());
  EXPECT_GT(tcp->backlog(), 0u);
  tcp.reset();
  std::size_t received = 0;
  rig.run_until([&] {
    received += peer.receive_some().size();
    return peer.state() != 1 && peer.state() != EAGAIN;
  });
  EXPECT_LT(received, large().size());
  EXPECT_EQ(events.transcript, "");
}

TEST_F(TcpTest, an_error_that_was_not_told_dies_with_it) {
  peer.reset();
  write("one");
  write("two");
  tcp.reset();
  rig.run_a_while();
  EXPECT_EQ(events.transcript, "");
}

TEST_F(TcpTest, a_close_can_be_made_a_reset) {
  tcp->reset_on_close();
  tcp.reset();
  EXPECT_TRUE(rig.run_until([&] { return peer.state() == ECONNRESET; }));
}

TEST_F(TcpTest, a_close_is_an_end_otherwise) {
  tcp.reset();
  EXPECT_TRUE(rig.run_until([&] { return peer.state() == 0; }));
}

TEST_F(TcpTest, what_came_with_the_connection_is_read_without_a_watch) {
  peer.send("all of it");
  events.then = [&](std::string_view) { tcp->stop_reading(); };
  EXPECT_TRUE(tcp->is_fresh());
  tcp->start_reading();
  EXPECT_EQ(events.transcript, "") << "never from inside the call";
  ASSERT_TRUE(hears("read"));
  EXPECT_TRUE(tcp->is_fresh());
  peer.send(" and more");
  rig.run_a_while();
  EXPECT_EQ(events.received, "all of it");
  tcp->start_reading();
  EXPECT_FALSE(tcp->is_fresh());
  events.transcript.clear();
  ASSERT_TRUE(hears("read"));
  EXPECT_EQ(events.received, "all of it and more");
}

TEST_F(TcpTest, the_last_bytes_and_the_fin_leave_in_one_segment) {
  const auto segments = [&] { return test::tcp_counts(peer.fd()).segments_in; };
  const auto before = segments();
  Buffer bytes = test::buffer_of("the last bytes");
  tcp->write(bytes, Then::fin);
  EXPECT_EQ(segments(), before) << "they wait";
  tcp.reset();
  EXPECT_EQ(drain_peer(), "the last bytes");
  EXPECT_EQ(segments(), before + 1);
}

// ---- Dialling

class TcpDial : public testing::Test {
 protected:
  bool hears(std::string_view event) {
    return rig.run_until([&] { return events.transcript.contains(event); });
  }
  LoopRig rig;
  RecordingTcp events;
};

TEST_F(TcpDial, a_connection_is_told_later_and_can_be_used) {
  const Socket listener = Socket::listening();
  Tcp tcp(rig.loop, events, listener.address());
  EXPECT_EQ(events.transcript, "");
  ASSERT_TRUE(hears("connected"));
  const Socket peer = listener.accept();
  tcp.start_reading();
  peer.send("hello");
  ASSERT_TRUE(hears("read"));
  EXPECT_EQ(events.received, "hello");
  EXPECT_GE(tcp.fd(), 0);
}

TEST_F(TcpDial, what_is_written_before_the_connection_follows_it) {
  const Socket listener = Socket::listening();
  Tcp tcp(rig.loop, events, listener.address());
  Buffer bytes = test::buffer_of("early");
  tcp.write(bytes);
  EXPECT_TRUE(bytes.empty());
  EXPECT_EQ(tcp.backlog(), 5u);
  tcp.shutdown();
  ASSERT_TRUE(hears("drained"));
  EXPECT_EQ(events.transcript, "connected drained ");
  const Socket peer = listener.accept();
  rig.run_a_while();
  EXPECT_EQ(peer.receive_some(), "early");
  EXPECT_EQ(peer.state(), 0);
}

TEST_F(TcpDial, a_refusal_is_told_once) {
  Address nobody;
  {
    const Socket listener = Socket::listening();
    nobody = listener.address();
  }
  Tcp tcp(rig.loop, events, nobody);
  EXPECT_EQ(events.transcript, "") << "never from inside the constructor";
  Buffer bytes = test::buffer_of("early");
  tcp.write(bytes);
  ASSERT_TRUE(hears("refused"));
  rig.run_a_while();
  EXPECT_EQ(events.transcript, "refused ");
}

TEST_F(TcpDial, an_address_that_cannot_be_dialled_is_unreachable) {
  Tcp tcp(rig.loop, events, Address::numeric("255.255.255.255", 80).value());
  EXPECT_EQ(events.transcript, "");
  ASSERT_TRUE(rig.run_until([&] { return !events.transcript.empty(); }));
  EXPECT_EQ(events.transcript, "unreachable ");
}

TEST_F(TcpDial, dropping_it_while_it_dials_is_silent) {
  const Socket listener = Socket::listening();
  {
    Tcp tcp(rig.loop, events, listener.address());
    Buffer bytes = test::buffer_of("early");
    tcp.write(bytes);
  }
  rig.run_a_while();
  EXPECT_EQ(events.transcript, "");
}

}  // namespace
}  // namespace gladhand::io
