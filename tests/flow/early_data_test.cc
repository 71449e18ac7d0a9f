// Requests in TLS 1.3 early data (RFC 8446 section 2.3, RFC 8470), from clients that come back with a ticket.
#include <memory>

#include "support/speaker.h"
#include "support/story.h"
#include "timeline/phases.h"

namespace gladhand::test {
namespace {

using timeline::Early;

class EarlyData : public Story {
 protected:
  EarlyData() : Story(true) { listener().tls.early_data = true; }

  // The options of a client that has been here before and speaks up at once.
  TlsOptions returning(const std::string& alpn = "http/1.1") {
    TlsOptions options{.min = TLS1_3_VERSION, .alpn = alpn};
    Client client = connect(options);
    EXPECT_TRUE(stage.run_until([&] { return client.tls().session() != nullptr; }));
    options.resumes = client.tls().session();
    options.sends_early = true;
    client.end();
    client.expect_over();
    visits_ = records.shaken(Side::client).size();
    return options;
  }
  // Of a client that has come back.
  const ConnectionRecord& second_handshake() { return client_handshake(visits_); }
  bool is_shaken() const { return records.shaken(Side::client).size() > visits_; }
  static void expect_no_phase_made_up(const ConnectionRecord& record) {
    for (const timeline::Phase& phase : timeline::kPhases) {
      if (phase.side != Side::client) continue;
      if (phase.name == "first_request" || phase.name == "h2_preface") {
        EXPECT_EQ(timeline::duration(phase, record), std::nullopt) << phase.name;
      }
    }
    for (const ConnectionMark mark : {ConnectionMark::server_flight, ConnectionMark::client_finished, ConnectionMark::secured, ConnectionMark::ready}) {
      EXPECT_TRUE(record.timeline.has(mark)) << name(mark);
    }
    EXPECT_GT(record.timeline.between(ConnectionMark::server_flight, ConnectionMark::client_finished), Nanos::zero());
    EXPECT_GE(record.timeline.at(ConnectionMark::ready), record.timeline.at(ConnectionMark::client_finished));
  }

 private:
  std::size_t visits_ = 0;
};

TEST_F(EarlyData, a_get_waits_for_the_end_of_a_handshake_that_a_plugin_judges) {
  using Kind = config::PluginOption::Kind;
  config.routes.front().plugins.push_back({.name = "handshake_guard", .options = {{.key = "resumed", .kind = Kind::boolean, .boolean = true}}});
  Client client = connect(returning());
  client.get("/a");
  client.expect(403);
  EXPECT_EQ(exchange().early, Early::held);
  expect_no_dial();
}

TEST_F(EarlyData, a_get_is_forwarded_and_answered_before_the_handshake_is_over) {
  const TlsOptions options = returning();
  Client client = connect(options);
  client.get("/a");
  client.hold();  // its Finished
  Upstream upstream = this->upstream();
  EXPECT_EQ(upstream.expect_request("GET", "/a").field("early-data"), "1");
  upstream.reply(200, "at once");
  client.expect(200, "at once");
  EXPECT_FALSE(is_shaken());
  stage.pass(milliseconds(30));
  client.let_go();
  const ConnectionRecord& record = second_handshake();
  EXPECT_EQ(record.result, Code::ok);
  EXPECT_EQ(record.tls.early_data, timeline::EarlyData::accepted);
  EXPECT_TRUE(record.tls.resumed);
  EXPECT_GE(record.timeline.between(ConnectionMark::server_flight, ConnectionMark::client_finished), Nanos(milliseconds(25)));
  expect_no_phase_made_up(record);
  EXPECT_EQ(exchange().early, Early::forwarded);

  client.get("/b");
  EXPECT_EQ(upstream.expect_request("GET", "/b").field("early-data"), "");
  upstream.reply(200, "as ever");
  client.expect(200, "as ever");
  EXPECT_EQ(exchange(1).early, Early::no);
  expect_no_phase_made_up(*exchange(1).client);
}

TEST_F(EarlyData, a_ticket_allows_none_unless_the_listener_does) {
  listener().tls.early_data = false;
  Client client = connect({.min = TLS1_3_VERSION});
  ASSERT_TRUE(stage.run_until([&] { return client.tls().session() != nullptr; }));
  EXPECT_EQ(SSL_SESSION_get_max_early_data(client.tls().session().get()), 0u);
}

TEST_F(EarlyData, a_ticket_allows_as_many_bytes_as_the_listener) {
  listener().limits.early_data_bytes = 20'000;
  EXPECT_EQ(SSL_SESSION_get_max_early_data(returning().resumes.get()), 20'000u);
}

// ---- replays

TEST_F(EarlyData, the_same_bytes_a_second_time_are_not_taken) {
  TlsClient once(returning());
  once.write("GET /once HTTP/1.1\r\nHost: shop.example\r\n\r\n");
  const std::string flight = once.output();
  Client first = connect_bare();
  first.send_raw(flight);
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/once");
  Client replay = connect_bare();
  replay.send_raw(flight);
  replay.expect_bytes(1);  // the server's flight: the handshake goes on
  upstream.expect_nothing();
  expect_no_dial();
  first.vanish();
  EXPECT_EQ(second_handshake().tls.early_data, timeline::EarlyData::accepted);
  replay.vanish();
  EXPECT_EQ(client_handshake(2).tls.early_data, timeline::EarlyData::rejected);
}

TEST_F(EarlyData, a_client_whose_early_data_is_refused_says_it_again_and_is_served) {
  const TlsOptions options = returning();
  // Older than the ticket is: by this a server knows what was held back on the way.
  SSL_SESSION_set_time(options.resumes.get(), SSL_SESSION_get_time(options.resumes.get()) - 60);
  Client client = connect(options);
  client.get("/a");
  Upstream upstream = this->upstream();
  EXPECT_FALSE(upstream.expect_request("GET", "/a").has("early-data"));
  upstream.reply(200, "as ever");
  client.expect(200, "as ever");
  EXPECT_FALSE(client.tls().is_early_accepted());
  EXPECT_TRUE(second_handshake().tls.resumed);
  EXPECT_EQ(second_handshake().tls.early_data, timeline::EarlyData::rejected);
  EXPECT_EQ(exchange().early, Early::no);
}

// ---- what waits

TEST_F(EarlyData, a_post_is_forwarded_when_the_handshake_is_over) {
  const TlsOptions options = returning();
  Client client = connect(options);
  client.post("/order", "two shoes");
  client.hold();
  expect_no_dial();
  EXPECT_FALSE(is_shaken());
  client.let_go();
  Upstream upstream = this->upstream();
  const Message asked = upstream.expect_request("POST", "/order");
  EXPECT_EQ(asked.body, "two shoes");
  EXPECT_FALSE(asked.has("early-data"));
  upstream.reply(200, "sent");
  client.expect(200, "sent");
  EXPECT_EQ(exchange().early, Early::held);
  EXPECT_EQ(second_handshake().tls.early_data, timeline::EarlyData::accepted);
  expect_no_phase_made_up(second_handshake());
}

TEST_F(EarlyData, a_post_that_is_more_than_early_data_goes_on_behind_the_handshake) {
  const TlsOptions options = returning();
  Client client = connect(options);
  const std::string body(200'000, 'x');
  client.send("POST /big HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 200000\r\n\r\n" + body.substr(0, 15'000));
  client.hold();
  stage.run_until_quiet();
  client.let_go();
  client.expect_secured();
  client.send(body.substr(15'000));
  Upstream upstream = this->upstream();
  EXPECT_EQ(upstream.expect_request("POST", "/big").body.size(), body.size());
  upstream.reply(200, "all of it");
  client.expect(200, "all of it");
}

TEST_F(EarlyData, a_get_with_content_is_forwarded_when_the_handshake_is_over) {
  const TlsOptions options = returning();
  Client client = connect(options);
  client.send("GET /search HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\n\r\nshoes");
  client.hold();
  expect_no_dial();
  client.let_go();
  Upstream upstream = this->upstream();
  EXPECT_EQ(upstream.expect_request("GET", "/search").body, "shoes");
  upstream.reply(200, "found");
  client.expect(200, "found");
}

TEST_F(EarlyData, an_upgrade_is_asked_for_when_the_handshake_is_over) {
  const TlsOptions options = returning();
  Client client = connect(options);
  client.get("/chat", "Connection: Upgrade\r\nUpgrade: talk\r\n");
  client.hold();
  expect_no_dial();
  client.let_go();
  Upstream upstream = this->upstream();
  upstream.expect_request_head("GET", "/chat");
  upstream.send("HTTP/1.1 101 Fine\r\nConnection: Upgrade\r\nUpgrade: talk\r\n\r\n");
  client.expect_head(101);
  upstream.vanish();
  client.expect_over();
}

TEST_F(EarlyData, a_head_that_is_complete_only_behind_the_handshake_is_no_early_request) {
  const TlsOptions options = returning();
  Client client = connect(options);
  client.send("GET /a HTTP/1.1\r\nHost: shop");
  client.expect_secured();
  client.send(".example\r\n\r\n");
  Upstream upstream = this->upstream();
  EXPECT_FALSE(upstream.expect_request("GET", "/a").has("early-data"));
  upstream.reply(200, "fine");
  client.expect(200, "fine");
  EXPECT_EQ(exchange().early, Early::no);
}

TEST_F(EarlyData, a_forward_proxy_keeps_every_request_until_the_handshake_is_over) {
  listener().mode = config::Mode::forward;
  listener().forward.deny = {};
  listener().forward.allow = {"*:*"};
  const TlsOptions options = returning();
  Client client = connect(options);
  client.send(fmt::format("GET http://{0}/a HTTP/1.1\r\nHost: {0}\r\n\r\n", endpoint().address().to_string()));
  client.hold();
  expect_no_dial();
  client.let_go();
  Upstream upstream = this->upstream();
  EXPECT_FALSE(upstream.expect_request("GET", "/a").has("early-data"));
  upstream.reply(200, "fine");
  client.expect(200, "fine");
  EXPECT_EQ(exchange().early, Early::held);
}

TEST_F(EarlyData, a_request_that_waits_is_dropped_with_a_client_that_leaves) {
  const TlsOptions options = returning();
  Client client = connect(options);
  client.post("/order", "two shoes");
  client.hold();
  stage.run_until_quiet();
  client.socket().end();
  EXPECT_EQ(second_handshake().result, Code::client_eof_in_handshake);
  expect_no_dial();
  EXPECT_EQ(exchange().error, Code::client_eof_in_handshake);
  EXPECT_EQ(exchange().early, Early::held);
}

// ---- the Early-Data field

TEST_F(EarlyData, the_clients_own_word_that_it_may_be_a_replay_is_passed_on_once) {
  const TlsOptions options = returning();
  Client client = connect(options);
  client.get("/early", "Early-Data: 1\r\nConnection: early-data\r\n");
  Upstream upstream = this->upstream();
  const Message early = upstream.expect_request("GET", "/early");
  EXPECT_EQ(std::ranges::count(early.fields, std::string("early-data"), [](const auto& field) { return field.first; }), 1);
  upstream.reply(200, "fine");
  client.expect(200, "fine");
  client.send("POST /late HTTP/1.1\r\nHost: shop.example\r\nEarly-Data: 1\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(upstream.expect_request("POST", "/late").field("early-data"), "1");
  upstream.reply(200, "fine");
  client.expect(200, "fine");
}

// Who sends early data knows that answer, and asks again (RFC 8470 section 5.2).
TEST_F(EarlyData, an_upstream_that_fears_a_replay_is_left_to_the_client) {
  const TlsOptions options = returning();
  Client client = connect(options);
  client.get("/a");
  client.hold();
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/a");
  upstream.reply(425, "too early");
  client.expect(425, "too early");
  upstream.expect_nothing();
  client.let_go();
  client.get("/a");
  EXPECT_FALSE(upstream.expect_request("GET", "/a").has("early-data"));
  upstream.reply(200, "fine");
  client.expect(200, "fine");
}

TEST_F(EarlyData, a_get_whose_reused_connection_dies_is_sent_again_with_the_same_warning) {
  const TlsOptions options = returning();
  Client warm = connect({.min = TLS1_3_VERSION});
  warm.get("/warm");
  auto old = std::unique_ptr<Upstream>(new Upstream(this->upstream()));
  serve(*old, warm, "/warm");
  Client client = connect(options);
  client.get("/a");
  client.hold();
  EXPECT_EQ(old->expect_request("GET", "/a").field("early-data"), "1");
  old->vanish();
  Upstream fresh = this->upstream();
  EXPECT_EQ(fresh.expect_request("GET", "/a").field("early-data"), "1");
  fresh.reply(200, "fine");
  client.expect(200, "fine");
}

TEST_F(EarlyData, a_get_whose_fresh_connection_dies_is_not_sent_again) {
  const TlsOptions options = returning();
  Client client = connect(options);
  client.get("/a");
  client.hold();
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/a");
  upstream.vanish();
  client.expect(502);
  expect_no_dial();
}

// ---- ends

TEST_F(EarlyData, a_handshake_that_does_not_end_in_time_ends_the_connection) {
  listener().timeouts.handshake = milliseconds(200);
  const TlsOptions options = returning();
  Client client = connect(options);
  client.get("/a");
  client.hold();
  Upstream upstream = this->upstream();
  serve(upstream, client, "/a");
  EXPECT_EQ(second_handshake().result, Code::timeout);
  EXPECT_EQ(second_handshake().tls.early_data, timeline::EarlyData::accepted);
  EXPECT_EQ(exchange().status, 200);
  client.expect_over();
}

TEST_F(EarlyData, a_connection_that_is_to_be_closed_stays_for_the_handshake) {
  const TlsOptions options = returning();
  Client client = connect(options);
  client.get("/a", "Connection: close\r\n");
  client.hold();
  Upstream upstream = this->upstream();
  serve(upstream, client, "/a");
  client.expect_nothing();
  client.let_go();
  client.expect_end();
  EXPECT_EQ(second_handshake().result, Code::ok);
}

TEST_F(EarlyData, a_client_that_sends_more_of_it_than_it_may_fails) {
  listener().limits.early_data_bytes = 2'000;
  const TlsOptions options = returning();
  SSL_SESSION_set_max_early_data(options.resumes.get(), 100'000);
  Client client = connect(options);
  client.get("/a", "X-Much: " + std::string(3'000, 'x') + "\r\n");
  EXPECT_EQ(second_handshake().result, Code::protocol_error);
  expect_no_dial();
}

TEST_F(EarlyData, a_drain_waits_for_a_request_in_early_data) {
  const TlsOptions options = returning();
  Client client = connect(options);
  client.get("/a");
  client.hold();
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/a");
  proxy().drain();
  stage.run_until_quiet();
  upstream.reply(200, "still here");
  client.expect(200, "still here");
  client.let_go();
  client.expect_end();
}

// ---- where requests share the connection

class SharedEarlyData : public EarlyData {
 protected:
  Origin origin() {
    Socket accepted;
    EXPECT_TRUE(stage.run_until([&] { return static_cast<bool>(accepted = endpoint().accept()); }));
    return Origin(stage, std::move(accepted), codec::Protocol::sequential);
  }
};

TEST_F(SharedEarlyData, gets_are_answered_before_the_handshake_is_over_and_posts_wait_for_it) {
  const TlsOptions options = returning("h2");
  Caller caller(stage, Socket::connected_to(proxy().address()), codec::Protocol::multiplexed, options);
  Talk& got = caller.get("/a");
  Talk& posted = caller.post("/order", "two shoes");
  stage.run_until([&] { return caller.line().sent() > 0; });
  caller.line().hold();
  Origin first = origin();
  Talk& heard = first.expect_request("GET", "/a");
  EXPECT_EQ(heard.field("early-data"), "1");
  heard.reply(200, "at once");
  got.expect(200, "at once");
  expect_no_dial();
  EXPECT_FALSE(is_shaken());
  caller.line().let_go();
  Talk& order = first.expect_request("POST", "/order");
  EXPECT_EQ(order.field("early-data"), "");
  order.expect_body("two shoes").reply(200, "sent");
  posted.expect(200, "sent");
  expect_no_phase_made_up(second_handshake());
  EXPECT_EQ(exchange(0).early, Early::forwarded);
  EXPECT_EQ(exchange(1).early, Early::held);
  EXPECT_TRUE(stage.run_until([&] { return records.settings.size() == 1; }));
}

}  // namespace
}  // namespace gladhand::test
