// Plugins on an exchange's way: what they change and answer, whatever is spoken on either side.
#include <zlib.h>

#include "support/matrix.h"

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

std::string unzipped(const std::string& bytes) {
  z_stream stream{};
  inflateInit2(&stream, 31);
  std::string plain(4 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  inflate(&stream, Z_FINISH);
  plain.resize(plain.size() - stream.avail_out);
  inflateEnd(&stream);
  return plain;
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
  stage.run_until([&] { return unzipped(asked.body) == "first "; });
  EXPECT_EQ(unzipped(asked.body), "first ") << "before more has come";
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

}  // namespace
}  // namespace gladhand::test
