// Clients that go away, are slow, or say nothing.
#include "support/story.h"

namespace gladhand::test {
namespace {

class Clients : public EveryPath {};

// ---- clients that are too slow

TEST_P(Clients, a_head_that_does_not_arrive_in_time_is_answered_408) {
  listener().timeouts.header = milliseconds(60);
  Client client = connect();
  client.send("GET / HTTP/1.1\r\nHos");
  EXPECT_EQ(client.expect(408).field("connection"), "close");
  client.expect_end();
  client.close();
  EXPECT_EQ(exchange().error, Code::request_timeout);
  EXPECT_EQ(exchange().status, 408);
  expect_no_dial();
}

TEST_P(Clients, dribbling_a_head_gains_no_time) {
  listener().timeouts.header = milliseconds(100);
  Client client = connect();
  client.send("GET / HTTP/1.1\r\nHost: a\r\n");
  const Nanos begun = stage.now();
  while (!client.is_over() && client.received().empty() && stage.now() - begun < std::chrono::seconds(5)) {
    client.send("X");
    stage.pass(milliseconds(20));
  }
  EXPECT_LT(stage.now() - begun, std::chrono::seconds(2));
  client.expect(408);
}

TEST_P(Clients, a_body_that_stops_is_answered_408_and_the_upstream_sees_it_broken_off) {
  listener().timeouts.body = milliseconds(60);
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/");
  client.expect(408);
  client.expect_end();
  upstream.expect_reset();
  EXPECT_EQ(exchange().error, Code::request_timeout);
  EXPECT_EQ(exchange().request_body_bytes, 4u);
}

TEST_P(Clients, a_body_that_keeps_coming_is_in_time) {
  listener().timeouts.body = milliseconds(150);
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/");
  for (int i = 0; i < 8; ++i) {
    stage.pass(milliseconds(40));
    client.send("x");
  }
  upstream.expect_bytes(8);
  upstream.reply(200);
  client.expect(200);
}

TEST_P(Clients, an_idle_connection_is_closed_without_a_word) {
  listener().timeouts.keep_alive = milliseconds(60);
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  stage.pass(milliseconds(120));  // a client that waits for its answer is not idle
  upstream.reply(200, "late");
  client.expect(200, "late");
  client.expect_over();
  EXPECT_EQ(client.received(), "");
  EXPECT_EQ(client_connection().ended_by, Code::client_idle);
  EXPECT_EQ(client_connection().exchanges, 1u);
}

TEST_P(Clients, a_connection_on_which_nothing_ever_comes_is_idle_too) {
  listener().timeouts.keep_alive = milliseconds(60);
  Client client = connect();
  client.expect_over();
  EXPECT_EQ(client_connection().ended_by, Code::client_idle);
  EXPECT_EQ(client_connection().exchanges, 0u);
}

TEST_P(Clients, a_client_that_takes_nothing_of_its_answer_is_cut) {
  listener().timeouts.send = milliseconds(100);
  Client client = connect();
  client.pause_reading();
  if (is_tls()) {
    client.resume_reading();
    client.expect_secured();
    client.pause_reading();
  }
  client.get("/large");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/large");
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n" + std::string(20'000'000, 'x'));
  EXPECT_EQ(client_connection().ended_by, Code::send_timeout);
  EXPECT_EQ(exchange().error, Code::send_timeout);
  upstream.expect_reset();
}

// ---- clients that go

enum class Manner : std::uint8_t { fin, rst };

class Vanishing : public Clients {
 protected:
  void go(Client& client, Manner manner) {
    if (manner == Manner::fin) client.close();
    if (manner == Manner::rst) client.vanish();
  }
  void expect_lost(const Upstream* upstream) {
    const ExchangeRecord& record = exchange();
    EXPECT_THAT(record.error, testing::AnyOf(Code::client_closed, Code::client_reset));
    EXPECT_EQ(record.upstream != nullptr, upstream != nullptr);
    EXPECT_TRUE(stage.run_until([&] { return records.ended(Side::client).size() == 1; }));
  }
  // Each story twice.
  static constexpr std::array kManners{Manner::fin, Manner::rst};
};

TEST_P(Vanishing, after_connecting) {
  for (const Manner manner : kManners) {
    Client client = connect();
    if (is_tls()) client.expect_secured();
    stage.run_until([&] { return proxy().clients() == 1; });
    go(client, manner);
    expect_everybody_gone();
  }
  EXPECT_EQ(records.requests, 0u);
}

TEST_P(Vanishing, in_the_middle_of_a_head) {
  for (const Manner manner : kManners) {
    Client client = connect();
    client.send("GET / HTTP/1.1\r\nHos");
    stage.run_until([&] { return proxy().clients() == 1; });
    if (is_tls()) client.expect_secured();
    stage.run_until_quiet();
    go(client, manner);
    expect_everybody_gone();
  }
  EXPECT_EQ(records.requests, 0u);
}

TEST_P(Vanishing, before_the_upstream_was_asked) {
  app().max_connections = 1;
  Client busy = connect();
  busy.get("/busy");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/busy");
  Client client = connect();
  client.get("/waits");
  stage.run_until([&] { return records.requests == 2; });
  client.vanish();
  expect_lost(nullptr);
  upstream.reply(200, "busy");
  busy.expect(200, "busy");
  upstream.expect_nothing();  // nobody waits for it any more
}

TEST_P(Vanishing, in_the_middle_of_a_body_by_reset) {
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/");
  upstream.expect_bytes(4);
  client.vanish();
  upstream.expect_reset();
  expect_lost(&upstream);
}

TEST_P(Vanishing, in_the_middle_of_a_body_by_fin) {
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/");
  upstream.expect_bytes(4);
  client.close();
  upstream.expect_reset();
  expect_lost(&upstream);
}

TEST_P(Vanishing, in_the_middle_of_chunks) {
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/");
  upstream.expect_bytes(4);
  client.close();
  upstream.expect_reset();
  expect_lost(&upstream);
}

TEST_P(Vanishing, while_waiting_for_an_answer) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  client.vanish();
  upstream.expect_reset();
  expect_lost(&upstream);
  EXPECT_EQ(exchange().status, 0);
}

TEST_P(Vanishing, between_the_head_and_the_body_of_an_answer) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  client.expect_head(200);
  client.vanish();
  upstream.expect_reset();
  expect_lost(&upstream);
  EXPECT_EQ(exchange().status, 200);
}

TEST_P(Vanishing, in_the_middle_of_a_large_answer) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + std::string(1'000'000, 'x'));
  client.expect_head(200);
  client.expect_bytes(100'000);
  client.vanish();
  upstream.expect_reset();
  expect_lost(&upstream);
}

TEST_P(Vanishing, before_an_answer_that_comes_all_the_same) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  client.close();  // a FIN: perhaps the client only has no more to say
  stage.run_until_quiet();
  upstream.reply(200, std::string(1000, 'x'));
  expect_everybody_gone();
  exchange();
}

TEST_P(Vanishing, between_two_requests) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.reply(200, "x");
  client.expect(200, "x");
  client.vanish();
  EXPECT_EQ(client_connection().ended_by, Code::reset);
  upstream.expect_nothing();  // its connection is worth keeping
}

GLADHAND_ON_EVERY_PATH(Clients);
GLADHAND_ON_EVERY_PATH(Vanishing);

}  // namespace
}  // namespace gladhand::test
