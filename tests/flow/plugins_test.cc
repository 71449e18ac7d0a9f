// Plugins on an exchange's way: what they change and answer, whatever is spoken on either side.
#include "support/matrix.h"
#include "support/scratch_folder.h"
#include "support/unzipped.h"

namespace gladhand::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

config::PluginOption text(std::string key, std::string value) { return {.key = std::move(key), .text = std::move(value)}; }
config::PluginOption flag(std::string key, bool value) { return {.key = std::move(key), .kind = config::PluginOption::Kind::boolean, .boolean = value}; }
config::PluginOption number(std::string key, std::int64_t value) { return {.key = std::move(key), .kind = config::PluginOption::Kind::integer, .integer = value}; }
config::PluginOption pair(std::string key, std::string name, std::string value) {
  return {.key = std::move(key), .kind = config::PluginOption::Kind::table, .items = {text(std::move(name), std::move(value))}};
}

class PluginMatrix : public Matrix {
 protected:
  void use(const std::string& name, std::vector<config::PluginOption> options) { config.routes.front().plugins.push_back({.name = name, .options = std::move(options)}); }
  void use_on_listener(const std::string& name, std::vector<config::PluginOption> options) { listener().plugins.push_back({.name = name, .options = std::move(options)}); }
};

TEST_P(PluginMatrix, heads_are_changed_on_the_way_there_and_back) {
  use_on_listener("headers", {pair("request_set", "X-Way", "listener"), pair("reply_set", "X-Way", "listener")});
  use("headers", {pair("request_set", "X-Way", "route"), pair("reply_set", "X-Way", "route")});
  Caller caller = this->caller();
  Talk& asked = caller.get("/a");
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/a");
  EXPECT_EQ(heard.field("x-way"), "route");
  heard.reply(200, "body", {{"x-way", "origin"}});
  asked.expect(200, "body");
  EXPECT_EQ(asked.field("x-way"), "listener");
  const ExchangeRecord& record = exchange();
  EXPECT_EQ(record.error, Code::ok);
  EXPECT_TRUE(record.timeline.between(ExchangeMark::head_received, ExchangeMark::filtered));
  EXPECT_TRUE(record.timeline.between(ExchangeMark::filtered, ExchangeMark::routed));
}

TEST_P(PluginMatrix, a_plugin_answers_in_the_upstreams_place_and_the_connection_goes_on) {
  use_on_listener("headers", {pair("reply_set", "X-Way", "back")});
  use("rate_limit", {number("requests", 1), text("per", "1h")});
  Caller caller = this->caller();
  Talk& first = caller.get("/a");
  Origin origin = this->origin();
  serve(origin, first, "/a");
  Talk& second = caller.get("/b");
  second.expect(429, "429 Too Many Requests\n");
  EXPECT_EQ(second.field("x-way"), "back");
  EXPECT_EQ(exchange(1).error, Code::answered_by_plugin);
  EXPECT_EQ(exchange(1).status, 429);
  EXPECT_EQ(exchange(1).attempts, 0);
  EXPECT_FALSE(exchange(1).timeline.has(ExchangeMark::filtered));
  caller.expect_open();
}

TEST_P(PluginMatrix, a_body_is_compressed_as_it_comes_and_its_trailers_follow) {
  use("compress", {text("encodings", "gzip")});
  Caller caller = this->caller();
  Talk& asked = caller.get("/a", {{"accept-encoding", "gzip"}, {"te", "trailers"}});
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/a");
  heard.begin_reply(200, {}, {{"content-type", "text/plain"}});
  heard.say("first ");
  asked.expect_head(200).expect_heard(1);
  EXPECT_EQ(asked.field("content-encoding"), "gzip");
  stage.run_until([&] { return unzipped_so_far(asked.body) == "first "; });
  EXPECT_EQ(unzipped_so_far(asked.body), "first ") << "before more has come";
  const std::string more(1'000'000, 'x');
  heard.say(more).end({{"x-sum", "1"}});
  asked.expect(200);
  EXPECT_EQ(unzipped(asked.body), "first " + more);
  EXPECT_THAT(asked.trailers, ElementsAre(testing::Pair("x-sum", "1")));
  EXPECT_EQ(exchange().response_body_bytes, asked.body.size());
}

TEST_P(PluginMatrix, a_long_body_takes_no_shortcut_past_a_plugin_that_wants_it) {
  use("compress", {text("encodings", "gzip")});
  Caller caller = this->caller();
  Talk& asked = caller.get("/a", {{"accept-encoding", "gzip"}});
  Origin origin = this->origin();
  const std::string body(1'000'000, 'x');
  Talk& heard = origin.expect_request("GET", "/a");
  heard.begin_reply(200, body.size(), {{"content-type", "text/plain"}});
  heard.say(std::string_view(body).substr(0, 1000));
  asked.expect_heard(1);
  heard.say(std::string_view(body).substr(1000)).end();
  asked.expect(200);
  EXPECT_EQ(unzipped(asked.body), body);
  EXPECT_FALSE(asked.length);
}

TEST_P(PluginMatrix, a_body_that_breaks_off_does_not_look_complete) {
  use("compress", {text("encodings", "gzip")});
  Caller caller = this->caller();
  Talk& asked = caller.get("/a", {{"accept-encoding", "gzip"}});
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/a");
  heard.begin_reply(200, {}, {{"content-type", "text/plain"}}).say("first");
  asked.expect_heard(1);
  origin.vanish();
  asked.expect_broken();
}

TEST_P(PluginMatrix, a_body_shorter_than_it_said_does_not_look_complete) {
  use("compress", {text("encodings", "gzip")});
  Caller caller = this->caller();
  Talk& asked = caller.get("/a", {{"accept-encoding", "gzip"}});
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/a");
  heard.begin_reply(200, 200'000, {{"content-type", "text/plain"}}).say(std::string(100'000, 'x'));
  stage.run_until([&] { return unzipped_so_far(asked.body).size() == 100'000; });
  EXPECT_EQ(unzipped_so_far(asked.body).size(), 100'000u);
  heard.reset();
  asked.expect_broken();
  EXPECT_FALSE(unzip(asked.body).is_complete);
}

TEST_P(PluginMatrix, a_compressed_answer_to_a_client_that_does_not_read_waits_with_the_upstream) {
  use("compress", {text("encodings", "gzip")});
  constexpr std::int64_t kMostHeld = 1'500'000;
  const std::string body = pattern(20'000'000);  // cannot be compressed: what is read is what is to be written
  Caller caller = this->caller();
  Talk& asked = caller.get("/a", {{"accept-encoding", "gzip"}});
  asked.pause();
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/a");
  heard.begin_reply(200, {}, {{"content-type", "text/plain"}}).say(body).end();
  run_until_stuck(heard);
  EXPECT_GT(heard.unsaid(), 5'000'000u);
  EXPECT_LT(held(origin, caller), kMostHeld);

  asked.resume();
  asked.expect(200);
  EXPECT_TRUE(unzipped(asked.body) == body);
}

TEST_P(PluginMatrix, a_client_that_gives_up_a_compressed_body_ends_the_upstreams_work) {
  use("compress", {text("encodings", "gzip")});
  Caller caller = this->caller();
  Talk& asked = caller.get("/a", {{"accept-encoding", "gzip"}});
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/a");
  heard.begin_reply(200, {}, {{"content-type", "text/plain"}}).say("first");
  asked.expect_heard(1);
  asked.reset();
  heard.expect_lost();
  EXPECT_NE(exchange().error, Code::ok);
  EXPECT_EQ(exchange().status, 200);
  expect_only_stream_gone(client_line(), caller);
}

TEST_P(PluginMatrix, a_redirect_keeps_requests_with_a_body_from_the_upstream) {
  use_on_listener("redirect", {text("to", "/elsewhere")});
  Caller caller = this->caller();
  Talk& asked = caller.post("/a", "some body");
  asked.expect(308, "/elsewhere\n");
  EXPECT_EQ(asked.field("location"), "/elsewhere");
  expect_no_dial();
}

TEST_P(PluginMatrix, a_listeners_plugins_answer_where_no_route_would_and_are_no_route) {
  config.routes.front().match.path = {"/only"};
  use_on_listener("rate_limit", {number("requests", 1), text("per", "1h")});
  Caller caller = this->caller();
  caller.get("/a").expect(404);
  caller.get("/b").expect(429);
  EXPECT_EQ(exchange(0).error, Code::no_route);
  EXPECT_EQ(exchange(1).error, Code::answered_by_plugin);
}

TEST_P(PluginMatrix, a_connection_that_a_plugin_refuses_has_a_record_that_says_so) {
  use_on_listener("ip_filter", {text("deny", "127.0.0.0/8"), text("at", "handshake")});
  Caller caller = this->caller();
  caller.get("/a").expect_lost();
  EXPECT_EQ(client_connection().result, Code::refused_by_plugin);
  EXPECT_EQ(client_connection().ended_by, Code::refused_by_plugin);
  EXPECT_FALSE(client_connection().timeline.has(ConnectionMark::ready));
  EXPECT_THAT(records.exchanges, IsEmpty());
  expect_everybody_gone();
}

TEST_P(PluginMatrix, a_connection_keeps_the_tag_that_a_plugin_gives_it) {
  use_on_listener("handshake_guard", {flag("resumed", false), text("tag", "new here")});
  Caller caller = this->caller();
  Talk& asked = caller.get("/a");
  Origin origin = this->origin();
  serve(origin, asked, "/a");
  EXPECT_EQ(exchange().client->tag, "new here");
}

GLADHAND_ON_EVERY_WAY(PluginMatrix);

// A client of HTTP/1.0 gets a body of unknown length as bare bytes, up to the end of the connection.
class PluginsOfOldClients : public EveryPath {
 protected:
  PluginsOfOldClients() { config.routes.front().plugins.push_back({.name = "compress", .options = {text("encodings", "gzip")}}); }

  static constexpr std::string_view kRequest = "GET /a HTTP/1.0\r\nHost: shop.example\r\nAccept-Encoding: gzip\r\n\r\n";
};

TEST_P(PluginsOfOldClients, a_long_body_is_compressed_to_its_end) {
  Client client = connect();
  client.send(kRequest);
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/a");
  const std::string body(1'000'000, 'x');
  upstream.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n{}", body.size(), body.substr(0, 1000)));
  Message message = client.expect_head(200);
  EXPECT_EQ(message.field("content-encoding"), "gzip");
  EXPECT_FALSE(message.has("content-length"));
  EXPECT_FALSE(message.has("transfer-encoding"));
  client.expect_bytes(1);
  upstream.send(body.substr(1000));
  client.expect_body_complete(message, Where::current());
  EXPECT_TRUE(unzipped(message.body) == body);
  client.expect_end();
  EXPECT_EQ(exchange().error, Code::ok);
}

TEST_P(PluginsOfOldClients, a_body_that_breaks_off_does_not_end_as_a_whole_one_does) {
  Client client = connect();
  client.send(kRequest);
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/a");
  upstream.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100000\r\n\r\nfirst");
  client.expect_head(200);
  client.expect_bytes(1);
  upstream.end();
  client.expect_reset();
  EXPECT_FALSE(unzip(client.received()).is_complete);
}

GLADHAND_ON_EVERY_PATH(PluginsOfOldClients);

// A plugin that has slow work to do for every request.
class SlowPlugins : public Story {
 protected:
  SlowPlugins() {
    listener().protocols = {config::Protocol::h2};
    const std::string users = folder.file("users", "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n");
    config.routes.front().plugins.push_back({.name = "basic_auth", .options = {text("users", users)}});
  }
  static Talk& ask(Caller& caller) { return caller.get("/a", {{"authorization", "Basic YWxpY2U6d3Jvbmc="}}); }

  ScratchFolder folder;
};

TEST_F(SlowPlugins, more_requests_at_once_than_may_wait_for_them_are_refused_and_the_others_served) {
  constexpr std::size_t kMost = exchange::Asides::kMost, kTooMany = 16;
  Caller caller(stage, Socket::connected_to(proxy().address()), codec::Protocol::multiplexed);
  std::vector<Talk*> asked;
  for (std::size_t i = 0; i < kMost + kTooMany; ++i) asked.push_back(&ask(caller));
  ASSERT_TRUE(stage.run_until([&] { return std::ranges::all_of(asked, &Talk::is_complete); }));
  EXPECT_EQ(std::ranges::count(asked, 401, &Talk::status), static_cast<std::ptrdiff_t>(kMost));
  EXPECT_EQ(std::ranges::count(asked, 503, &Talk::status), static_cast<std::ptrdiff_t>(kTooMany));
  stage.run_until([&] { return records.exchanges.size() == asked.size(); });
  EXPECT_EQ(std::ranges::count(records.exchanges, Code::plugin_overload, &ExchangeRecord::error), static_cast<std::ptrdiff_t>(kTooMany));
  ask(caller).expect(401);
  expect_no_dial();
}

}  // namespace
}  // namespace gladhand::test
