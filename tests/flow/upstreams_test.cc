// Upstreams that refuse, stop, break off, speak out of turn, or are late.
#include "support/story.h"

namespace gladhand::test {
namespace {

using testing::AnyOf;

class Upstreams : public EveryPath {};

// ---- pooled connections

TEST_P(Upstreams, a_pooled_connection_that_speaks_out_of_turn_is_never_reused) {
  Client client = connect();
  client.get("/one");
  Upstream spoiled = upstream();
  spoiled.expect_request("GET", "/one");
  spoiled.reply(200, "first");
  client.expect(200, "first");

  spoiled.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");  // nobody asked
  client.get("/two");
  Upstream fresh = upstream();
  fresh.expect_request("GET", "/two");
  fresh.reply(200, "second");
  client.expect(200, "second");
  spoiled.expect_reset();
  EXPECT_EQ(upstream_connection().ended_by, Code::ok);
}

TEST_P(Upstreams, bytes_behind_an_answer_spoil_the_connection_but_not_the_answer) {
  Client client = connect();
  client.get("/one");
  Upstream spoiled = upstream();
  spoiled.expect_request("GET", "/one");
  spoiled.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirstHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
  client.expect(200, "first");
  client.get("/two");
  Upstream fresh = upstream();
  fresh.expect_request("GET", "/two");
  fresh.reply(200, "second");
  client.expect(200, "second");
}

TEST_P(Upstreams, a_pooled_connection_that_the_upstream_closes_is_forgotten) {
  Client client = connect();
  client.get("/warm");
  Upstream old = upstream();
  serve(old, client, "/warm");
  old.end();
  old.expect_over();
  client.get("/two");
  Upstream fresh = upstream();
  fresh.expect_request("GET", "/two");
  fresh.reply(200, "second");
  client.expect(200, "second");
  EXPECT_EQ(exchange(1).attempts, 1);
}

TEST_P(Upstreams, a_pooled_connection_ends_after_its_idle_limit) {
  app().timeouts.pool_idle = milliseconds(60);
  Client client = connect();
  client.get("/warm");
  Upstream upstream = this->upstream();
  serve(upstream, client, "/warm");
  upstream.expect_over();
  EXPECT_EQ(upstream_connection().ended_by, Code::upstream_idle);
  client.expect_nothing();
}

TEST_P(Upstreams, an_answer_that_says_close_is_the_last_on_its_connection) {
  Client client = connect();
  client.get("/one");
  Upstream first = upstream();
  first.expect_request("GET", "/one");
  first.reply(200, "first", "Connection: close\r\n");
  EXPECT_EQ(client.expect(200, "first").field("connection"), "");  // the upstream's business, not the client's
  first.expect_over();
  client.get("/two");
  upstream().expect_request("GET", "/two");
}

TEST_P(Upstreams, a_get_on_a_reused_connection_that_closes_unanswered_is_sent_once_more) {
  Client client = connect();
  client.get("/warm");
  Upstream old = upstream();
  serve(old, client, "/warm");
  client.get("/again");
  old.expect_request("GET", "/again");
  old.end();
  Upstream fresh = upstream();
  fresh.expect_request("GET", "/again");
  fresh.reply(200, "here");
  client.expect(200, "here");
  EXPECT_EQ(exchange(1).attempts, 2);
  EXPECT_EQ(exchange(1).error, Code::ok);
  expect_no_dial();
}

TEST_P(Upstreams, a_get_on_a_reused_connection_that_is_reset_is_sent_once_more) {
  Client client = connect();
  client.get("/warm");
  Upstream old = upstream();
  serve(old, client, "/warm");
  client.get("/again");
  old.expect_request("GET", "/again");
  old.vanish();
  Upstream fresh = upstream();
  fresh.expect_request("GET", "/again");
  fresh.reply(200, "here");
  client.expect(200, "here");
}

TEST_P(Upstreams, the_second_attempt_is_the_last) {
  Client client = connect();
  client.get("/warm");
  Upstream old = upstream();
  serve(old, client, "/warm");
  client.get("/again");
  old.expect_request("GET", "/again");
  old.end();
  Upstream fresh = upstream();
  fresh.expect_request("GET", "/again");
  fresh.end();
  EXPECT_EQ(client.expect(502).field("proxy-status").substr(0, 39), "gladhand; error=connection_terminated; ");
  expect_no_dial();
  EXPECT_EQ(exchange(1).error, Code::upstream_closed);
  EXPECT_EQ(exchange(1).attempts, 2);
}

TEST_P(Upstreams, a_get_on_a_fresh_connection_is_not_repeated) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.end();
  client.expect(502);
  expect_no_dial();
}

TEST_P(Upstreams, a_post_is_never_sent_twice) {
  Client client = connect();
  client.get("/warm");
  Upstream old = upstream();
  serve(old, client, "/warm");
  client.post("/pay", "100");
  EXPECT_EQ(old.expect_request("POST", "/pay").body, "100");
  old.end();
  client.expect(502);
  expect_no_dial();
  EXPECT_EQ(exchange(1).error, Code::upstream_closed);
  EXPECT_EQ(exchange(1).attempts, 1);
}

TEST_P(Upstreams, a_post_without_a_body_is_never_sent_twice_either) {
  Client client = connect();
  client.get("/warm");
  Upstream old = upstream();
  serve(old, client, "/warm");
  client.post("/pay", "");
  old.expect_request("POST", "/pay");
  old.vanish();
  client.expect(502);
  expect_no_dial();
  EXPECT_EQ(exchange(1).error, Code::upstream_reset);
}

TEST_P(Upstreams, an_answer_that_has_begun_is_never_asked_for_again) {
  Client client = connect();
  client.get("/warm");
  Upstream old = upstream();
  serve(old, client, "/warm");
  client.get("/again");
  old.expect_request("GET", "/again");
  old.send("HTTP/1.1 200 OK\r\nContent-Le");
  stage.run_until_quiet();
  old.end();
  client.expect(502);
  expect_no_dial();
}

// ---- dials

TEST_P(Upstreams, a_refused_dial_goes_on_to_the_next_endpoint) {
  add_refusing_endpoint();
  add_endpoint();
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream(1);
  upstream.expect_request("GET", "/");
  upstream.reply(200, "here");
  client.expect(200, "here");
  EXPECT_EQ(exchange().attempts, 2);
  const ConnectionRecord& refused = upstream_connection();
  EXPECT_EQ(refused.result, Code::refused);
  EXPECT_EQ(refused.stage, ConnectionMark::started);
}

TEST_P(Upstreams, an_endpoint_that_refused_is_left_out_for_a_moment) {
  add_refusing_endpoint();
  add_endpoint();
  Client one = connect();
  one.get("/1");
  Upstream upstream = this->upstream(1);
  upstream.expect_request("GET", "/1");
  Client two = connect();
  two.get("/2");
  this->upstream(1).expect_request("GET", "/2");
  EXPECT_EQ(records.attempts[timeline::index(Side::upstream)], 3u);  // one refused, two good
}

TEST_P(Upstreams, when_every_endpoint_refuses_the_client_gets_502_with_the_reason) {
  add_refusing_endpoint();
  add_refusing_endpoint();
  Client client = connect();
  client.post("/", "body");
  const Message answer = client.expect(502);
  EXPECT_EQ(answer.field("proxy-status"), "gladhand; error=connection_refused");
  const ExchangeRecord& record = exchange();
  EXPECT_EQ(record.error, Code::refused);
  EXPECT_EQ(record.status, 502);
  EXPECT_EQ(record.upstream, nullptr);
  EXPECT_EQ(record.attempts, 3);
}

TEST_P(Upstreams, a_request_that_finds_the_pool_full_waits_for_its_turn) {
  app().max_connections = 1;
  Client one = connect();
  one.get("/1");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/1");
  Client two = connect();
  two.get("/2");
  expect_no_dial();
  upstream.reply(200, "1");
  one.expect(200, "1");
  upstream.expect_request("GET", "/2");
  upstream.reply(200, "2");
  two.expect(200, "2");
}

TEST_P(Upstreams, a_request_too_many_for_the_pool_is_answered_503) {
  app().max_connections = 1;
  app().max_pending = 0;
  Client one = connect();
  one.get("/1");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/1");
  Client two = connect();
  two.get("/2");
  EXPECT_THAT(two.expect(503).field("proxy-status"), testing::StartsWith("gladhand; error=connection_limit_reached"));
  EXPECT_EQ(exchange().error, Code::pool_overflow);
}

TEST_P(Upstreams, a_waiter_is_served_by_a_new_connection_when_the_only_one_dies) {
  app().max_connections = 1;
  Client one = connect();
  one.get("/1");
  Upstream first = upstream();
  first.expect_request("GET", "/1");
  Client two = connect();
  two.get("/2");
  stage.run_until_quiet();
  first.vanish();
  one.expect(502);
  Upstream second = upstream();
  second.expect_request("GET", "/2");
  second.reply(200, "2");
  two.expect(200, "2");
}

// ---- late answers

TEST_P(Upstreams, an_upstream_that_does_not_answer_in_time_is_answered_for_with_504) {
  app().timeouts.first_byte = milliseconds(60);
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  EXPECT_EQ(client.expect(504).field("proxy-status"), "gladhand; error=http_response_timeout");
  upstream.expect_reset();
  EXPECT_EQ(exchange().error, Code::response_timeout);
  client.get("/next");  // the client's connection is unharmed
  this->upstream().expect_request("GET", "/next");
}

TEST_P(Upstreams, an_upstream_that_takes_the_body_and_does_not_answer_is_late_too) {
  app().timeouts.first_byte = milliseconds(60);
  Client client = connect();
  client.post("/", "body");
  Upstream upstream = this->upstream();
  upstream.expect_request("POST", "/");
  client.expect(504);
  EXPECT_EQ(exchange().error, Code::response_timeout);
}

TEST_P(Upstreams, a_client_that_sends_its_body_slowly_is_not_the_upstreams_delay) {
  app().timeouts.idle = milliseconds(60);
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nsl");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/");
  stage.pass(milliseconds(200));
  client.send("ow");
  upstream.expect_bytes(4);
  upstream.reply(200, "at last");
  client.expect(200, "at last");
}

TEST_P(Upstreams, an_upstream_that_stops_in_the_middle_leaves_a_truncated_answer) {
  app().timeouts.idle = milliseconds(60);
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  client.expect_head(200);
  client.expect_reset();
  EXPECT_EQ(client.received(), "half");
  upstream.expect_reset();
  EXPECT_EQ(exchange().error, Code::upstream_idle);
  EXPECT_EQ(exchange().status, 200);
  EXPECT_EQ(exchange().response_body_bytes, 4u);
}

class BrokenAnswers : public Upstreams {
 protected:
  // The head is through and a part of the body, then the upstream goes.
  void expect_truncated(std::string_view answer, Code error, bool by_reset) {
    Client client = connect();
    client.get("/");
    Upstream upstream = this->upstream();
    upstream.expect_request("GET", "/");
    upstream.send(answer);
    client.expect_head(200);
    stage.run_until_quiet();
    by_reset ? upstream.vanish() : upstream.end();
    client.expect_reset();
    EXPECT_EQ(exchange().error, error);
    EXPECT_FALSE(exchange().timeline.has(ExchangeMark::reply_ended));
  }
};

TEST_P(BrokenAnswers, a_length_that_is_not_reached_is_a_truncated_answer) {
  expect_truncated("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Code::truncated_response, false);
}
TEST_P(BrokenAnswers, a_large_length_that_is_not_reached_is_a_truncated_answer) {
  expect_truncated("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(100'000, 'x'), Code::truncated_response, false);
}
TEST_P(BrokenAnswers, chunks_without_a_last_one_are_a_truncated_answer) {
  expect_truncated("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", Code::truncated_response, false);
}
TEST_P(BrokenAnswers, a_reset_in_the_middle_is_a_truncated_answer) {
  expect_truncated("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", Code::upstream_reset, true);
}
TEST_P(BrokenAnswers, a_reset_in_the_middle_of_a_large_body_is_a_truncated_answer) {
  expect_truncated("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(100'000, 'x'), Code::upstream_reset, true);
}
TEST_P(BrokenAnswers, a_reset_ends_what_only_a_fin_may_end) {
  expect_truncated("HTTP/1.1 200 OK\r\n\r\nuntil the end", Code::upstream_reset, true);
}

TEST_P(BrokenAnswers, an_answer_that_is_no_http_becomes_502) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.send("220 mail.example ESMTP\r\n\r\n");
  EXPECT_THAT(client.expect(502).field("proxy-status"), testing::StartsWith("gladhand; error=http_protocol_error"));
  upstream.expect_reset();
  EXPECT_EQ(exchange().error, Code::bad_response);
}

// ---- answers before their time

TEST_P(Upstreams, a_final_answer_during_the_upload_reaches_the_client_and_ends_both_connections) {
  Client client = connect();
  client.send("POST /big HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + std::string(1000, 'x'));
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/big");
  upstream.reply(413, "too big", "Connection: close\r\n");
  client.expect(413, "too big");
  EXPECT_EQ(exchange().status, 413);
  EXPECT_EQ(exchange().error, Code::ok);
  client.send(std::string(100'000, 'x'));  // it was on its way already: the answer must not be lost over it
  client.expect_end();
  client.close();
  upstream.expect_over();
  expect_everybody_gone();
}

TEST_P(Upstreams, an_early_answer_with_a_body_is_forwarded_while_the_upload_goes_on) {
  Client client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\none");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/echo");
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\none");
  client.expect_head(200);
  client.expect_bytes(3);
  client.send("two");
  upstream.expect_bytes(6);
  upstream.send("two");
  client.expect_bytes(6);
  EXPECT_EQ(std::exchange(client.received(), {}), "onetwo");
  client.get("/next");
  upstream.received().clear();
  upstream.expect_request("GET", "/next");
}

GLADHAND_ON_EVERY_PATH(Upstreams);
GLADHAND_ON_EVERY_PATH(BrokenAnswers);

}  // namespace
}  // namespace gladhand::test
