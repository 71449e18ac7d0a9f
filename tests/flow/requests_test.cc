// Requests that go well, and what is recorded of them.
#include "support/story.h"

namespace gladhand::test {
namespace {

class Requests : public EveryPath {};

TEST_P(Requests, one_request_and_its_answer) {
  Client client = connect();
  client.get("/a");
  Upstream upstream = this->upstream();
  const Message request = upstream.expect_request("GET", "/a");
  EXPECT_EQ(request.field("host"), "shop.example");
  EXPECT_EQ(request.field("x-forwarded-proto"), is_tls() ? "https" : "http");
  upstream.reply(200, "first");
  client.expect(200, "first");

  const ExchangeRecord& record = exchange();
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.error, Code::ok);
  EXPECT_EQ(record.method, "GET");
  EXPECT_EQ(record.target, "/a");
  EXPECT_EQ(record.authority, "shop.example");
  EXPECT_EQ(record.scheme, is_tls() ? "https" : "http");
  EXPECT_EQ(record.attempts, 1);
  EXPECT_EQ(record.response_body_bytes, 5u);
  EXPECT_TRUE(record.is_first_of_client);
  EXPECT_TRUE(record.is_first_of_upstream);
  EXPECT_EQ(record.endpoint, endpoint().address().to_string());
}

TEST_P(Requests, every_mark_of_an_exchange_is_set_in_its_order) {
  Client client = connect();
  client.post("/a", "question");
  Upstream upstream = this->upstream();
  upstream.expect_request("POST", "/a");
  upstream.reply(200, "answer");
  client.expect(200, "answer");

  const auto& timeline = exchange().timeline;
  const std::array in_order{ExchangeMark::head_received, ExchangeMark::routed,     ExchangeMark::upstream_asked,      ExchangeMark::upstream_ready,
                            ExchangeMark::head_sent,     ExchangeMark::reply_head_received, ExchangeMark::reply_head_sent, ExchangeMark::reply_ended,
                            ExchangeMark::finished};
  for (std::size_t i = 0; i < in_order.size(); ++i) {
    EXPECT_TRUE(timeline.has(in_order[i])) << name(in_order[i]);
    EXPECT_LE(timeline.at(in_order[i == 0 ? 0 : i - 1]), timeline.at(in_order[i])) << name(in_order[i]);
  }
  EXPECT_TRUE(timeline.between(ExchangeMark::head_received, ExchangeMark::request_ended));
}

TEST_P(Requests, connections_are_kept_alive_and_reused_on_both_sides) {
  Client client = connect();
  client.get("/1");
  Upstream upstream = this->upstream();
  for (const std::string target : {"/1", "/2", "/3"}) {
    if (target != "/1") client.get(target);
    upstream.expect_request("GET", target);
    upstream.reply(200, target);
    client.expect(200, target);
  }
  expect_no_dial();
  EXPECT_TRUE(exchange(0).is_first_of_client && exchange(0).is_first_of_upstream);
  EXPECT_FALSE(exchange(2).is_first_of_client || exchange(2).is_first_of_upstream);

  client.end();
  client.expect_end();
  EXPECT_EQ(client_connection().exchanges, 3u);
  EXPECT_EQ(client_connection().ended_by, Code::ok);
}

TEST_P(Requests, another_client_gets_the_warm_upstream_connection) {
  Client one = connect();
  one.get("/1");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/1");
  upstream.reply(200, "1");
  one.expect(200, "1");
  Client two = connect();
  two.get("/2");
  upstream.expect_request("GET", "/2");
  upstream.reply(200, "2");
  two.expect(200, "2");
  expect_no_dial();
}

TEST_P(Requests, requests_of_several_clients_at_once_get_connections_of_their_own) {
  Client one = connect();
  one.get("/1");
  Upstream first = upstream();
  first.expect_request("GET", "/1");
  Client two = connect();
  two.get("/2");
  Upstream second = upstream();
  second.expect_request("GET", "/2");
  second.reply(200, "2");
  two.expect(200, "2");
  first.reply(200, "1");
  one.expect(200, "1");
}

TEST_P(Requests, pipelined_requests_are_answered_in_order) {
  app().max_connections = 1;  // so that all of them go where this story looks
  Client client = connect();
  client.send(
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwo"
      "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nthree\r\n0\r\n\r\n"
      "GET /4 HTTP/1.1\r\nHost: a\r\n\r\n");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/1");
  upstream.expect_nothing();  // the second waits for the first's answer
  upstream.reply(200, "1");
  EXPECT_EQ(upstream.expect_request("POST", "/2").body, "two");
  upstream.reply(200, "2");
  EXPECT_EQ(upstream.expect_request("POST", "/3").body, "three");
  upstream.reply(200, "3");
  upstream.expect_request("GET", "/4");
  upstream.reply(200, "4");
  for (const char* body : {"1", "2", "3", "4"}) client.expect(200, body);
}

TEST_P(Requests, a_request_that_comes_byte_by_byte_is_the_same_request) {
  Client client = connect();
  client.send_in_pieces("POST /slow HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nDigest: x\r\n\r\n", 1);
  Upstream upstream = this->upstream();
  const Message request = upstream.expect_request("POST", "/slow");
  EXPECT_EQ(request.body, "abc");
  EXPECT_EQ(request.trailers, (Message::Fields{{"digest", "x"}}));
  upstream.reply(200);
  client.expect(200, "");
}

TEST_P(Requests, an_answer_that_comes_byte_by_byte_is_the_same_answer) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.send_in_pieces("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nDigest: x\r\n\r\n", 1);
  const Message answer = client.expect(200, "abcde");
  EXPECT_EQ(answer.trailers, (Message::Fields{{"digest", "x"}}));
}

TEST_P(Requests, trailers_pass_both_ways) {
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n");
  Upstream upstream = this->upstream();
  EXPECT_EQ(upstream.expect_request("POST", "/").trailers, (Message::Fields{{"x-sum", "1"}, {"x-more", "2"}}));
  upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nho\r\n0\r\nX-Sum: 3\r\n\r\n");
  EXPECT_EQ(client.expect(200, "ho").trailers, (Message::Fields{{"x-sum", "3"}}));
}

TEST_P(Requests, a_client_that_expects_100_continue_sends_its_body_when_the_upstream_says_so) {
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  Upstream upstream = this->upstream();
  const Message head = upstream.expect_request_head("POST", "/");
  EXPECT_EQ(head.field("expect"), "100-continue");
  client.expect_nothing();  // the promise is the upstream's to give
  upstream.send("HTTP/1.1 100 Continue\r\n\r\n");
  client.expect(100);
  client.send("hello");
  upstream.expect_bytes(5);
  EXPECT_EQ(std::exchange(upstream.received(), {}), "hello");
  upstream.reply(200, "thanks");
  client.expect(200, "thanks");
}

TEST_P(Requests, a_final_answer_instead_of_100_continue_ends_the_connection) {
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/");
  upstream.reply(403, "no");
  client.expect(403, "no");
  client.expect_end();
  client.close();
  EXPECT_EQ(exchange().status, 403);
}

TEST_P(Requests, early_hints_pass_before_the_answer) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.send("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n");
  EXPECT_EQ(client.expect(103).field("link"), "</style.css>; rel=preload");
  upstream.reply(200, "page");
  client.expect(200, "page");
  EXPECT_EQ(exchange().status, 200);
}

TEST_P(Requests, an_answer_to_head_has_no_body_and_the_connection_goes_on) {
  Client client = connect();
  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  Upstream upstream = this->upstream();
  upstream.expect_request("HEAD", "/");
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  EXPECT_EQ(client.expect_head(200).field("content-length"), "1000");
  client.get("/next");
  upstream.expect_request("GET", "/next");
  upstream.reply(200, "next");
  client.expect(200, "next");
}

TEST_P(Requests, answers_without_a_body_leave_the_connection_usable) {
  Client client = connect();
  client.get("/1");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/1");
  upstream.send("HTTP/1.1 204 No Content\r\n\r\n");
  client.expect(204);
  client.get("/2");
  upstream.expect_request("GET", "/2");
  upstream.send("HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n");
  client.expect(304);
  client.get("/3");
  upstream.expect_request("GET", "/3");
  upstream.reply(200, "3");
  client.expect(200, "3");
}

TEST_P(Requests, an_answer_that_ends_with_its_connection_is_framed_anew) {
  Client client = connect();
  client.get("/1");
  Upstream first = upstream();
  first.expect_request("GET", "/1");
  first.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
  first.end();
  client.expect(200, "until the end");
  client.get("/2");  // the client's connection is unharmed
  Upstream second = upstream();
  second.expect_request("GET", "/2");
  second.reply(200, "2");
  client.expect(200, "2");
}

TEST_P(Requests, an_http_1_0_client_gets_an_answer_that_ends_with_the_connection) {
  Client client = connect();
  client.send("GET /old HTTP/1.0\r\n\r\n");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/old");
  upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nold\r\n0\r\n\r\n");
  const Message answer = client.expect(200, "old");
  EXPECT_FALSE(answer.has("transfer-encoding"));
  client.expect_end();
}

TEST_P(Requests, a_client_that_says_close_is_answered_and_the_connection_ends) {
  Client client = connect();
  client.get("/", "Connection: close\r\n");
  Upstream upstream = this->upstream();
  EXPECT_EQ(upstream.expect_request("GET", "/").field("connection"), "");
  upstream.reply(200, "bye");
  EXPECT_EQ(client.expect(200, "bye").field("connection"), "close");
  client.expect_end();
  EXPECT_EQ(client_connection().ended_by, Code::ok);
}

TEST_P(Requests, a_client_that_has_ended_its_side_is_still_answered) {
  Client client = connect();
  client.get("/");
  client.end();
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  stage.run_until_quiet();
  upstream.reply(200, "still");
  client.expect(200, "still");
  client.expect_end();
  EXPECT_EQ(exchange().status, 200);
}

TEST_P(Requests, the_last_of_the_permitted_requests_says_close) {
  listener().limits.connection_requests = 2;
  Client client = connect();
  client.get("/1");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/1");
  upstream.reply(200, "1");
  EXPECT_EQ(client.expect(200, "1").field("connection"), "");
  client.get("/2");
  upstream.expect_request("GET", "/2");
  upstream.reply(200, "2");
  EXPECT_EQ(client.expect(200, "2").field("connection"), "close");
  client.expect_end();
}

TEST_P(Requests, a_request_that_matches_no_route_is_answered_here) {
  config.routes.front().match.path = {"/api/*"};
  Client client = connect();
  client.get("/elsewhere");
  EXPECT_EQ(client.expect(404).field("proxy-status"), "gladhand; error=destination_not_found");
  client.get("/api/x");  // and the connection goes on
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/api/x");
  upstream.reply(200);
  client.expect(200);
  EXPECT_EQ(exchange(0).error, Code::no_route);
  EXPECT_EQ(exchange(0).upstream, nullptr);
  EXPECT_EQ(exchange(1).error, Code::ok);
}

TEST_P(Requests, a_request_that_breaks_the_grammar_is_refused_and_recorded) {
  Client client = connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx");
  client.expect(400);
  client.expect_end();
  client.close();
  EXPECT_EQ(exchange().error, Code::bad_request);
  EXPECT_EQ(exchange().status, 400);
  expect_no_dial();
}

GLADHAND_ON_EVERY_PATH(Requests);

}  // namespace
}  // namespace gladhand::test
