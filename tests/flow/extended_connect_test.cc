// WebSockets over HTTP/2 (RFC 8441), bridged to an upstream that speaks HTTP/1.1.
#include "support/matrix.h"
#include "tls/digest.h"

namespace gladhand::test {
namespace {

class ExtendedConnect : public Matrix {
 protected:
  Talk& ask(Caller& caller) { return caller.change("websocket", "/chat", {{"sec-websocket-version", "13"}, {"sec-websocket-protocol", "talk"}}); }
  Upstream upstream() { return Story::upstream(); }

  static std::string agreement(const Message& request) {
    const std::string accept = tls::sha1_base64(request.field("sec-websocket-key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept + "\r\nSec-WebSocket-Protocol: talk\r\n\r\n";
  }
};

TEST_P(ExtendedConnect, opens_a_websocket_with_a_key_of_the_proxys_own) {
  Caller caller = this->caller();
  Talk& asked = ask(caller);
  asked.say("early");  // which the upstream must not see before it has agreed
  Upstream upstream = this->upstream();
  const Message request = upstream.expect_request_head("GET", "/chat");
  EXPECT_EQ(request.field("upgrade"), "websocket");
  EXPECT_EQ(request.field("connection"), "Upgrade");
  EXPECT_EQ(request.field("host"), "shop.example");
  EXPECT_EQ(request.field("sec-websocket-version"), "13");
  EXPECT_EQ(request.field("sec-websocket-key").size(), 24u);
  upstream.expect_nothing();
  upstream.send(agreement(request) + "hello");
  asked.expect_head(200).expect_heard(5);
  EXPECT_EQ(asked.field("sec-websocket-protocol"), "talk");
  EXPECT_EQ(asked.field("sec-websocket-accept") + asked.field("upgrade") + asked.field("connection"), "");
  upstream.expect_bytes(5);
  EXPECT_EQ(std::exchange(upstream.received(), ""), "early");
  asked.say("more").end();
  upstream.expect_bytes(4);
  EXPECT_EQ(std::exchange(upstream.received(), ""), "more");
  upstream.expect_end();
  upstream.send(", goodbye");
  upstream.end();
  asked.expect(200, "hello, goodbye");
  EXPECT_EQ(exchange().status, 101);
  EXPECT_EQ(exchange().error, Code::ok);
}

TEST_P(ExtendedConnect, shares_its_connection_with_other_requests) {
  Caller caller = this->caller();
  Talk& asked = ask(caller);
  Upstream upstream = this->upstream();
  upstream.send(agreement(upstream.expect_request_head("GET", "/chat")));
  asked.expect_head(200);
  Talk& other = caller.get("/other");
  Upstream second = this->upstream();
  second.expect_request("GET", "/other");
  second.reply(200, "as usual");
  other.expect(200, "as usual");
  asked.reset();
  upstream.expect_reset();
  caller.expect_open();
}

TEST_P(ExtendedConnect, a_refusal_is_passed_on) {
  Caller caller = this->caller();
  Talk& asked = ask(caller);
  Upstream upstream = this->upstream();
  upstream.expect_request_head("GET", "/chat");
  upstream.reply(403, "not you");
  asked.expect(403, "not you");
}

TEST_P(ExtendedConnect, an_endpoint_that_just_answers_has_not_agreed) {
  // To a client of HTTP/2 a 200 would be the opened tunnel.
  Caller caller = this->caller();
  Talk& asked = ask(caller);
  Upstream upstream = this->upstream();
  upstream.expect_request_head("GET", "/chat");
  upstream.reply(200, "a page");
  asked.expect_head(501);
  EXPECT_EQ(exchange().error, Code::not_implemented);
}

TEST_P(ExtendedConnect, an_answer_to_another_key_is_none) {
  Caller caller = this->caller();
  Talk& asked = ask(caller);
  Upstream upstream = this->upstream();
  upstream.expect_request_head("GET", "/chat");
  upstream.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  asked.expect_head(502);
  EXPECT_EQ(exchange().error, Code::bad_response);
}

TEST_P(ExtendedConnect, an_upstream_that_resets_resets_the_stream_alone) {
  Caller caller = this->caller();
  Talk& asked = ask(caller);
  Upstream upstream = this->upstream();
  upstream.send(agreement(upstream.expect_request_head("GET", "/chat")));
  asked.expect_head(200);
  upstream.vanish();
  asked.expect_broken();
  caller.expect_open();
}

INSTANTIATE_TEST_SUITE_P(every, ExtendedConnect,
                         testing::Values(Way{{codec::Protocol::multiplexed, false}, {codec::Protocol::sequential, false}},
                                         Way{{codec::Protocol::multiplexed, true}, {codec::Protocol::sequential, false}},
                                         Way{{codec::Protocol::multiplexed, true}, {codec::Protocol::sequential, true}}),
                         way_name);

}  // namespace
}  // namespace gladhand::test
