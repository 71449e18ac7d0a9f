// CONNECT through a forward proxy, in every version of HTTP, with and without TLS to the proxy.
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "support/matrix.h"

namespace gladhand::test {
namespace {

using testing::StartsWith;

// The two ends of a handshake inside a tunnel. What the client says is for the test to send.
struct Inside {
  TlsClient client{TlsOptions{.alpn = "h2", .server_name = "shop.example"}};
  TlsServer server{TlsServerOptions{.certificate = tls::make_leaf(tls::make_authority("Inside", 2), {"shop.example"}, 2), .alpn = "h2"}};

  Inside() { client.feed({}); }
  // Takes what came out of the tunnel at both ends.
  bool is_secured(Upstream& upstream, std::string& to_client) {
    upstream.send(server.output());
    client.feed(std::exchange(to_client, ""));
    server.feed(std::exchange(upstream.received(), ""));
    return client.is_open() && server.is_open();
  }
};

constexpr Nanos kBusy = milliseconds(50);

// The target is the endpoint, which speaks whatever it likes: the upstream's half of a Way does not count.
class Tunnels : public Matrix {
 protected:
  Tunnels() {
    listener().mode = config::Mode::forward;
    listener().has_forward = true;
    listener().forward.allow = {"127.0.0.1:*", "localhost:*"};
    add_endpoint();
  }

  std::string target(std::size_t index = 0) { return endpoint(index).address().to_string(); }
  Upstream upstream() { return Story::upstream(); }
  std::string pattern() { return Matrix::pattern(1 << 20); }
};

TEST_P(Tunnels, both_sides_talk) {
  Caller caller = this->caller();
  Talk& asked = caller.connect(target());
  Upstream upstream = this->upstream();
  asked.expect_head(200);
  EXPECT_FALSE(asked.length);
  asked.say("GET / HTTP/1.1\r\n\r\n");
  upstream.expect_bytes(18);
  EXPECT_EQ(std::exchange(upstream.received(), ""), "GET / HTTP/1.1\r\n\r\n");
  upstream.send(std::string("\0\x16\x03 not HTTP", 12));
  asked.expect_heard(12);
  asked.end();
  upstream.expect_end();
  upstream.end();
  asked.expect(200, std::string("\0\x16\x03 not HTTP", 12));

  const ExchangeRecord& record = exchange();
  EXPECT_EQ(record.method, "CONNECT");
  EXPECT_EQ(record.authority, target());
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.error, Code::ok);
  EXPECT_EQ(record.request_body_bytes, 18u);
  EXPECT_EQ(record.response_body_bytes, 12u);
  EXPECT_EQ(record.endpoint, target());
  // Nothing was asked of the target, so nothing was answered: there is no first byte to time.
  EXPECT_FALSE(record.timeline.has(ExchangeMark::head_sent));
  EXPECT_EQ(record.version, client_line().is_shared() ? "2" : "1.1");
}

TEST_P(Tunnels, a_name_is_looked_up) {
  Caller caller = this->caller();
  Talk& asked = caller.connect("localhost:" + std::to_string(endpoint().address().port()));
  Upstream upstream = this->upstream();
  asked.expect_head(200);
  upstream.send("hello");
  asked.expect_heard(5);
}

TEST_P(Tunnels, a_target_may_speak_first) {
  Caller caller = this->caller();
  Talk& asked = caller.connect(target());
  Upstream upstream = this->upstream();
  upstream.send("SSH-2.0-OpenSSH\r\n");
  asked.expect_head(200).expect_heard(17);
  EXPECT_EQ(asked.body, "SSH-2.0-OpenSSH\r\n");
}

TEST_P(Tunnels, what_comes_before_the_answer_is_for_the_target) {
  if (!client_line().is_shared()) return;  // the caller has a better idea of when to talk: see ForwardProxy
  Caller caller = this->caller();
  Talk& asked = caller.connect(target());
  asked.say("early");
  Upstream upstream = this->upstream();
  asked.expect_head(200);
  upstream.expect_bytes(5);
  EXPECT_EQ(upstream.received(), "early");
}

TEST_P(Tunnels, a_handshake_that_began_before_the_answer_counts_from_its_first_byte) {
  if (!client_line().is_shared()) return;  // see ForwardProxy
  Caller caller = this->caller();
  Inside inside;
  Talk& asked = caller.connect(target());
  asked.say(inside.client.output());
  be_busy_while_dialling(kBusy);
  Upstream upstream = this->upstream();
  asked.expect_head(200);
  stage.run_until([&] {
    if (const std::string said = inside.client.output(); !said.empty()) asked.say(said);
    return inside.is_secured(upstream, asked.body);
  });
  ASSERT_EQ(records.secured_tunnels.size(), 1u);
  EXPECT_GE(records.secured_tunnels.front(), kBusy);
}

TEST_P(Tunnels, either_side_may_end_first_and_listen_on) {
  for (const bool is_client_first : {true, false}) {
    std::unique_ptr<Caller> caller = new_caller();
    Talk& asked = caller->connect(target());
    Upstream upstream = this->upstream();
    asked.expect_head(200);
    if (is_client_first) {
      asked.say("last words").end();
      upstream.expect_bytes(10);
      EXPECT_EQ(std::exchange(upstream.received(), ""), "last words");
      upstream.expect_end();
      if (!client_line().has_tls || client_line().is_shared()) {  // OpenSSL's peers close with a close_notify
        upstream.send("an answer to them");
        asked.expect_heard(17);
      }
      upstream.end();
    } else {
      upstream.send("last words");
      upstream.end();
      asked.expect_head(200).expect_heard(10);
      if (!client_line().has_tls || client_line().is_shared()) {
        asked.say("an answer to them");
        upstream.expect_bytes(17);
        EXPECT_EQ(std::exchange(upstream.received(), ""), "an answer to them");
      }
      asked.end();
      upstream.expect_end();
    }
    asked.expect(200);
  }
}

TEST_P(Tunnels, a_half_that_ended_does_not_hurry_the_other) {
  listener().timeouts.body = milliseconds(50);
  Caller caller = this->caller();
  Talk& asked = caller.connect(target());
  Upstream upstream = this->upstream();
  upstream.send("done");
  upstream.end();
  asked.expect_head(200).expect_heard(4);
  if (client_line().has_tls && !client_line().is_shared()) return;  // a close_notify ends both halves of OpenSSL's peers
  stage.pass(milliseconds(300));
  asked.say("not yet").end();
  upstream.expect_bytes(7);
  EXPECT_EQ(upstream.received(), "not yet");
}

TEST_P(Tunnels, a_megabyte_passes_both_ways_whoever_is_slow) {
  Caller caller = this->caller();
  Talk& asked = caller.connect(target());
  Upstream upstream = this->upstream();
  asked.expect_head(200);
  const std::string text = pattern();
  asked.pause();
  upstream.pause_reading();
  asked.say(text).end();
  upstream.send(text);
  stage.run_until_quiet();
  asked.resume();
  upstream.resume_reading();
  upstream.expect_bytes(text.size());
  upstream.end();
  asked.expect(200);
  EXPECT_TRUE(asked.body == text && upstream.received() == text);
}

TEST_P(Tunnels, a_reset_is_passed_on) {
  {
    Caller caller = this->caller();
    Talk& asked = caller.connect(target());
    Upstream upstream = this->upstream();
    asked.expect_head(200);
    upstream.vanish();
    asked.expect_broken();
    if (client_line().is_shared()) caller.expect_open();
  }
  Caller caller = this->caller();
  Talk& asked = caller.connect(target());
  Upstream upstream = this->upstream();
  asked.expect_head(200);
  asked.reset();
  upstream.expect_reset();
  EXPECT_EQ(exchange(0).error, Code::upstream_reset);
}

TEST_P(Tunnels, a_target_that_refuses_is_told_and_the_connection_stays) {
  Socket closed(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const io::Address any = *io::Address::numeric("127.0.0.1", 0);
  ASSERT_EQ(::bind(closed.fd(), any.raw(), any.size()), 0);
  Caller caller = this->caller();
  Talk& refused = caller.connect(closed.address().to_string()).expect_head(502);
  EXPECT_EQ(refused.field("proxy-status"), "gladhand; error=connection_refused");
  refused.end().expect(502);
  stage.run_until_quiet();
  Talk& asked = caller.connect(target());
  Upstream upstream = this->upstream();
  asked.expect_head(200);
  EXPECT_EQ(exchange(0).error, Code::refused);
}

TEST_P(Tunnels, a_name_that_does_not_resolve_is_told) {
  listener().forward.allow = {"*:*"};
  Caller caller = this->caller();
  Talk& refused = caller.connect("no-such-name.invalid:443").expect_head(502);
  EXPECT_THAT(refused.field("proxy-status"), StartsWith("gladhand; error=dns_error"));
  EXPECT_EQ(exchange(0).error, Code::dns_failure);
  // A handshake that failed before there was a connection.
  EXPECT_EQ(upstream_connection(0).result, Code::dns_failure);
}

TEST_P(Tunnels, a_target_that_is_not_allowed_is_not_dialled) {
  listener().forward.allow = {"*:*"};  // and private addresses are denied by default
  Caller caller = this->caller();
  Talk& by_address = caller.connect(target()).expect_head(403);
  EXPECT_THAT(by_address.field("proxy-status"), StartsWith("gladhand; error=destination_ip_prohibited"));
  by_address.end().expect(403);
  stage.run_until_quiet();
  Talk& by_name = caller.connect("localhost:" + std::to_string(endpoint().address().port())).expect_head(403);
  by_name.end().expect(403);
  stage.run_until_quiet();
  caller.connect("0x7f000001:" + std::to_string(endpoint().address().port())).expect_head(403);
  expect_no_dial();
  EXPECT_EQ(exchange(0).error, Code::target_denied);
  EXPECT_EQ(exchange(1).error, Code::target_denied);
}

TEST_P(Tunnels, a_silent_tunnel_ends_when_its_time_is_up) {
  listener().forward.timeouts.tunnel = milliseconds(100);
  Caller caller = this->caller();
  Talk& asked = caller.connect(target());
  Upstream upstream = this->upstream();
  asked.expect_head(200);
  asked.expect_lost();
  upstream.expect_over();
  EXPECT_EQ(exchange().error, Code::tunnel_idle);
}

TEST_P(Tunnels, a_reverse_proxy_opens_none) {
  listener().mode = config::Mode::reverse;
  listener().has_forward = false;
  Caller caller = this->caller();
  caller.connect(target()).expect_head(405);
  expect_no_dial();
}

std::vector<Way> ways_of_clients() {
  std::vector<Way> ways;
  for (const bool has_tls : {false, true}) {
    for (const auto protocol : {codec::Protocol::sequential, codec::Protocol::multiplexed}) ways.push_back({{protocol, has_tls}, {codec::Protocol::sequential, false}});
  }
  return ways;
}
INSTANTIATE_TEST_SUITE_P(every, Tunnels, testing::ValuesIn(ways_of_clients()), [](const auto& way) { return way.param.client.name(); });

// Who may ask.
class Authenticated : public Tunnels {
 protected:
  Authenticated() {
    std::ofstream(users_) << "walter:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n";  // "secret"
    listener().forward.auth = users_;
  }
  ~Authenticated() override { std::remove(users_.c_str()); }

  static constexpr std::string_view kRight = "Basic d2FsdGVyOnNlY3JldA==";
  const std::string users_ = testing::TempDir() + "users-" + std::to_string(::getpid());
};

TEST_P(Authenticated, whoever_shows_a_password_may_pass) {
  Caller caller = this->caller();
  for (int i = 0; i < 2; ++i) {  // the second time without work
    Talk& asked = caller.connect(target(), {{"proxy-authorization", std::string(kRight)}});
    Upstream upstream = this->upstream();
    asked.expect_head(200);
    upstream.send("hello");
    asked.expect_heard(5);
    if (!client_line().is_shared()) return;
  }
}

TEST_P(Authenticated, whoever_does_not_is_asked_for_it_and_may_try_again) {
  Caller caller = this->caller();
  for (const std::string credentials : {"", "Basic d2FsdGVyOndyb25n", "Bearer d2FsdGVyOnNlY3JldA==", "Basic ?"}) {
    Talk& asked = caller.connect(target(), credentials.empty() ? Fields{} : Fields{{"proxy-authorization", credentials}}).expect_head(407);
    EXPECT_EQ(asked.field("proxy-authenticate"), "Basic realm=\"gladhand\", charset=\"UTF-8\"");
    asked.end().expect(407);
    stage.run_until_quiet();
  }
  expect_no_dial();
  Talk& asked = caller.connect(target(), {{"proxy-authorization", std::string(kRight)}});
  Upstream upstream = this->upstream();
  asked.expect_head(200);
  EXPECT_EQ(exchange(0).error, Code::proxy_authentication_required);
}

TEST_P(Authenticated, a_client_may_leave_while_its_password_is_verified) {
  Caller caller = this->caller();
  Talk& asked = caller.connect(target(), {{"proxy-authorization", std::string(kRight)}});
  stage.pass(milliseconds(1));
  asked.reset();
  caller.vanish();
  expect_everybody_gone();
}
INSTANTIATE_TEST_SUITE_P(every, Authenticated, testing::ValuesIn(ways_of_clients()), [](const auto& way) { return way.param.client.name(); });

// What a forward proxy is asked in HTTP/1.1, byte for byte.
class ForwardProxy : public Story {
 protected:
  ForwardProxy() {
    listener().mode = config::Mode::forward;
    listener().has_forward = true;
    listener().forward.allow = {"127.0.0.1:*"};
    add_endpoint();
  }
  std::string target() { return endpoint().address().to_string(); }
};

TEST_F(ForwardProxy, plain_http_is_forwarded_to_whom_it_names) {
  Client client = connect();
  for (int i = 0; i < 2; ++i) {
    client.send(fmt::format("GET http://{}/a?b=c HTTP/1.1\r\nHost: {}\r\nProxy-Authorization: Basic eDp5\r\nProxy-Connection: keep-alive\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n",
                            target(), target()));
  }
  Upstream upstream = this->upstream();
  for (int i = 0; i < 2; ++i) {  // over one connection
    const Message request = upstream.expect_request("GET", "/a?b=c");
    EXPECT_EQ(request.field("host"), target());
    EXPECT_EQ(request.field("via"), "1.1 gladhand");
    EXPECT_EQ(request.field("x-forwarded-for"), "203.0.113.9");
    EXPECT_FALSE(request.has("proxy-authorization") || request.has("proxy-connection") || request.has("forwarded"));
    upstream.reply(200, "found");
    client.expect(200, "found");
  }
  EXPECT_EQ(exchange(1).status, 200);
  EXPECT_EQ(exchange(1).route, timeline::kNone);
  EXPECT_EQ(exchange(1).attempts, 1);
}

TEST_F(ForwardProxy, a_target_without_a_host_and_one_under_tls_are_not_for_it) {
  for (const std::string& request : {"GET / HTTP/1.1\r\nHost: " + target() + "\r\n\r\n", "GET https://" + target() + "/ HTTP/1.1\r\nHost: " + target() + "\r\n\r\n"}) {
    Client client = connect();
    client.send(request);
    client.expect(400);
  }
  expect_no_dial();
}

TEST_F(ForwardProxy, the_handshake_inside_a_tunnel_is_timed_by_looking_on) {
  Client client = connect();
  client.send("CONNECT " + target() + " HTTP/1.1\r\nHost: " + target() + "\r\n\r\n");
  Upstream upstream = this->upstream();
  client.expect_head(200);
  Inside inside;
  stage.run_until([&] {
    client.send(inside.client.output());
    return inside.is_secured(upstream, client.received());
  });
  ASSERT_EQ(records.secured_tunnels.size(), 1u);  // before the tunnel ends
  client.vanish();
  const auto& tunnel = exchange().tunnel;
  ASSERT_TRUE(tunnel);
  EXPECT_EQ(tunnel->inside, timeline::TunnelFacts::Inside::tls);
  EXPECT_EQ(tunnel->offered, 0x0304);
  EXPECT_EQ(tunnel->version, 0x0304);
  EXPECT_EQ(tunnel->server_name, timeline::TunnelFacts::ServerName::other);
  EXPECT_TRUE(tunnel->offers_h2);
  EXPECT_FALSE(tunnel->offers_http1_1);
  EXPECT_EQ(tunnel->tls, records.secured_tunnels.front());
  EXPECT_GT(*tunnel->tls, Nanos::zero());
}

TEST_F(ForwardProxy, a_handshake_that_began_before_the_answer_counts_from_its_first_byte) {
  Client client = connect();
  Inside inside;
  client.send("CONNECT " + target() + " HTTP/1.1\r\nHost: " + target() + "\r\n\r\n" + inside.client.output());
  be_busy_while_dialling(kBusy);
  Upstream upstream = this->upstream();
  client.expect_head(200);
  stage.run_until([&] {
    client.send(inside.client.output());
    return inside.is_secured(upstream, client.received());
  });
  ASSERT_EQ(records.secured_tunnels.size(), 1u);
  EXPECT_GE(records.secured_tunnels.front(), kBusy);
}

TEST_F(ForwardProxy, what_is_no_tls_inside_a_tunnel_is_opaque) {
  Client client = connect();
  client.send("CONNECT " + target() + " HTTP/1.1\r\nHost: " + target() + "\r\n\r\nGET / HTTP/1.1\r\n\r\n");
  Upstream upstream = this->upstream();
  client.expect_head(200);
  upstream.expect_bytes(18);
  client.vanish();
  ASSERT_TRUE(exchange().tunnel);
  EXPECT_EQ(exchange().tunnel->inside, timeline::TunnelFacts::Inside::opaque);
  EXPECT_FALSE(exchange().tunnel->tls);
  EXPECT_TRUE(records.secured_tunnels.empty());
}

TEST_F(ForwardProxy, what_comes_before_the_answer_is_for_the_target) {
  Client client = connect();
  client.send("CONNECT " + target() + " HTTP/1.1\r\nHost: " + target() + "\r\n\r\nearly");
  Upstream upstream = this->upstream();
  client.expect_head(200);
  upstream.expect_bytes(5);
  EXPECT_EQ(upstream.received(), "early");
}

TEST_F(ForwardProxy, a_refusal_ends_the_connection_if_the_tunnels_bytes_have_come) {
  Client client = connect();
  client.send("CONNECT 10.0.0.1:443 HTTP/1.1\r\nHost: 10.0.0.1:443\r\n\r\nGET http://" + target() + "/smuggled HTTP/1.1\r\nHost: " + target() + "\r\n\r\n");
  EXPECT_EQ(client.expect(403).field("connection"), "close");
  client.expect_end();
  expect_no_dial();
}

TEST_F(ForwardProxy, a_refusal_alone_leaves_the_connection_open) {
  Client client = connect();
  client.send("CONNECT 10.0.0.1:443 HTTP/1.1\r\nHost: 10.0.0.1:443\r\n\r\n");
  EXPECT_FALSE(client.expect(403).has("connection"));
  client.send("CONNECT " + target() + " HTTP/1.1\r\nHost: " + target() + "\r\n\r\n");
  Upstream upstream = this->upstream();
  const Message opened = client.expect_head(200);
  EXPECT_FALSE(opened.has("content-length") || opened.has("transfer-encoding"));
  upstream.send("hello");
  client.expect_bytes(5);
}

TEST_F(ForwardProxy, connect_with_a_body_or_another_host_is_no_request) {
  for (const std::string fields : {"Content-Length: 5\r\n\r\nhello", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "Host: other.test:443\r\n\r\n"}) {
    Client client = connect();
    const std::string host = fields.starts_with("Host") ? "" : "Host: " + target() + "\r\n";
    client.send("CONNECT " + target() + " HTTP/1.1\r\n" + host + fields);
    client.expect(400);
  }
  expect_no_dial();
}

}  // namespace
}  // namespace gladhand::test
