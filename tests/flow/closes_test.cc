// The end of connections: who began it, in what manner, and how long it took where both ends were seen.
#include "support/http2_peer.h"
#include "support/story.h"
#include "timeline/phases.h"

namespace gladhand::test {
namespace {

using namespace std::chrono_literals;
using Closer = timeline::CloseFacts::Closer;
using Manner = timeline::CloseFacts::Manner;

constexpr Nanos kWait = 30ms;

std::optional<Nanos> close_of(const ConnectionRecord& record) {
  const auto phase = std::ranges::find_if(timeline::kPhases, [&](const timeline::Phase& p) { return p.side == record.side && p.name == "close"; });
  return timeline::duration(*phase, record);
}

class Closes : public EveryPath {
 protected:
  // A client that was answered once, on a connection that stays.
  void serve_once(Client& client) {
    client.get("/");
    upstream_.reset(new Upstream(this->upstream()));
    serve(*upstream_, client, "/");
  }
  void expect_close(const ConnectionRecord& record, Closer closer, Manner manner) {
    EXPECT_EQ(record.close.closer, closer);
    EXPECT_EQ(record.close.manner, manner);
    EXPECT_TRUE(record.timeline.has(timeline::ConnectionMark::closing));
  }

  std::unique_ptr<Upstream> upstream_;
};

TEST_P(Closes, a_client_that_leaves_an_idle_connection) {
  Client client = connect();
  serve_once(client);
  client.end();
  client.expect_end();
  const ConnectionRecord& record = client_connection();
  expect_close(record, Closer::peer, Manner::fin);
  EXPECT_TRUE(close_of(record));
  EXPECT_LT(*close_of(record), kWait);
  EXPECT_TRUE(record.close.is_idle);
}

TEST_P(Closes, a_client_that_resets) {
  Client client = connect();
  serve_once(client);
  client.vanish();
  const ConnectionRecord& record = client_connection();
  expect_close(record, Closer::peer, Manner::rst);
  EXPECT_TRUE(close_of(record));
}

TEST_P(Closes, a_client_that_waits_for_its_answer_with_half_a_connection) {
  if (is_tls()) return;  // close_notify ends both directions of this client
  Client client = connect();
  client.get("/");
  client.end();
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  stage.pass(kWait);
  upstream.reply(200, "late");
  client.expect(200, "late");
  client.expect_end();
  const ConnectionRecord& record = client_connection();
  expect_close(record, Closer::peer, Manner::fin);
  EXPECT_TRUE(record.close.is_complete);
  EXPECT_FALSE(close_of(record)) << "it came before anybody looked";

  Client patient = connect();
  patient.get("/");
  serve(upstream, patient, "/");
  patient.get("/again");
  upstream.expect_request("GET", "/again");
  patient.end();
  stage.pass(kWait);
  upstream.reply(200, "late");
  patient.expect(200, "late");
  patient.expect_end();
  EXPECT_GE(close_of(client_connection(1)).value_or(0ms), kWait);
}

TEST_P(Closes, a_connection_that_we_end_is_over_before_its_client_has_answered) {
  Client client = connect();
  client.get("/", "Connection: close\r\n");
  Upstream upstream = this->upstream();
  serve(upstream, client, "/");
  const ConnectionRecord& record = client_connection();
  expect_close(record, Closer::us, Manner::fin);
  EXPECT_FALSE(record.close.is_idle) << "it was agreed upon";
  EXPECT_FALSE(record.close.is_complete);
  EXPECT_FALSE(close_of(record)) << "what was not seen cannot be timed";
}

TEST_P(Closes, a_connection_on_which_we_linger_ends_with_its_client) {
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nExpect: nonsense\r\nTransfer-Encoding: chunked\r\n\r\n");
  client.expect(400);
  stage.pass(kWait);
  EXPECT_TRUE(records.ended(Side::client).empty());
  client.end();
  const ConnectionRecord& record = client_connection();
  expect_close(record, Closer::us, Manner::fin);
  EXPECT_GE(close_of(record).value_or(0ms), kWait);
}

TEST_P(Closes, an_idle_client_is_sent_away) {
  listener().timeouts.keep_alive = 50ms;
  Client client = connect();
  serve_once(client);
  client.expect_end();
  expect_close(client_connection(), Closer::us, Manner::fin);
  EXPECT_TRUE(client_connection().close.is_idle);
}

TEST_P(Closes, an_upstream_that_leaves) {
  Client client = connect();
  serve_once(client);
  upstream_->end();
  const ConnectionRecord& record = upstream_connection();
  expect_close(record, Closer::peer, Manner::fin);
  EXPECT_TRUE(close_of(record));
  EXPECT_TRUE(record.close.is_idle);
}

TEST_P(Closes, an_upstream_that_leaves_when_it_has_answered_as_it_had_said) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  upstream.end();
  client.expect(200, "ok");
  EXPECT_FALSE(upstream_connection().close.is_idle);
}

TEST_P(Closes, an_answer_that_breaks_off_is_broken_off_to_the_client_too) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  client.expect_head(200);
  upstream.vanish();
  client.expect_over();
  expect_close(client_connection(), Closer::us, Manner::rst);
  expect_close(upstream_connection(), Closer::peer, Manner::rst);
  EXPECT_FALSE(client_connection().close.is_idle || upstream_connection().close.is_idle);
}

TEST_P(Closes, a_connection_that_never_was_has_no_close) {
  add_refusing_endpoint();
  Client client = connect();
  client.get("/");
  client.expect(502);
  EXPECT_EQ(upstream_connection().close.closer, Closer::unknown);
  EXPECT_FALSE(close_of(upstream_connection()));
}

GLADHAND_ON_EVERY_PATH(Closes);

// A client of HTTP/2 with one request under way.
class Drains : public Story {
 protected:
  Drains() { listener().protocols = {config::Protocol::h2}; }
  void ask() {
    line.emplace(stage, Socket::connected_to(proxy().address()));
    line->send(Http2Peer::magic() + Http2Peer::settings() + peer.headers(1, {{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}}));
    upstream_.reset(new Upstream(this->upstream()));
    upstream_->expect_request("GET", "/");
  }
  void expect(const std::string& text) {
    EXPECT_TRUE(stage.run_until([&] {
      peer.read(std::exchange(line->received(), {}));
      seen += peer.lines();
      return seen.find(text) != std::string::npos;
    })) << text << " did not come; so far:\n" << seen;
  }
  std::optional<Nanos> drain() { return client_connection().timeline.between(ConnectionMark::drain_begun, ConnectionMark::drained); }

  Http2Peer peer;
  std::optional<Client> line;
  std::unique_ptr<Upstream> upstream_;
  std::string seen;
};

TEST_F(Drains, ours_ends_with_the_last_request) {
  ask();
  proxy().drain();
  expect("goaway 2147483647 NO_ERROR\nping");
  line->send(Http2Peer::ping_ack());
  expect("goaway 1 NO_ERROR");
  stage.pass(kWait);
  upstream_->reply(200, "late");
  expect("data 1 late end");
  ASSERT_TRUE(drain());
  EXPECT_GE(*drain(), kWait);
  EXPECT_LE(client_connection().timeline.at(ConnectionMark::drained), client_connection().timeline.at(ConnectionMark::closing));
}

TEST_F(Drains, requests_that_come_before_the_client_has_heard_of_it_belong_to_it) {
  ask();
  proxy().drain();
  expect("goaway 2147483647 NO_ERROR\nping");
  upstream_->reply(200, "early");
  expect("data 1 early end");
  stage.pass(kWait);
  line->send(Http2Peer::ping_ack());
  expect("goaway 1 NO_ERROR");
  ASSERT_TRUE(drain());
  EXPECT_GE(*drain(), kWait);
}

TEST_F(Drains, a_clients_own_ends_with_its_last_request) {
  ask();
  line->send(Http2Peer::goaway(0));
  stage.pass(kWait);
  upstream_->reply(200, "late");
  expect("data 1 late end");
  ASSERT_TRUE(drain());
  EXPECT_GE(*drain(), kWait);
}

TEST_F(Drains, what_breaks_off_was_not_drained) {
  ask();
  line->send(Http2Peer::goaway(0));
  stage.run_until_quiet();
  line->vanish();
  EXPECT_TRUE(client_connection().timeline.has(ConnectionMark::drain_begun));
  EXPECT_FALSE(drain());
}

TEST_F(Drains, there_is_none_where_nothing_was_under_way) {
  ask();
  upstream_->reply(200, "soon");
  expect("data 1 soon end");
  proxy().drain();
  line->send(Http2Peer::ping_ack());
  expect("goaway 1 NO_ERROR");
  EXPECT_FALSE(client_connection().timeline.has(ConnectionMark::drain_begun));
}

}  // namespace
}  // namespace gladhand::test
