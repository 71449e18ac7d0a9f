// How it ends: gently, with every exchange completed, or at once.
#include "support/story.h"

namespace gladhand::test {
namespace {

class Drain : public EveryPath {};

TEST_P(Drain, idle_connections_close) {
  Client fresh = connect();
  Client used = connect();
  used.get("/");
  Upstream upstream = this->upstream();
  serve(upstream, used, "/");
  stage.run_until([&] { return proxy().clients() == 2; });
  if (is_tls()) fresh.expect_secured();
  stage.run_until_quiet();
  proxy().drain();
  fresh.expect_end();
  used.expect_end();
  expect_everybody_gone();
  EXPECT_EQ(client_connection(0).ended_by, Code::ok);
  EXPECT_EQ(client_connection(1).ended_by, Code::ok);
}

TEST_P(Drain, an_exchange_under_way_ends_well_and_says_close) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  proxy().drain();
  client.expect_nothing();
  upstream.reply(200, "done");
  EXPECT_EQ(client.expect(200, "done").field("connection"), "close");
  client.expect_end();
  expect_everybody_gone();
  EXPECT_EQ(exchange().error, Code::ok);
}

TEST_P(Drain, an_upload_under_way_ends_well) {
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfirst");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/");
  proxy().drain();
  stage.run_until_quiet();
  client.send("later");
  upstream.expect_bytes(10);
  upstream.reply(200, "done");
  client.expect(200, "done");
  client.expect_end();
  expect_everybody_gone();
}

TEST_P(Drain, an_answer_under_way_ends_well) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + std::string(100'000, 'x'));
  client.expect_bytes(1000);
  proxy().drain();
  stage.run_until_quiet();
  upstream.send(std::string(100'000, 'y'));
  client.expect(200, std::string(100'000, 'x') + std::string(100'000, 'y'));
  client.expect_end();
  expect_everybody_gone();
}

TEST_P(Drain, a_request_whose_head_is_half_here_is_answered) {
  Client client = connect();
  client.send("GET / HTTP/1.1\r\nHos");
  if (is_tls()) client.expect_secured();
  stage.run_until([&] { return proxy().clients() == 1; });
  stage.run_until_quiet();
  proxy().drain();
  client.expect_nothing();
  client.send("t: a\r\n\r\n");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.reply(200, "done");
  EXPECT_EQ(client.expect(200, "done").field("connection"), "close");
  client.expect_end();
}

TEST_P(Drain, a_client_that_was_let_into_the_queue_is_not_turned_away) {
  proxy();
  Client client = connect();  // the kernel has accepted it, the proxy has not seen it
  proxy().drain();
  stage.run_until_quiet();
  EXPECT_FALSE(client.was_reset());
  client.expect_over();
  expect_everybody_gone();
}

TEST_P(Drain, nobody_new_gets_in) {
  proxy().drain();
  EXPECT_FALSE(Socket::connected_to(proxy().address()));
}

TEST_P(Drain, pipelined_requests_after_the_current_one_are_not_begun) {
  app().max_connections = 1;
  Client client = connect();
  client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/1");
  proxy().drain();
  upstream.reply(200, "1");
  EXPECT_EQ(client.expect(200, "1").field("connection"), "close");
  client.expect_end();
  client.close();
  expect_everybody_gone();
  EXPECT_EQ(records.requests, 1u);
}

TEST_P(Drain, a_cut_ends_everything_at_once) {
  Client idle = connect();
  Client busy = connect();
  busy.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  busy.expect_head(200);
  if (is_tls()) idle.expect_secured();
  stage.run_until([&] { return records.shaken(Side::client).size() == 2; });
  proxy().cut();
  idle.expect_over();
  busy.expect_over();
  upstream.expect_reset();
  expect_everybody_gone();
  EXPECT_EQ(exchange().error, Code::draining);
  EXPECT_EQ(client_connection(0).ended_by, Code::draining);
  EXPECT_EQ(client_connection(1).ended_by, Code::draining);
}

// The stories above end with everybody gone. These leave it to the destructors.
TEST_P(Drain, everything_may_be_dropped_while_idle) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  serve(upstream, client, "/");
}

TEST_P(Drain, everything_may_be_dropped_while_dialling) {
  Client client = connect();
  client.get("/");
  stage.run_until([&] { return records.requests == 1; });
}

TEST_P(Drain, everything_may_be_dropped_in_the_middle_of_a_request) {
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/");
}

TEST_P(Drain, everything_may_be_dropped_in_the_middle_of_a_large_answer) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  client.pause_reading();
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n" + std::string(20'000'000, 'x'));
  stage.pass(milliseconds(50));
}

TEST_P(Drain, everything_may_be_dropped_while_requests_wait_for_a_connection) {
  app().max_connections = 1;
  Client one = connect();
  Client two = connect();
  one.get("/1");
  two.get("/2");
  stage.run_until([&] { return records.requests == 2; });
}

GLADHAND_ON_EVERY_PATH(Drain);

}  // namespace
}  // namespace gladhand::test
