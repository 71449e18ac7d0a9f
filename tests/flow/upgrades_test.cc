// Requests that change to another protocol, and the tunnels that come of it.
#include "support/story.h"

namespace gladhand::test {
namespace {

// The example of RFC 6455 section 1.3.
constexpr std::string_view kAsk =
    "GET /chat HTTP/1.1\r\nHost: shop.example\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
constexpr std::string_view kAgree =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n";

class UpgradeStory : public Story {
 protected:
  using Story::Story;

  // The other end of a tunnel from `client`.
  std::unique_ptr<Upstream> open(Client& client) {
    client.send(kAsk);
    std::unique_ptr<Upstream> upstream(new Upstream(this->upstream()));
    upstream->expect_request_head("GET", "/chat");
    upstream->send(kAgree);
    client.expect_head(101);
    return upstream;
  }
};

// From each kind of client to each kind of endpoint.
struct Ways {
  Path client;
  Path upstream;
};

class Upgrades : public UpgradeStory, public testing::WithParamInterface<Ways> {
 protected:
  Upgrades() : UpgradeStory(GetParam().client == Path::tls) {
    if (GetParam().upstream == Path::plain) return;
    static const tls::CertificatePair certificate = tls::make_leaf(tls::make_authority("Upgrades", 2), {"127.0.0.1"}, 2);
    add_endpoint(TlsServerOptions{.certificate = certificate});
    app().has_tls = true;
    app().tls.verify = false;
  }
};

TEST_P(Upgrades, a_websocket_is_opened_and_both_sides_talk) {
  Client client = connect();
  client.send(kAsk);
  Upstream upstream = this->upstream();
  const Message request = upstream.expect_request_head("GET", "/chat");
  EXPECT_EQ(request.field("upgrade"), "websocket");
  EXPECT_EQ(request.field("connection"), "Upgrade");
  EXPECT_EQ(request.field("sec-websocket-extensions"), "permessage-deflate");
  EXPECT_FALSE(request.has("content-length") || request.has("transfer-encoding"));
  upstream.send(kAgree);
  const Message agreed = client.expect_head(101);
  EXPECT_EQ(agreed.field("upgrade"), "websocket");
  EXPECT_EQ(agreed.field("connection"), "Upgrade");
  EXPECT_EQ(agreed.field("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_FALSE(agreed.has("content-length") || agreed.has("transfer-encoding"));

  client.send(std::string("\x81\x02\0\n", 4));
  upstream.expect_bytes(4);
  EXPECT_EQ(std::exchange(upstream.received(), ""), std::string("\x81\x02\0\n", 4));
  upstream.send("HTTP/1.1 is not spoken here\r\n\r\n");
  client.expect_bytes(31);
  EXPECT_EQ(std::exchange(client.received(), ""), "HTTP/1.1 is not spoken here\r\n\r\n");
  client.end();
  upstream.expect_end();
  upstream.end();
  client.expect_end();

  const ExchangeRecord& record = exchange();
  EXPECT_EQ(record.status, 101);
  EXPECT_EQ(record.error, Code::ok);
  EXPECT_EQ(record.request_body_bytes, 4u);
  EXPECT_EQ(record.response_body_bytes, 31u);
}

TEST_P(Upgrades, bytes_right_behind_the_answer_are_the_tunnels) {
  Client client = connect();
  client.send(kAsk);
  Upstream upstream = this->upstream();
  upstream.expect_request_head("GET", "/chat");
  upstream.send(std::string(kAgree) + "hello");
  client.expect_head(101);
  client.expect_bytes(5);
  EXPECT_EQ(client.received(), "hello");
}

TEST_P(Upgrades, bytes_right_behind_the_request_wait_for_the_answer) {
  Client client = connect();
  client.send(std::string(kAsk) + "early");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("GET", "/chat");
  upstream.expect_nothing();
  upstream.send(kAgree);
  client.expect_head(101);
  upstream.expect_bytes(5);
  EXPECT_EQ(upstream.received(), "early");
}

TEST_P(Upgrades, either_side_may_end_first_and_listen_on) {
  for (const bool is_client_first : {true, false}) {
    Client client = connect();
    const std::unique_ptr<Upstream> upstream = open(client);
    Peer& first = is_client_first ? static_cast<Peer&>(client) : *upstream;
    Peer& second = is_client_first ? static_cast<Peer&>(*upstream) : client;
    first.send("last words");
    first.end();
    second.expect_bytes(10);
    EXPECT_EQ(std::exchange(second.received(), ""), "last words");
    second.expect_end();
    if (GetParam().client == Path::plain && GetParam().upstream == Path::plain) {  // OpenSSL's peers close with a close_notify
      second.send("an answer to them");
      first.expect_bytes(17);
      EXPECT_EQ(std::exchange(first.received(), ""), "an answer to them");
    }
    second.end();
    first.expect_end();
  }
}

TEST_P(Upgrades, a_megabyte_passes_both_ways_whoever_is_slow) {
  Client client = connect();
  const std::unique_ptr<Upstream> upstream = open(client);
  std::string text(1 << 20, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 >> 3);
  client.pause_reading();
  upstream->pause_reading();
  client.send(text);
  upstream->send(text);
  stage.run_until_quiet();
  client.resume_reading();
  upstream->resume_reading();
  client.expect_bytes(text.size());
  upstream->expect_bytes(text.size());
  EXPECT_TRUE(client.received() == text && upstream->received() == text);
}

TEST_P(Upgrades, a_reset_is_passed_on) {
  for (const bool is_client : {true, false}) {
    Client client = connect();
    const std::unique_ptr<Upstream> upstream = open(client);
    is_client ? client.vanish() : upstream->vanish();
    is_client ? upstream->expect_over() : client.expect_over();
  }
  EXPECT_EQ(exchange(0).error, Code::client_reset);
  EXPECT_NE(exchange(1).error, Code::ok);
}

TEST_P(Upgrades, a_refusal_is_an_answer_like_any_other) {
  app().max_connections = 1;
  Client client = connect();
  client.send(kAsk);
  Upstream upstream = this->upstream();
  upstream.expect_request_head("GET", "/chat");
  upstream.reply(426, "not here", "Sec-WebSocket-Version: 14\r\n");
  const Message refused = client.expect(426, "not here");
  EXPECT_EQ(refused.field("sec-websocket-version"), "14");
  client.get("/after");
  if (GetParam().upstream == Path::tls) {  // its plain requests have connections of their own
    Upstream other = this->upstream();
    other.expect_request("GET", "/after");
    other.reply(200, "still HTTP");
  } else {
    upstream.expect_request("GET", "/after");
    upstream.reply(200, "still HTTP");
  }
  client.expect(200, "still HTTP");
}

TEST_P(Upgrades, informational_answers_come_before_the_switch) {
  Client client = connect();
  client.send(kAsk);
  Upstream upstream = this->upstream();
  upstream.expect_request_head("GET", "/chat");
  upstream.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + std::string(kAgree));
  client.expect_head(103);
  client.expect_head(101);
}

TEST_P(Upgrades, any_other_protocol_passes) {
  Client client = connect();
  client.send("POST /exec HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");
  Upstream upstream = this->upstream();
  EXPECT_EQ(upstream.expect_request_head("POST", "/exec").field("upgrade"), "SPDY/3.1");
  upstream.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: SPDY/3.1\r\n\r\nframes");
  EXPECT_EQ(client.expect_head(101).field("upgrade"), "SPDY/3.1");
  client.expect_bytes(6);
  EXPECT_EQ(client.received(), "frames");
}

INSTANTIATE_TEST_SUITE_P(every_way, Upgrades, testing::Values(Ways{Path::plain, Path::plain}, Ways{Path::tls, Path::plain}, Ways{Path::plain, Path::tls}, Ways{Path::tls, Path::tls}),
                         [](const auto& p) {
                           return std::string(p.param.client == Path::tls ? "tls" : "plain") + (p.param.upstream == Path::tls ? "_to_tls" : "_to_plain");
                         });

class PlainUpgrades : public UpgradeStory {};

TEST_F(PlainUpgrades, an_upstream_that_does_not_know_the_protocol_is_not_believed) {
  for (const std::string_view wrong : {
           "HTTP/1.1 101 Fine\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
           "HTTP/1.1 101 Fine\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
           "HTTP/1.1 101 Fine\r\nUpgrade: chat\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
           "HTTP/1.1 101 Fine\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
           "HTTP/1.1 101 Fine\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
       }) {
    Client client = connect();
    client.send(kAsk);
    Upstream upstream = this->upstream();
    upstream.expect_request_head("GET", "/chat");
    upstream.send(wrong);
    client.expect(502);
    upstream.expect_over();
  }
}

TEST_F(PlainUpgrades, a_switch_that_nobody_asked_for_is_an_error) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.send(kAgree);
  client.expect(502);
}

TEST_F(PlainUpgrades, a_bad_opening_handshake_is_refused_and_nobody_is_dialled) {
  for (const std::string_view key : {"", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "Sec-WebSocket-Key: dG9vIHNob3J0\r\n", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ!=\r\n"}) {
    Client client = connect();
    client.send(fmt::format("GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{}\r\n", key));
    client.expect(400);
  }
  Client client = connect();
  client.send("POST /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  client.expect(400);
  expect_no_dial();
}

TEST_F(PlainUpgrades, what_is_not_for_the_next_hop_is_ignored) {
  for (const std::string_view fields : {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
                                        "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n", "Upgrade: websocket\r\n",
                                        "Connection: Upgrade\r\nUpgrade: websocket, chat\r\n"}) {
    Client client = connect();
    client.get("/", fields);
    Upstream upstream = this->upstream();
    const Message request = upstream.expect_request("GET", "/");
    EXPECT_FALSE(request.has("upgrade") || request.has("connection")) << fields;
    upstream.reply(200, "plain", "Connection: close\r\n");
    client.expect(200, "plain");
  }
}

TEST_F(PlainUpgrades, a_tunnel_in_which_nothing_happens_is_closed) {
  app().timeouts.tunnel = milliseconds(60);
  app().timeouts.first_byte = app().timeouts.idle = milliseconds(20'000);
  Client client = connect();
  const auto upstream = open(client);
  client.expect_over();
  upstream->expect_over();
  EXPECT_EQ(exchange().error, Code::tunnel_idle);
}

TEST_F(PlainUpgrades, a_tunnel_that_carries_something_now_and_then_stays_open) {
  app().timeouts.tunnel = milliseconds(60);
  Client client = connect();
  const auto upstream = open(client);
  for (std::size_t i = 1; i <= 15; ++i) {
    client.send("tick");
    upstream->expect_bytes(4 * i);
    stage.pass(milliseconds(20));
  }
  client.end();
  upstream->end();
  client.expect_over();
  EXPECT_EQ(exchange().error, Code::ok);
}

TEST_F(PlainUpgrades, the_deadlines_of_http_do_not_count_in_a_tunnel) {
  app().timeouts.first_byte = app().timeouts.idle = milliseconds(30);
  listener().timeouts.body = listener().timeouts.keep_alive = listener().timeouts.header = milliseconds(30);
  Client client = connect();
  const auto upstream = open(client);
  stage.run_until([] { return false; }, milliseconds(120));
  upstream->send("still here");
  client.expect_bytes(10);
}

TEST_F(PlainUpgrades, an_upstream_that_does_not_answer_is_late_as_ever) {
  app().timeouts.first_byte = milliseconds(40);
  Client client = connect();
  client.send(kAsk);
  Upstream upstream = this->upstream();
  upstream.expect_request_head("GET", "/chat");
  client.expect(504);
}

TEST_F(PlainUpgrades, a_client_that_leaves_before_the_answer_takes_the_upstream_along) {
  Client client = connect();
  client.send(kAsk);
  Upstream upstream = this->upstream();
  upstream.expect_request_head("GET", "/chat");
  client.end();
  upstream.expect_over();
  EXPECT_EQ(exchange().error, Code::client_closed);
}

}  // namespace
}  // namespace gladhand::test
