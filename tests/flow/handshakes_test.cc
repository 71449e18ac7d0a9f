// What is measured: handshakes that succeed, each with its marks, and handshakes that fail, each with its result and stage.
#include <tuple>

#include "support/client_certificate.h"
#include "support/scratch_folder.h"
#include "support/story.h"
#include "support/tls_bytes.h"

namespace gladhand::test {
namespace {

using timeline::Resumption;
using timeline::SniClass;
using timeline::TlsVersion;

class Handshakes : public Story {
 protected:
  Handshakes() : Story(true) {}

  // One request over the connection, so that whatever was held back until a first answer has left.
  void exchange_something(Client& client) {
    client.get("/");
    Upstream upstream = this->upstream();
    serve(upstream, client, "/");
  }
  // All of `in_order` are set, none before the one in front of it.
  static void expect_in_order(const ConnectionRecord& record) {
    constexpr std::array in_order{ConnectionMark::started,       ConnectionMark::connected,       ConnectionMark::first_byte, ConnectionMark::client_hello,
                                  ConnectionMark::server_hello,  ConnectionMark::server_flight,   ConnectionMark::client_finished,
                                  ConnectionMark::secured,       ConnectionMark::ready};
    for (std::size_t i = 0; i < in_order.size(); ++i) {
      EXPECT_TRUE(record.timeline.has(in_order[i])) << name(in_order[i]);
      EXPECT_LE(record.timeline.at(in_order[i == 0 ? 0 : i - 1]), record.timeline.at(in_order[i])) << name(in_order[i]);
    }
    EXPECT_EQ(record.result, Code::ok);
    EXPECT_EQ(record.stage, ConnectionMark::ready);
    EXPECT_GT(record.tls.compute.count(), 0);
    EXPECT_TRUE(record.is_tls);
  }
  static Nanos wait(const ConnectionRecord& record, ConnectionMark from, ConnectionMark to) { return record.timeline.between(from, to).value_or(Nanos(-1)); }

  static TlsOptions tls1_2() { return {.max = TLS1_2_VERSION}; }
  static TlsOptions tls1_3() { return {.min = TLS1_3_VERSION}; }
  // The key share is for a group that the server does not speak; the other it does.
  static TlsOptions retried() { return {.min = TLS1_3_VERSION, .groups = "P-521:P-256"}; }
  SessionPtr session_of(const TlsOptions& options) {
    Client client = connect(options);
    exchange_something(client);
    stage.run_until([&] { return client.tls().session() != nullptr; });
    EXPECT_NE(client.tls().session(), nullptr);
    client.end();
    client.expect_end();
    return client.tls().session();
  }
};

// ---- well

TEST_F(Handshakes, the_marks_of_tls_1_3_are_in_order) {
  Client client = connect(tls1_3());
  client.expect_secured();
  const ConnectionRecord& record = client_handshake();
  expect_in_order(record);
  EXPECT_EQ(record.tls.version, TlsVersion::tls1_3);
  EXPECT_EQ(record.tls.group, "X25519");
  EXPECT_EQ(record.tls.alpn, "http/1.1");
  EXPECT_EQ(record.tls.cipher, "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(record.tls.signature, "ecdsa_sha256");
  EXPECT_EQ(record.sni, "localhost");
  EXPECT_EQ(record.tls.sni_class, SniClass::served);
  EXPECT_FALSE(record.tls.resumed);
  EXPECT_EQ(record.tls.resumption, Resumption::full);
}

TEST_F(Handshakes, the_marks_of_tls_1_2_are_in_order) {
  Client client = connect(tls1_2());
  client.expect_secured();
  const ConnectionRecord& record = client_handshake();
  expect_in_order(record);
  EXPECT_EQ(record.tls.version, TlsVersion::tls1_2);
  EXPECT_EQ(record.tls.group, "X25519");
  EXPECT_EQ(record.tls.cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_EQ(record.tls.signature, "ecdsa_sha256");
  EXPECT_FALSE(record.tls.resumed);
}

TEST_F(Handshakes, the_marks_after_a_hello_retry_request_are_in_order) {
  Client client = connect(retried());
  client.expect_secured();
  const ConnectionRecord& record = client_handshake();
  expect_in_order(record);
  EXPECT_EQ(record.tls.group, "prime256v1");
  EXPECT_TRUE(record.tls.retried);
  EXPECT_LE(record.timeline.at(ConnectionMark::first_byte), record.timeline.at(ConnectionMark::hello_retry));
  EXPECT_LT(record.timeline.at(ConnectionMark::hello_retry), record.timeline.at(ConnectionMark::client_hello));
}

TEST_F(Handshakes, a_hello_that_needs_no_other_is_not_said_to_have_been_retried) {
  for (const TlsOptions& options : {tls1_2(), tls1_3()}) {
    const std::size_t n = records.shaken(Side::client).size();
    Client client = connect(options);
    client.expect_secured();
    EXPECT_FALSE(client_handshake(n).tls.retried);
    EXPECT_FALSE(client_handshake(n).timeline.has(ConnectionMark::hello_retry));
  }
}

TEST_F(Handshakes, a_resumed_tls_1_3_session_says_so) {
  TlsOptions again = tls1_3();
  again.resumes = session_of(tls1_3());
  Client client = connect(again);
  client.expect_secured();
  EXPECT_TRUE(client.tls().is_resumed());
  const ConnectionRecord& record = client_handshake(1);
  expect_in_order(record);
  EXPECT_TRUE(record.tls.resumed);
  EXPECT_EQ(record.tls.resumption, Resumption::psk);
  EXPECT_EQ(record.tls.signature, "") << "nothing was signed";
  EXPECT_FALSE(client_handshake(0).tls.resumed);
}

TEST_F(Handshakes, a_resumed_tls_1_2_session_says_so) {
  TlsOptions again = tls1_2();
  again.resumes = session_of(tls1_2());
  Client client = connect(again);
  client.expect_secured();
  EXPECT_TRUE(client.tls().is_resumed());
  const ConnectionRecord& record = client_handshake(1);
  EXPECT_TRUE(record.tls.resumed);
  EXPECT_EQ(record.tls.resumption, Resumption::ticket);
  EXPECT_EQ(record.tls.signature, "");
  expect_in_order(record);
}

TEST_F(Handshakes, a_resumed_session_after_a_hello_retry_request_says_so) {
  TlsOptions again = retried();
  again.resumes = session_of(tls1_3());
  Client client = connect(again);
  client.expect_secured();
  EXPECT_TRUE(client_handshake(1).tls.resumed);
  expect_in_order(client_handshake(1));
}

TEST_F(Handshakes, a_ticket_of_a_rotated_key_still_opens_and_of_a_forgotten_one_does_not) {
  TlsOptions again = tls1_3();
  again.resumes = session_of(tls1_3());
  proxy().ticket_keys().rotate();
  Client one = connect(again);
  one.expect_secured();
  EXPECT_TRUE(client_handshake(1).tls.resumed);
  proxy().ticket_keys().rotate();
  proxy().ticket_keys().rotate();
  Client two = connect(again);
  two.expect_secured();
  EXPECT_FALSE(client_handshake(2).tls.resumed);
  EXPECT_EQ(client_handshake(2).result, Code::ok);
}

TEST_F(Handshakes, a_ticket_comes_even_if_no_answer_does) {
  Client client = connect(tls1_3());
  client.expect_secured();
  EXPECT_TRUE(stage.run_until([&] { return client.tls().session() != nullptr; }));
}

TEST_F(Handshakes, a_hello_that_comes_byte_by_byte_is_measured_from_its_first_to_its_last) {
  Client client = connect(tls1_3());
  client.hold();
  stage.run_until_quiet();
  TlsClient hello(tls1_3());
  hello.feed({});
  const std::string bytes = hello.output();
  Client slow = connect_bare();
  for (const char byte : bytes) {
    slow.send_raw({&byte, 1});
    stage.run_until_quiet();
  }
  stage.run_until([&] { return slow.received().size() > 100; });
  hello.feed(std::exchange(slow.received(), {}));
  slow.send_raw(hello.output());
  const ConnectionRecord& record = client_handshake();
  expect_in_order(record);
  EXPECT_LT(record.timeline.at(ConnectionMark::first_byte), record.timeline.at(ConnectionMark::client_hello));
}

TEST_F(Handshakes, without_alpn_the_connection_speaks_http_1) {
  Client client = connect({.alpn = ""});
  exchange_something(client);
  EXPECT_EQ(client_handshake().tls.alpn, "");
}

TEST_F(Handshakes, a_name_is_served_unknown_or_absent) {
  Client known = connect({.server_name = "LOCALHOST"});
  known.expect_secured();
  EXPECT_EQ(client_handshake(0).tls.sni_class, SniClass::served);
  Client unknown = connect({.server_name = "other.example"});
  unknown.expect_secured();
  EXPECT_EQ(client_handshake(1).tls.sni_class, SniClass::unknown);
  EXPECT_EQ(client_handshake(1).sni, "other.example");
  Client silent = connect({.server_name = ""});
  silent.expect_secured();
  EXPECT_EQ(client_handshake(2).tls.sni_class, SniClass::absent);
  EXPECT_EQ(client_handshake(2).sni, "");
}

TEST_F(Handshakes, a_goodbye_is_no_alert) {
  Client client = connect();
  exchange_something(client);
  client.end();
  client.expect_end();
  EXPECT_EQ(client_connection().tls.alert_received, std::nullopt);
  EXPECT_EQ(client_connection().tls.alert_sent, std::nullopt);
  EXPECT_FALSE(client_connection().tls.truncated);
}

// ---- where the time goes

TEST_F(Handshakes, a_client_that_waits_before_its_hello_waits_in_that_phase) {
  Client client = connect(tls1_3());
  client.hold();
  stage.pass(milliseconds(100));
  client.let_go();
  client.expect_secured();
  const ConnectionRecord& record = client_handshake();
  expect_in_order(record);
  EXPECT_GE(wait(record, ConnectionMark::connected, ConnectionMark::first_byte), milliseconds(90));
  EXPECT_LT(wait(record, ConnectionMark::first_byte, ConnectionMark::secured), milliseconds(60));
}

class WaitingClients : public Handshakes, public testing::WithParamInterface<int> {
 protected:
  TlsOptions options() const { return GetParam() == TLS1_2_VERSION ? tls1_2() : tls1_3(); }
};

TEST_F(Handshakes, a_wait_before_the_second_hello_is_the_retrys_and_nobody_elses) {
  Client client = connect(retried());
  stage.run_until([&] { return client.sent() > 0; });
  client.hold();
  stage.pass(milliseconds(100));
  client.let_go();
  client.expect_secured();
  const ConnectionRecord& record = client_handshake();
  expect_in_order(record);
  EXPECT_GE(wait(record, ConnectionMark::hello_retry, ConnectionMark::client_hello), milliseconds(90));
  EXPECT_LT(wait(record, ConnectionMark::first_byte, ConnectionMark::hello_retry), milliseconds(60));
  EXPECT_LT(wait(record, ConnectionMark::client_hello, ConnectionMark::server_flight), milliseconds(60));
  EXPECT_LT(record.tls.compute, milliseconds(60)) << "waiting is no computing";
}

TEST_P(WaitingClients, a_wait_before_the_finished_is_the_clients_flight) {
  Client client = connect(options());
  stage.run_until([&] { return client.sent() > 0; });
  client.hold();
  stage.pass(milliseconds(100));
  client.let_go();
  client.expect_secured();
  const ConnectionRecord& record = client_handshake();
  expect_in_order(record);
  EXPECT_GE(wait(record, ConnectionMark::server_flight, ConnectionMark::client_finished), milliseconds(90));
  EXPECT_LT(wait(record, ConnectionMark::connected, ConnectionMark::server_flight), milliseconds(60));
  EXPECT_LT(wait(record, ConnectionMark::client_finished, ConnectionMark::ready), milliseconds(60));
}

TEST_P(WaitingClients, a_wait_in_the_middle_of_the_hello_is_neither_the_servers_nor_the_wait_for_it) {
  TlsClient tls(options());
  tls.feed({});
  const std::string hello = tls.output();
  Client client = connect_bare();
  client.send_raw(hello.substr(0, 10));
  stage.pass(milliseconds(100));
  client.send_raw(hello.substr(10));
  stage.run_until([&] { return client.received().size() > 100; });
  stage.run_until_quiet();
  tls.feed(std::exchange(client.received(), {}));
  client.send_raw(tls.output());
  const ConnectionRecord& record = client_handshake();
  expect_in_order(record);
  EXPECT_GE(wait(record, ConnectionMark::first_byte, ConnectionMark::client_hello), milliseconds(90));
  EXPECT_LT(wait(record, ConnectionMark::client_hello, ConnectionMark::server_flight), milliseconds(60));
}

INSTANTIATE_TEST_SUITE_P(tls, WaitingClients, testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) { return version.param == TLS1_2_VERSION ? "v1_2" : "v1_3"; });

TEST_F(Handshakes, a_wait_before_the_first_request_is_the_first_requests) {
  Client client = connect();
  client.expect_secured();
  stage.pass(milliseconds(100));
  exchange_something(client);
  const ConnectionRecord& record = *exchange().client;
  EXPECT_GE(wait(record, ConnectionMark::ready, ConnectionMark::first_head), milliseconds(90));
}

// ---- badly

class FailedHandshakes : public Handshakes {
 protected:
  void expect_failed(Code result, ConnectionMark stage_reached) {
    const ConnectionRecord& record = client_handshake();
    EXPECT_EQ(record.result, result) << row(record.result).name;
    EXPECT_EQ(record.stage, stage_reached) << name(record.stage);
    EXPECT_FALSE(record.timeline.has(ConnectionMark::secured));
    EXPECT_FALSE(record.timeline.has(ConnectionMark::ready));
    EXPECT_EQ(client_connection().ended_by, result);
    EXPECT_EQ(records.requests, 0u);
    expect_everybody_gone();
  }
};

constexpr std::uint8_t kUnknownCa = 48, kProtocolVersion = 70, kNoApplicationProtocol = 120;

TEST_F(FailedHandshakes, a_client_that_closes_before_it_speaks) {
  Client client = connect_bare();
  client.end();
  expect_failed(Code::client_eof_before_hello, ConnectionMark::connected);
}

TEST_F(FailedHandshakes, a_client_that_resets_before_it_speaks) {
  Client client = connect_bare();
  stage.run_until([&] { return proxy().clients() == 1; });
  client.vanish();
  expect_failed(Code::reset, ConnectionMark::connected);
}

TEST_F(FailedHandshakes, a_client_that_closes_in_the_middle_of_its_hello) {
  TlsClient tls{TlsOptions{}};
  tls.feed({});
  Client client = connect_bare();
  client.send_raw(tls.output().substr(0, 50));
  client.end();
  expect_failed(Code::client_eof_in_handshake, ConnectionMark::first_byte);
}

TEST_F(FailedHandshakes, a_client_that_closes_after_the_servers_flight) {
  TlsClient tls{TlsOptions{}};
  tls.feed({});
  Client client = connect_bare();
  client.send_raw(tls.output());
  client.expect_bytes(100);
  client.end();
  expect_failed(Code::client_eof_in_handshake, ConnectionMark::server_flight);
}

TEST_F(FailedHandshakes, a_client_that_closes_after_a_hello_retry_request) {
  TlsClient tls{retried()};
  tls.feed({});
  Client client = connect_bare();
  client.send_raw(tls.output());
  client.expect_bytes(50);
  client.end();
  expect_failed(Code::client_eof_in_handshake, ConnectionMark::hello_retry);
  EXPECT_TRUE(client_handshake().tls.retried);
  EXPECT_EQ(wait(client_handshake(), ConnectionMark::hello_retry, ConnectionMark::client_hello), Nanos(-1)) << "there was no second one";
}

TEST_F(FailedHandshakes, a_client_that_speaks_http_without_tls_is_told) {
  Client client = connect_bare();
  client.send_raw("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  client.expect(400);
  expect_failed(Code::plaintext_http, ConnectionMark::first_byte);
}

TEST_F(FailedHandshakes, a_client_that_speaks_something_else) {
  Client client = connect_bare();
  client.send_raw(std::string_view("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09", 10));
  expect_failed(Code::protocol_error, ConnectionMark::first_byte);
}

TEST_F(FailedHandshakes, a_client_that_says_nothing_in_time) {
  listener().timeouts.handshake = milliseconds(60);
  Client client = connect_bare();
  expect_failed(Code::timeout, ConnectionMark::connected);
  client.expect_over();
}

TEST_F(FailedHandshakes, a_client_that_does_not_finish_in_time) {
  listener().timeouts.handshake = milliseconds(100);
  Client client = connect();
  stage.run_until([&] { return client.sent() > 0; });
  client.hold();
  expect_failed(Code::timeout, ConnectionMark::server_flight);
}

TEST_F(FailedHandshakes, a_client_that_refuses_the_certificate) {
  Client client = connect({.verifies = true});
  expect_failed(Code::alert_received, ConnectionMark::server_flight);
  EXPECT_EQ(client_connection().tls.alert_received, kUnknownCa);
  EXPECT_EQ(client_connection().tls.alert_sent, std::nullopt);
}

TEST_F(FailedHandshakes, a_client_of_tls_1_2_that_refuses_the_certificate) {
  Client client = connect({.max = TLS1_2_VERSION, .verifies = true});
  expect_failed(Code::alert_received, ConnectionMark::server_flight);
}

TEST_F(FailedHandshakes, a_client_whose_newest_version_is_too_old) {
  listener().tls.min = config::TlsMinimum::tls1_3;
  Client client = connect({.max = TLS1_2_VERSION});
  expect_failed(Code::unsupported_version, ConnectionMark::client_hello);
  EXPECT_EQ(client_connection().tls.alert_sent, kProtocolVersion);
  client.expect_over();
}

TEST_F(FailedHandshakes, a_client_without_a_shared_protocol) {
  Client client = connect({.alpn = "gopher"});
  expect_failed(Code::no_shared_alpn, ConnectionMark::client_hello);
  EXPECT_EQ(client_connection().tls.alert_sent, kNoApplicationProtocol);
  EXPECT_EQ(client_handshake().sni, "localhost") << "what was understood is told";
  EXPECT_EQ(client_handshake().tls.sni_class, SniClass::served);
}

TEST_F(FailedHandshakes, a_client_without_a_shared_group) {
  Client client = connect({.min = TLS1_3_VERSION, .groups = "P-521"});
  expect_failed(Code::no_shared_group, ConnectionMark::client_hello);
}

TEST_F(FailedHandshakes, a_client_without_a_shared_cipher) {
  Client client = connect({.max = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256"});  // the certificate's key is ECDSA
  expect_failed(Code::no_shared_cipher, ConnectionMark::client_hello);
}

TEST_F(FailedHandshakes, a_hello_that_makes_no_sense) {
  Client client = connect_bare();
  client.send_raw(tls_record(22, tls_message(1, "no hello at all, but as long as many")));
  expect_failed(Code::protocol_error, ConnectionMark::client_hello);
}

TEST_F(FailedHandshakes, a_client_that_falls_silent_in_the_middle_of_its_hello) {
  listener().timeouts.handshake = milliseconds(60);
  TlsClient tls{TlsOptions{}};
  tls.feed({});
  Client client = connect_bare();
  client.send_raw(tls.output().substr(0, 50));
  expect_failed(Code::timeout, ConnectionMark::first_byte);
}

TEST_F(FailedHandshakes, a_client_that_resets_after_the_servers_flight) {
  TlsClient tls{TlsOptions{}};
  tls.feed({});
  Client client = connect_bare();
  client.send_raw(tls.output());
  client.expect_bytes(100);
  client.vanish();
  expect_failed(Code::reset, ConnectionMark::server_flight);
}

TEST_F(FailedHandshakes, a_client_that_asks_for_a_stranger) {
  listener().tls.refuse_unknown_names = true;
  Client client = connect({.server_name = "other.example"});
  expect_failed(Code::unknown_sni, ConnectionMark::client_hello);
  constexpr std::uint8_t kUnrecognizedName = 112;
  EXPECT_EQ(client_connection().tls.alert_sent, kUnrecognizedName);
}

// ---- clients that must show who they are

struct Shown {
  const char* what;
  Code result;
};
class ClientCertificates : public FailedHandshakes, public testing::WithParamInterface<std::tuple<int, Shown>> {
 protected:
  ClientCertificates() { listener().tls.client_ca = folder_.file("ca.pem", authority_.chain_pem); }
  std::optional<tls::CertificatePair> shown(std::string_view what) const {
    if (what == "none") return {};
    if (what == "expired") return make_client_leaf(authority_, -1);
    if (what == "of_a_stranger") return make_client_leaf(tls::make_authority("Somebody", 2), 2);
    if (what == "self_signed") return tls::make_self_signed({"client.example"}, 2);
    if (what == "of_a_server") return tls::make_leaf(authority_, {"client.example"}, 2);
    return make_client_leaf(authority_, 2);
  }

 private:
  ScratchFolder folder_;
  const tls::CertificatePair authority_ = tls::make_authority("Clients", 2);
};

TEST_P(ClientCertificates, are_judged) {
  const auto& [version, wrong] = GetParam();
  Client client = connect({.min = version, .max = version, .certificate = shown(wrong.what)});
  if (wrong.result != Code::ok) return expect_failed(wrong.result, ConnectionMark::server_flight);
  exchange_something(client);
  expect_in_order(client_handshake());
}

INSTANTIATE_TEST_SUITE_P(tls, ClientCertificates,
                         testing::Combine(testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                                          testing::Values(Shown{"none", Code::missing_client_certificate}, Shown{"expired", Code::expired_certificate},
                                                          Shown{"of_a_stranger", Code::unknown_ca}, Shown{"self_signed", Code::unknown_ca},
                                                          Shown{"of_a_server", Code::bad_client_certificate}, Shown{"good", Code::ok})),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param) == TLS1_2_VERSION ? "v1_2_" : "v1_3_") + std::get<1>(test.param).what;
                         });

TEST_F(FailedHandshakes, the_drop_of_everything_in_the_middle_of_a_handshake_is_recorded) {
  Client client = connect_bare();
  stage.run_until([&] { return proxy().clients() == 1; });
}

TEST_F(FailedHandshakes, a_cut_in_the_middle_of_a_handshake_is_recorded) {
  Client client = connect_bare();
  stage.run_until([&] { return proxy().clients() == 1; });
  proxy().cut();
  expect_everybody_gone();
  EXPECT_EQ(client_connection().ended_by, Code::draining);
}

TEST_F(FailedHandshakes, a_bad_handshake_does_not_harm_the_next) {
  Client bad = connect_bare();
  bad.send_raw(std::string(1000, '\xff'));
  Client good = connect();
  exchange_something(good);
}

// ---- after the handshake

TEST_F(Handshakes, bytes_that_are_no_tls_record_end_the_connection) {
  Client client = connect();
  client.expect_secured();
  client.send_raw(std::string(100, 'x'));
  client.expect_over();
  EXPECT_EQ(client_handshake().result, Code::ok);
  EXPECT_EQ(client_connection().ended_by, Code::protocol_error);
}

TEST_F(Handshakes, a_request_that_breaks_off_without_close_notify_is_not_answered) {
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  client.expect_secured();
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/");
  client.break_off();
  upstream.expect_reset();
  EXPECT_EQ(exchange().error, Code::client_closed);
  EXPECT_TRUE(client_connection().tls.truncated);
}

TEST_F(Handshakes, a_client_that_leaves_without_close_notify_is_truncated_even_if_nothing_was_missing) {
  Client client = connect();
  exchange_something(client);
  client.break_off();
  EXPECT_TRUE(client_connection().tls.truncated);
  EXPECT_EQ(client_connection().result, Code::ok);
}

TEST_F(Handshakes, a_client_that_leaves_in_silence_after_our_goodbye_has_cut_nothing_off) {
  listener().limits.body_bytes = 10;
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
  client.expect(413);
  client.expect_end();
  client.break_off();  // while the proxy lingers, so that what else the client may send does not reset the answer
  EXPECT_FALSE(client_connection().tls.truncated);
}

}  // namespace
}  // namespace gladhand::test
