// The end of connections: who began it, in what manner, and how long it took where both ends were seen.
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
}

TEST_P(Closes, an_upstream_that_leaves) {
  Client client = connect();
  serve_once(client);
  upstream_->end();
  const ConnectionRecord& record = upstream_connection();
  expect_close(record, Closer::peer, Manner::fin);
  EXPECT_TRUE(close_of(record));
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

}  // namespace
}  // namespace gladhand::test
