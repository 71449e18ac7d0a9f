// TLS towards upstreams, from the client's request to the record.
#include "support/scratch_folder.h"
#include "support/story.h"

namespace gladhand::test {
namespace {

using testing::StartsWith;

const tls::CertificatePair& authority() {
  static const tls::CertificatePair made = tls::make_authority("Test authority", 2);
  return made;
}
TlsServerOptions good_server() { return {.certificate = tls::make_leaf(authority(), {"127.0.0.1", "origin.example"}, 2)}; }
TlsServerOptions expired_server() { return {.certificate = tls::make_leaf(authority(), {"127.0.0.1"}, -1)}; }

class UpstreamTls : public Story {
 protected:
  UpstreamTls() {
    app().has_tls = true;
    app().tls.ca = file("ca.pem", authority().chain_pem);
  }

  std::string file(const std::string& name, const std::string& text) const { return folder_.file(name, text); }
  const ConnectionRecord& handshake(std::size_t n = 0) {
    static const ConnectionRecord none;
    const bool came = stage.run_until([&] { return records.shaken(Side::upstream).size() > n; });
    EXPECT_TRUE(came) << "handshake " << n << " has not ended";
    return came ? *records.shaken(Side::upstream)[n] : none;
  }
  // The exchange fails in the handshake with the only endpoint, which is dialled twice.
  void expect_refusal(Client& client, std::string_view proxy_status, Code code) {
    const Message answer = client.expect(502);
    EXPECT_THAT(answer.field("proxy-status"), StartsWith(fmt::format("gladhand; error={}", proxy_status)));
    EXPECT_EQ(exchange().error, code);
    EXPECT_EQ(exchange().attempts, 2);
    EXPECT_EQ(exchange().upstream, nullptr);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(handshake(i).result, code);
  }

 private:
  ScratchFolder folder_;
};

TEST_F(UpstreamTls, a_request_goes_out_protected_and_its_handshake_is_recorded_once) {
  add_endpoint(good_server());
  Client client = connect();
  client.get("/one");
  Upstream origin = upstream();
  serve(origin, client, "/one");
  client.get("/two");
  serve(origin, client, "/two");

  EXPECT_EQ(handshake().result, Code::ok);
  EXPECT_EQ(handshake().stage, ConnectionMark::ready);
  EXPECT_TRUE(handshake().is_tls);
  EXPECT_EQ(handshake().tls.version, timeline::TlsVersion::tls1_3);
  EXPECT_EQ(handshake().tls.alpn, "http/1.1");
  EXPECT_EQ(records.shaken(Side::upstream).size(), 1u);
  ASSERT_TRUE(exchange(0).upstream && exchange(1).upstream);
  EXPECT_EQ(exchange(0).upstream->id, exchange(1).upstream->id);
  EXPECT_TRUE(exchange(0).is_first_of_upstream);
  EXPECT_FALSE(exchange(1).is_first_of_upstream);
}

TEST_F(UpstreamTls, the_phases_of_the_handshake_add_up) {
  add_endpoint(good_server());
  Client client = connect();
  client.get("/");
  Upstream origin = upstream();
  serve(origin, client, "/");
  const auto& marks = handshake().timeline;
  ASSERT_TRUE(marks.has(ConnectionMark::cert_verified) && marks.has(ConnectionMark::ready));
  const Nanos tcp = *marks.between(ConnectionMark::started, ConnectionMark::connected);
  const Nanos tls = *marks.between(ConnectionMark::client_hello, ConnectionMark::secured);
  EXPECT_LE(*marks.between(ConnectionMark::client_hello, ConnectionMark::server_hello), tls);
  EXPECT_LE(*handshake().tls.verify, handshake().tls.compute);
  EXPECT_LE(tcp + tls, *marks.between(ConnectionMark::started, ConnectionMark::ready));
}

TEST_F(UpstreamTls, large_bodies_pass_in_both_directions) {
  add_endpoint(good_server());
  const std::string body(3'000'000, 'x');
  Client client = connect();
  client.post("/", body);
  Upstream origin = upstream();
  EXPECT_EQ(origin.expect_request("POST", "/").body, body);
  origin.reply(200, body);
  client.expect(200, body);
}

TEST_F(UpstreamTls, the_endpoint_is_asked_for_by_the_configured_name) {
  app().tls.server_name = "origin.example";
  add_endpoint(good_server());
  Client client = connect();
  client.get("/");
  Upstream origin = upstream();
  serve(origin, client, "/");
  EXPECT_EQ(origin.tls_server().server_name(), "origin.example");
  EXPECT_EQ(handshake().sni, "origin.example");
}

TEST_F(UpstreamTls, an_address_is_verified_without_being_named) {
  add_endpoint(good_server());
  Client client = connect();
  client.get("/");
  Upstream origin = upstream();
  serve(origin, client, "/");
  EXPECT_EQ(origin.tls_server().server_name(), "");
}

TEST_F(UpstreamTls, the_second_connection_resumes_the_first) {
  add_endpoint(good_server());
  Client first = connect();
  first.get("/one");
  Upstream one = upstream();
  serve(one, first, "/one");
  one.end();
  upstream_connection();
  Client second = connect();
  second.get("/two");
  Upstream two = upstream();
  serve(two, second, "/two");
  EXPECT_FALSE(handshake(0).tls.resumed);
  EXPECT_TRUE(handshake(1).tls.resumed);
  EXPECT_TRUE(two.tls_server().is_resumed());
}

TEST_F(UpstreamTls, an_expired_certificate_is_answered_for_with_502) {
  add_endpoint(expired_server());
  Client client = connect();
  client.get("/");
  Upstream one = upstream(), two = upstream();
  expect_refusal(client, "tls_certificate_error; details=\"certificate has expired\"", Code::expired_certificate);
  EXPECT_EQ(handshake().stage, ConnectionMark::server_hello);
}

TEST_F(UpstreamTls, a_certificate_for_another_name_is_answered_for_with_502) {
  app().tls.server_name = "other.example";
  add_endpoint(good_server());
  Client client = connect();
  client.get("/");
  Upstream one = upstream(), two = upstream();
  expect_refusal(client, "tls_certificate_error; details=\"hostname mismatch\"", Code::hostname_mismatch);
  EXPECT_EQ(handshake().stage, ConnectionMark::server_hello);
}

TEST_F(UpstreamTls, an_unknown_authority_is_answered_for_with_502) {
  app().tls.ca = file("other.pem", tls::make_authority("Other", 2).chain_pem);
  add_endpoint(good_server());
  Client client = connect();
  client.get("/");
  Upstream one = upstream(), two = upstream();
  expect_refusal(client, "tls_certificate_error", Code::unknown_ca);
  EXPECT_EQ(handshake().stage, ConnectionMark::server_hello);
}

TEST_F(UpstreamTls, a_self_signed_certificate_is_answered_for_with_502) {
  add_endpoint(TlsServerOptions{.certificate = tls::make_self_signed({"127.0.0.1"}, 2)});
  Client client = connect();
  client.get("/");
  Upstream one = upstream(), two = upstream();
  expect_refusal(client, "tls_certificate_error", Code::unknown_ca);
  EXPECT_EQ(handshake().stage, ConnectionMark::server_hello);
}

// In TLS 1.2 the server looks before the client is done.
TEST_F(UpstreamTls, a_demanded_certificate_that_is_not_there_is_an_alert_in_the_handshake_of_tls_1_2) {
  TlsServerOptions demanding = good_server();
  demanding.max = TLS1_2_VERSION;
  demanding.client_authority_pem = authority().chain_pem;
  add_endpoint(demanding);
  Client client = connect();
  client.get("/");
  Upstream one = upstream(), two = upstream();
  expect_refusal(client, "tls_alert_received", Code::alert_received);
  EXPECT_EQ(handshake().stage, ConnectionMark::cert_verified);
}

TEST_F(UpstreamTls, without_verification_an_expired_certificate_will_do) {
  app().tls.verify = false;
  add_endpoint(expired_server());
  Client client = connect();
  client.get("/");
  Upstream origin = upstream();
  serve(origin, client, "/");
  EXPECT_FALSE(handshake().timeline.has(ConnectionMark::cert_verified));
}

TEST_F(UpstreamTls, of_two_endpoints_the_one_that_can_prove_its_name_answers) {
  add_endpoint(expired_server());
  add_endpoint(good_server());
  Client client = connect();
  client.get("/");
  Upstream impostor = upstream(0);
  Upstream origin = upstream(1);
  serve(origin, client, "/");
  EXPECT_EQ(exchange().attempts, 2);
  EXPECT_EQ(exchange().error, Code::ok);
  EXPECT_EQ(handshake(0).result, Code::expired_certificate);
  EXPECT_EQ(handshake(1).result, Code::ok);
}

TEST_F(UpstreamTls, plain_and_protected_endpoints_share_an_upstream) {
  add_endpoint();
  add_endpoint(good_server());
  Client client = connect();
  client.get("/one");
  Upstream plain = upstream(0);
  serve(plain, client, "/one");
  client.get("/two");
  Upstream secured = upstream(1);
  serve(secured, client, "/two");
  EXPECT_FALSE(handshake(0).is_tls);
  EXPECT_TRUE(handshake(1).is_tls);
}

TEST_F(UpstreamTls, an_alert_of_the_endpoint_is_answered_for_with_502) {
  TlsServerOptions old = good_server();
  old.max = TLS1_2_VERSION;
  app().tls.min = config::TlsMinimum::tls1_3;
  add_endpoint(old);
  Client client = connect();
  client.get("/");
  Upstream one = upstream(), two = upstream();
  expect_refusal(client, "tls_alert_received", Code::alert_received);
}

TEST_F(UpstreamTls, an_endpoint_that_resets_in_the_handshake_is_answered_for_with_502) {
  add_endpoint(good_server());
  Client client = connect();
  client.get("/");
  for (std::size_t i = 0; i < 2; ++i) {
    Upstream mute = upstream();
    mute.hold();
    stage.run_until_quiet();
    mute.vanish();
    handshake(i);
  }
  expect_refusal(client, "connection_terminated", Code::reset);
}

TEST_F(UpstreamTls, an_endpoint_that_hangs_up_in_the_handshake_is_answered_for_with_502) {
  add_endpoint(good_server());
  Client client = connect();
  client.get("/");
  for (std::size_t i = 0; i < 2; ++i) {
    Upstream mute = upstream();
    mute.hold();
    stage.run_until_quiet();
    mute.socket().end();
    handshake(i);
  }
  expect_refusal(client, "connection_terminated", Code::upstream_closed);
  EXPECT_EQ(handshake().stage, ConnectionMark::client_hello);
}

TEST_F(UpstreamTls, an_endpoint_that_never_answers_the_hello_is_a_timeout) {
  app().timeouts.connect = milliseconds(40);
  add_endpoint(good_server());
  Client client = connect();
  client.get("/");
  Upstream one = upstream();
  one.pause_reading();
  Upstream two = upstream();
  two.pause_reading();
  client.expect(504);
  EXPECT_EQ(handshake().result, Code::timeout);
  EXPECT_EQ(handshake().stage, ConnectionMark::client_hello);
}

TEST_F(UpstreamTls, a_demanded_certificate_is_shown) {
  const tls::CertificatePair own = tls::make_leaf(authority(), {"proxy.example"}, 2);
  config.certificates.push_back({.name = "own", .cert = file("own.pem", own.chain_pem), .key = file("own.key", own.key_pem)});
  app().tls.certificate = "own";
  TlsServerOptions demanding = good_server();
  demanding.client_authority_pem = authority().chain_pem;
  add_endpoint(demanding);
  Client client = connect();
  client.get("/");
  Upstream origin = upstream();
  serve(origin, client, "/");
  EXPECT_TRUE(origin.tls_server().has_client_certificate());
}

TEST_F(UpstreamTls, a_demanded_certificate_that_is_not_there_is_an_alert_even_after_the_handshake) {
  TlsServerOptions demanding = good_server();
  demanding.client_authority_pem = authority().chain_pem;
  add_endpoint(demanding);
  Client client = connect();
  client.get("/");
  Upstream origin = upstream();
  const Message answer = client.expect(502);
  EXPECT_THAT(answer.field("proxy-status"), StartsWith("gladhand; error=tls_alert_received"));
  EXPECT_EQ(handshake().result, Code::ok) << "in TLS 1.3 the client is done before the server has looked";
  EXPECT_EQ(exchange().error, Code::alert_received);
  EXPECT_EQ(exchange().attempts, 1) << "the request may have left";
  constexpr std::uint8_t kCertificateRequired = 116;
  EXPECT_EQ(upstream_connection().tls.alert_received, kCertificateRequired);
}

// RFC 9112 section 9.8: what needs the end of the connection to be complete needs a goodbye.
TEST_F(UpstreamTls, a_response_until_close_is_complete_with_a_goodbye_and_broken_off_without) {
  add_endpoint(good_server());
  Client first = connect();
  first.get("/");
  Upstream polite = upstream();
  polite.expect_request("GET", "/");
  polite.send("HTTP/1.1 200 OK\r\n\r\nall of it");
  polite.end();
  first.expect(200, "all of it");

  Client second = connect();
  second.get("/");
  Upstream rude = upstream();
  rude.expect_request("GET", "/");
  rude.send("HTTP/1.1 200 OK\r\n\r\nall of it?");
  rude.break_off();
  second.expect_head(200);
  second.expect_over();
  EXPECT_EQ(exchange(1).error, Code::truncated_tls);
  EXPECT_FALSE(upstream_connection(0).tls.truncated);
  EXPECT_TRUE(upstream_connection(1).tls.truncated);
}

TEST_F(UpstreamTls, a_reused_connection_that_ends_without_a_goodbye_before_it_answers_is_replaced) {
  add_endpoint(good_server());
  Client client = connect();
  client.get("/one");
  Upstream rude = upstream();
  serve(rude, client, "/one");
  client.get("/two");
  rude.expect_request("GET", "/two");
  rude.break_off();
  Upstream fresh = upstream();
  serve(fresh, client, "/two");
  EXPECT_EQ(exchange(1).error, Code::ok);
  EXPECT_EQ(exchange(1).attempts, 2);
}

TEST_F(UpstreamTls, a_response_with_a_length_needs_no_goodbye) {
  add_endpoint(good_server());
  Client client = connect();
  client.get("/");
  Upstream rude = upstream();
  rude.expect_request("GET", "/");
  rude.reply(200, "all of it");
  rude.break_off();
  client.expect(200, "all of it");
  EXPECT_EQ(exchange().error, Code::ok);
}

}  // namespace
}  // namespace gladhand::test
