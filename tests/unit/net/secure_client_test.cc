// The dialling side of net::Secure, over the loopback interface, against a scripted TLS server.
#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>

#include "net/secure.h"
#include "support/loop_rig.h"
#include "support/slices.h"
#include "support/sockets.h"
#include "support/tls_server.h"

namespace gladhand::net {
namespace {

using std::chrono::milliseconds;
using test::Socket;
using timeline::ConnectionMark;

const tls::CertificatePair& authority() {
  static const tls::CertificatePair made = tls::make_authority("Test authority", 2);
  return made;
}

class Heard final : public TransportEvents {
 public:
  std::string transcript;
  std::string received;
  std::string_view detail;

  void on_ready() override { transcript += "ready "; }
  void on_bytes(Slice bytes) override { received += bytes.view(); }
  void on_end() override { transcript += "end "; }
  void on_failed(Error error) override {
    transcript += std::string(error.name()) + ' ';
    detail = error.detail;
  }
  void on_drained() override {}
};

class SecureClient : public testing::Test {
 protected:
  SecureClient() {
    options.certificate = tls::make_leaf(authority(), {"origin.example"}, 2);
    endpoint.make_non_blocking();
    record.side = timeline::Side::upstream;
    context = std::move(*tls::ClientContext::make(library, {}, std::vector{config::Protocol::http1_1}, authority().chain_pem, nullptr));
    remote.emplace(tls::Remote{*context, "origin.example"});
  }
  ~SecureClient() override { transport.reset(); }

  void dial() {
    record.timeline.mark(ConnectionMark::started, rig.loop.now());
    transport = std::make_unique<Secure>(rig.loop, events, record, rig.clock, *remote, endpoint.address());
  }
  // The server's part is played whenever the loop has nothing to do.
  bool until(const std::function<bool()>& happened) {
    return rig.run_until([&] {
      play();
      return happened();
    });
  }
  bool hears(std::string_view event) {
    return until([&] { return events.transcript.contains(event); });
  }
  void play() {
    if (!accepted) {
      accepted = endpoint.accept();
      if (!accepted) return;
      accepted.make_non_blocking();
      server = std::make_unique<test::TlsServer>(options);
    }
    if (std::string bytes = accepted.receive_some(); !bytes.empty()) {
      has_read = true;
      server->feed(bytes);
    }
    if (!is_mute) accepted.send(server->output());
  }
  void send(std::string_view text) {
    Buffer bytes = test::buffer_of(text);
    transport->send(bytes);
  }

  test::LoopRig rig;
  Socket endpoint = Socket::listening();
  Socket accepted;
  test::TlsServerOptions options;
  std::unique_ptr<test::TlsServer> server;
  bool has_read = false;
  bool is_mute = false;

  tls::TicketKeys keys;
  tls::Library library{keys};
  std::unique_ptr<tls::ClientContext> context;
  std::optional<tls::Remote> remote;
  timeline::ConnectionRecord record;
  Heard events;
  std::unique_ptr<Secure> transport;
};

TEST_F(SecureClient, bytes_flow_both_ways_once_it_is_ready) {
  dial();
  EXPECT_FALSE(transport->is_ready());
  ASSERT_TRUE(hears("ready"));
  EXPECT_TRUE(transport->is_ready());
  EXPECT_EQ(transport->alpn(), "http/1.1");
  send("a question");
  ASSERT_TRUE(until([&] { return server->plaintext == "a question"; }));
  server->write("an answer");
  ASSERT_TRUE(until([&] { return events.received == "an answer"; }));
  EXPECT_EQ(events.transcript, "ready ");
}

TEST_F(SecureClient, its_handshakes_are_marked_one_after_the_other) {
  dial();
  ASSERT_TRUE(hears("ready"));
  Nanos before{};
  for (const auto mark : {ConnectionMark::started, ConnectionMark::connected, ConnectionMark::client_hello, ConnectionMark::first_byte,
                          ConnectionMark::server_hello, ConnectionMark::cert_verified, ConnectionMark::secured}) {
    ASSERT_TRUE(record.timeline.has(mark)) << name(mark);
    EXPECT_GE(record.timeline.at(mark), before) << name(mark);
    before = record.timeline.at(mark);
  }
  EXPECT_GT(record.tls.compute, Nanos::zero());
  EXPECT_LE(record.tls.compute, *record.timeline.between(ConnectionMark::connected, ConnectionMark::secured));
  EXPECT_LT(*record.tls.verify, record.tls.compute);
}

TEST_F(SecureClient, the_last_of_the_handshake_leaves_with_the_first_message) {
  dial();
  ASSERT_TRUE(rig.run_until([&] {
    const bool is_ready = transport->is_ready();
    if (!is_ready) play();
    return is_ready;
  }));
  EXPECT_EQ(accepted.receive_some(), "") << "the turn in which the handshake ended is over";
  send("a question");
  ASSERT_TRUE(until([&] { return server->plaintext == "a question"; }));
}

TEST_F(SecureClient, the_last_of_the_handshake_leaves_alone_where_no_message_follows) {
  dial();
  ASSERT_TRUE(hears("ready"));
  EXPECT_TRUE(until([&] { return server->is_open(); }));
}

TEST_F(SecureClient, the_second_connection_resumes) {
  dial();
  ASSERT_TRUE(hears("ready"));
  ASSERT_TRUE(until([&] { return remote->sessions.size() == 2; })) << "the tickets come once the server has its Finished";
  transport.reset();
  accepted = {};
  server.reset();
  record = {};
  record.side = timeline::Side::upstream;
  events.transcript.clear();
  dial();
  ASSERT_TRUE(hears("ready"));
  EXPECT_TRUE(record.tls.resumed);
  EXPECT_FALSE(record.tls.verify);
}

TEST_F(SecureClient, a_certificate_that_proves_nothing_is_a_failure_with_its_reason) {
  remote->name = "other.example";
  dial();
  ASSERT_TRUE(hears("hostname_mismatch"));
  EXPECT_EQ(events.transcript, "hostname_mismatch ");
  EXPECT_EQ(events.detail, "hostname mismatch");
  EXPECT_TRUE(until([&] { return server->has_failed(); })) << "the server is sent an alert";
  EXPECT_EQ(server->failure(), "sslv3 alert bad certificate");
}

TEST_F(SecureClient, a_port_that_nobody_listens_on_refuses) {
  const io::Address address = endpoint.address();
  endpoint.close();
  transport = std::make_unique<Secure>(rig.loop, events, record, rig.clock, *remote, address);
  ASSERT_TRUE(rig.run_until([&] { return !events.transcript.empty(); }));
  EXPECT_EQ(events.transcript, "refused ");
  EXPECT_FALSE(record.timeline.has(ConnectionMark::connected));
}

TEST_F(SecureClient, a_server_that_hangs_up_during_the_handshake_is_a_failure) {
  is_mute = true;
  dial();
  ASSERT_TRUE(until([&] { return has_read; }));
  accepted.end();
  ASSERT_TRUE(hears("upstream_closed"));
  EXPECT_EQ(record.timeline.last(), ConnectionMark::client_hello);
}

TEST_F(SecureClient, a_server_that_resets_during_the_handshake_is_a_failure) {
  is_mute = true;
  dial();
  ASSERT_TRUE(until([&] { return has_read; }));
  accepted.reset();
  ASSERT_TRUE(rig.run_until([&] { return !events.transcript.empty(); }));
  EXPECT_EQ(events.transcript, "reset ");
}

TEST_F(SecureClient, a_goodbye_is_an_end_and_a_bare_fin_is_one_that_may_be_an_attackers) {
  dial();
  ASSERT_TRUE(hears("ready"));
  ASSERT_TRUE(until([&] { return server->is_open(); }));
  server->close_notify();
  play();
  accepted.end();
  ASSERT_TRUE(hears("end"));
  EXPECT_FALSE(transport->is_cut_off());
  transport.reset();
  accepted = {};
  record = {};
  events.transcript.clear();
  dial();
  ASSERT_TRUE(hears("ready"));
  accepted.end();
  ASSERT_TRUE(hears("end"));
  EXPECT_TRUE(transport->is_cut_off());
}

TEST_F(SecureClient, a_server_that_answers_without_tls_is_a_failure) {
  dial();
  ASSERT_TRUE(rig.run_until([&] { return static_cast<bool>(accepted = endpoint.accept()); }));
  accepted.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(rig.run_until([&] { return !events.transcript.empty(); }));
  EXPECT_EQ(events.transcript, "protocol_error ");
}

}  // namespace
}  // namespace gladhand::net
