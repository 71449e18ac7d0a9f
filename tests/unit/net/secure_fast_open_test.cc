// The dialling side of net::Secure by TCP Fast Open, in a network of its own.
#include <gmock/gmock.h>
#include <netinet/tcp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/fast_open.h"
#include "net/secure.h"
#include "support/loop_rig.h"
#include "support/own_network.h"
#include "support/slices.h"
#include "support/sockets.h"
#include "support/tls_server.h"

namespace gladhand::net {
namespace {

using test::Socket;
using timeline::ConnectionMark;
using timeline::FastOpen;

const tls::CertificatePair& authority() {
  static const tls::CertificatePair made = tls::make_authority("Test authority", 2);
  return made;
}

class Heard final : public TransportEvents {
 public:
  std::string transcript;

  void on_ready() override { transcript += "ready "; }
  void on_bytes(Slice) override {}
  void on_end() override { transcript += "end "; }
  void on_failed(Error error) override { transcript += std::string(error.name()) + ' '; }
  void on_drained() override {}
};

class SecureFastOpen : public testing::Test {
 protected:
  void SetUp() override {
    if (!network.is_there()) GTEST_SKIP() << "no right to make a network namespace";
    endpoint = Socket::listening();
    ASSERT_TRUE(allow_fast_open(endpoint.fd(), 16));
    use_key(1);
    options.certificate = tls::make_leaf(authority(), {"origin.example"}, 2);
    context = std::move(*tls::ClientContext::make(library, {}, std::vector{config::Protocol::http1_1}, authority().chain_pem, nullptr));
    remote.emplace(tls::Remote{*context, "origin.example"});
  }
  void use_key(unsigned char key) {
    FastOpenKeys cookies;
    cookies.current.fill(key);
    ASSERT_TRUE(use_keys(endpoint.fd(), cookies));
  }

  // One connection from the dial to the end of its handshake.
  const timeline::ConnectionRecord& shake_hands() {
    events.transcript.clear();
    record = {};
    record.side = timeline::Side::upstream;
    record.timeline.mark(ConnectionMark::started, rig.loop.now());
    transport = std::make_unique<Secure>(rig.loop, events, record, rig.clock, *remote, endpoint.address(), io::Dial::fast);
    test::TlsServer server(options);
    Socket accepted = endpoint.accept();
    accepted.make_non_blocking();
    first_flight = accepted.receive_some();
    server.feed(first_flight);
    EXPECT_TRUE(rig.run_until([&] {
      accepted.send(server.output());
      if (const std::string bytes = accepted.receive_some(); !bytes.empty()) server.feed(bytes);
      return events.transcript.contains("ready");
    }));
    transport.reset();
    return record;
  }

  test::OwnNetwork network{3};
  test::LoopRig rig;
  Socket endpoint;
  test::TlsServerOptions options;
  tls::TicketKeys keys;
  tls::Library library{keys};
  std::unique_ptr<tls::ClientContext> context;
  std::optional<tls::Remote> remote;
  timeline::ConnectionRecord record;
  Heard events;
  std::unique_ptr<Secure> transport;
  std::string first_flight;  // what there was when the connection was accepted
};

TEST_F(SecureFastOpen, the_first_hello_waits_for_the_connection_and_the_second_does_not) {
  const auto& first = shake_hands();
  EXPECT_EQ(first.tcp.fast_open, FastOpen::no_cookie);
  EXPECT_EQ(first_flight, "");
  EXPECT_GE(first.timeline.at(ConnectionMark::client_hello), first.timeline.at(ConnectionMark::connected));

  const auto& second = shake_hands();
  EXPECT_EQ(second.tcp.fast_open, FastOpen::accepted);
  EXPECT_FALSE(first_flight.empty()) << "the server reads the hello before we have heard of it";
  EXPECT_EQ(second.timeline.at(ConnectionMark::started), second.timeline.at(ConnectionMark::client_hello)) << "making it is no part of TCP";
  EXPECT_LT(second.timeline.at(ConnectionMark::client_hello), second.timeline.at(ConnectionMark::connected));
  EXPECT_LE(second.timeline.at(ConnectionMark::connected), second.timeline.at(ConnectionMark::server_hello));
  EXPECT_TRUE(second.tcp.handshake_rtt);
  EXPECT_TRUE(second.timeline.between(ConnectionMark::started, ConnectionMark::connected));
}

TEST_F(SecureFastOpen, a_server_with_another_key_has_the_hello_sent_again) {
  shake_hands();
  use_key(2);
  EXPECT_EQ(shake_hands().tcp.fast_open, FastOpen::not_acknowledged);
  EXPECT_EQ(record.tcp.retransmits, 0u) << "its SYN was not lost";
  EXPECT_EQ(shake_hands().tcp.fast_open, FastOpen::accepted);
}

TEST_F(SecureFastOpen, a_hello_that_was_lost_with_its_syn_is_sent_again_and_the_round_trip_is_withheld) {
  shake_hands();
  std::vector<Socket> waiting;
  for (int i = 0; i < 17; ++i) waiting.push_back(Socket::connected_to(endpoint.address()));  // there is no room for the SYN
  events.transcript.clear();
  record = {};
  record.timeline.mark(ConnectionMark::started, rig.loop.now());
  transport = std::make_unique<Secure>(rig.loop, events, record, rig.clock, *remote, endpoint.address(), io::Dial::fast);
  EXPECT_EQ(record.tcp.fast_open, FastOpen::unanswered);
  for (int i = 0; i < 17; ++i) endpoint.accept();
  ASSERT_TRUE(rig.run_until([&] { return record.timeline.has(ConnectionMark::connected); }));
  EXPECT_EQ(record.tcp.fast_open, FastOpen::syn_retransmitted);
  EXPECT_EQ(record.tcp.retransmits, 1u);
  EXPECT_FALSE(record.tcp.handshake_rtt);
  EXPECT_EQ(record.tcp.doubt, timeline::RttDoubt::syn_retransmitted);
  EXPECT_GT(*record.timeline.between(ConnectionMark::started, ConnectionMark::connected), std::chrono::milliseconds(900));
}

TEST_F(SecureFastOpen, a_refusal_leaves_the_hello_unanswered) {
  shake_hands();
  const io::Address address = endpoint.address();
  endpoint.close();
  events.transcript.clear();
  record = {};
  transport = std::make_unique<Secure>(rig.loop, events, record, rig.clock, *remote, address, io::Dial::fast);
  ASSERT_TRUE(rig.run_until([&] { return !events.transcript.empty(); }));
  EXPECT_EQ(events.transcript, "refused ");
  EXPECT_EQ(record.tcp.fast_open, FastOpen::unanswered);
  EXPECT_FALSE(record.timeline.has(ConnectionMark::connected));
}

TEST_F(SecureFastOpen, where_clients_may_not_use_it_the_record_says_so) {
  network.allow_fast_open(2);
  EXPECT_EQ(shake_hands().tcp.fast_open, FastOpen::unsupported);
}

}  // namespace
}  // namespace gladhand::net
