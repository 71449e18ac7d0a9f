// io::Tcp dialling by TCP Fast Open, in a network of its own.
#include <gmock/gmock.h>
#include <netinet/tcp.h>

#include <memory>
#include <string>
#include <vector>

#include "io/tcp.h"
#include "support/loop_rig.h"
#include "support/own_network.h"
#include "support/slices.h"
#include "support/sockets.h"

namespace gladhand::io {
namespace {

using test::Socket;

class Heard final : public TcpEvents {
 public:
  std::string transcript;
  std::string received;

  void on_connected() override { transcript += "connected "; }
  void on_read(Slice bytes) override { received += bytes.view(); }
  void on_end() override { transcript += "end "; }
  void on_error(Code code) override { transcript += std::string(row(code).name) + ' '; }
  void on_drained() override { transcript += "drained "; }
};

class FastDialTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!network.is_there()) GTEST_SKIP() << "no right to make a network namespace";
    listener = Socket::listening();
    const int queue = 16;
    ASSERT_EQ(setsockopt(listener.fd(), IPPROTO_TCP, TCP_FASTOPEN, &queue, sizeof queue), 0);
  }
  void dial() {
    events = {};
    tcp = std::make_unique<Tcp>(rig.loop, events, listener.address(), Dial::fast);
  }
  // After which the kernel knows a cookie.
  void visit() {
    dial();
    EXPECT_TRUE(hears("connected"));
    tcp.reset();
    listener.accept();
  }
  void write(std::string_view text) {
    Buffer bytes = test::buffer_of(text);
    tcp->write(bytes);
    EXPECT_TRUE(bytes.empty()) << "all of it is taken";
  }
  bool hears(std::string_view event) {
    return rig.run_until([&] { return events.transcript.contains(event); });
  }
  bool came_in_the_syn(const Socket& accepted) {
    tcp_info info{};
    socklen_t size = sizeof info;
    getsockopt(accepted.fd(), IPPROTO_TCP, TCP_INFO, &info, &size);
    return (info.tcpi_options & TCPI_OPT_SYN_DATA) != 0;
  }

  test::OwnNetwork network{3};
  test::LoopRig rig;
  Heard events;
  Socket listener;
  std::unique_ptr<Tcp> tcp;
};

TEST_F(FastDialTest, the_first_dial_asks_for_a_cookie_and_what_is_written_waits) {
  dial();
  EXPECT_EQ(tcp->opening(), Opening::asking);
  write("hello");
  EXPECT_EQ(tcp->backlog(), 5u);
  ASSERT_TRUE(hears("connected"));
  const Socket accepted = listener.accept();
  EXPECT_FALSE(came_in_the_syn(accepted));
  EXPECT_TRUE(rig.run_until([&] { return accepted.receive_some() == "hello"; }));
}

TEST_F(FastDialTest, with_a_cookie_the_first_bytes_leave_in_the_syn) {
  visit();
  dial();
  EXPECT_EQ(tcp->opening(), Opening::with_cookie);
  tcp->start_reading();
  write("hello");
  EXPECT_EQ(tcp->backlog(), 0u);
  const Socket accepted = listener.accept();
  EXPECT_TRUE(came_in_the_syn(accepted));
  EXPECT_EQ(accepted.receive_some(), "hello");
  ASSERT_TRUE(hears("connected"));
  accepted.send("answer");
  EXPECT_TRUE(rig.run_until([&] { return events.received == "answer"; }));
  write(" and more");
  EXPECT_TRUE(rig.run_until([&] { return accepted.receive_some() == " and more"; }));
  accepted.end();
  EXPECT_TRUE(hears("end"));
}

TEST_F(FastDialTest, what_is_too_much_for_a_syn_follows_in_order) {
  visit();
  dial();
  std::string much;
  for (int i = 0; much.size() < 3'000'000; ++i) much += std::to_string(i) + ' ';
  write(much);
  EXPECT_GT(tcp->backlog(), 2'000'000u);
  write("end");
  tcp->shutdown();
  const Socket accepted = listener.accept();
  std::string received;
  EXPECT_TRUE(rig.run_until([&] {
    received += accepted.receive_some();
    return accepted.state() == 0;
  }));
  EXPECT_TRUE(received == much + "end") << received.size();
  EXPECT_TRUE(events.transcript.starts_with("connected ")) << events.transcript;
}

TEST_F(FastDialTest, where_nothing_is_written_the_syn_leaves_at_the_turns_end) {
  visit();
  dial();
  ASSERT_TRUE(hears("connected"));
  const Socket accepted = listener.accept();
  EXPECT_FALSE(came_in_the_syn(accepted));
  write("late");
  EXPECT_TRUE(rig.run_until([&] { return accepted.receive_some() == "late"; }));
}

// Where the accept queue is full, the kernel drops the SYN; it sends it again after a second, without the data.
TEST_F(FastDialTest, a_socket_that_the_kernel_calls_writable_is_not_connected_yet) {
  visit();
  std::vector<Socket> waiting;
  for (int i = 0; i < 17; ++i) waiting.push_back(Socket::connected_to(listener.address()));
  dial();
  tcp->start_reading();
  write("hello");
  rig.run_a_while();
  EXPECT_EQ(events.transcript, "") << "connect() answered 0, and nobody has answered the SYN";
  for (int i = 0; i < 17; ++i) listener.accept();
  ASSERT_TRUE(hears("connected"));
  const Socket accepted = listener.accept();
  EXPECT_FALSE(came_in_the_syn(accepted));
  EXPECT_TRUE(rig.run_until([&] { return accepted.receive_some() == "hello"; })) << "the kernel has kept it";
}

TEST_F(FastDialTest, a_port_that_nobody_listens_on_refuses_the_data) {
  visit();
  const Address address = listener.address();
  listener.close();
  tcp = std::make_unique<Tcp>(rig.loop, events = {}, address, Dial::fast);
  EXPECT_EQ(tcp->opening(), Opening::with_cookie);
  write("hello");
  ASSERT_TRUE(hears("refused"));
  EXPECT_EQ(events.transcript, "refused ");
}

TEST_F(FastDialTest, where_clients_may_not_it_is_an_ordinary_dial) {
  network.allow_fast_open(2);
  dial();
  EXPECT_EQ(tcp->opening(), Opening::unsupported);
  ASSERT_TRUE(hears("connected"));
  write("hello");
  const Socket accepted = listener.accept();
  EXPECT_TRUE(rig.run_until([&] { return accepted.receive_some() == "hello"; }));
}

TEST_F(FastDialTest, a_dial_that_is_given_up_leaves_nothing_behind) {
  visit();
  dial();
  tcp.reset();
  dial();
  write("hello");
  tcp.reset();
  dial();
  rig.run_a_while();
}

}  // namespace
}  // namespace gladhand::io
