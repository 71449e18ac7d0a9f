// Requests and answers of every shape, whatever is spoken on either side.
#include "support/matrix.h"

namespace gladhand::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Pair;

class Messages : public Matrix {};

TEST_P(Messages, a_get_and_its_answer) {
  Caller caller = this->caller();
  Talk& asked = caller.get("/a?b=c", {{"x-colour", "green"}});
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/a?b=c");
  EXPECT_EQ(heard.field("x-colour"), "green");
  EXPECT_EQ(heard.body, "");
  heard.reply(200, "the answer", {{"x-taste", "sour"}});
  EXPECT_EQ(asked.expect(200, "the answer").field("x-taste"), "sour");
  EXPECT_EQ(asked.length, 10u);

  const ExchangeRecord& record = exchange();
  EXPECT_EQ(record.error, Code::ok);
  EXPECT_EQ(record.status, 200);
  EXPECT_EQ(record.method, "GET");
  EXPECT_EQ(record.target, "/a?b=c");
  EXPECT_EQ(record.authority, "shop.example");
  EXPECT_EQ(record.version, client_line().is_shared() ? "2" : "1.1");
  EXPECT_EQ(record.response_body_bytes, 10u);
  EXPECT_EQ(record.attempts, 1);
  EXPECT_EQ(record.client->is_tls, client_line().has_tls);
  EXPECT_EQ(record.upstream->is_tls, upstream_line().has_tls);
  EXPECT_EQ(record.client->tls.alpn, client_line().has_tls ? client_line().alpn() : "");
  EXPECT_EQ(record.upstream->tls.alpn, upstream_line().has_tls ? upstream_line().alpn() : "");
}

TEST_P(Messages, a_get_with_a_body) {
  Caller caller = this->caller();
  Talk& asked = caller.begin("GET", "/search", 5);
  asked.say("query").end();
  Origin origin = this->origin();
  origin.expect_request("GET", "/search").expect_body("query").reply(200, "found");
  asked.expect(200, "found");
  EXPECT_EQ(exchange().request_body_bytes, 5u);
}

TEST_P(Messages, a_body_of_a_length_that_nobody_knows_before_its_end) {
  Caller caller = this->caller();
  Talk& asked = caller.begin("POST", "/");
  asked.say("one ");
  Origin origin = this->origin();
  Talk& heard = origin.expect_head("POST", "/");
  EXPECT_FALSE(heard.length);
  heard.expect_heard(4);
  asked.say("two").end();
  heard.expect_body("one two");
  heard.begin_reply(200).say("three ");
  asked.expect_head(200).expect_heard(6);
  EXPECT_FALSE(asked.length);
  EXPECT_FALSE(asked.is_complete);
  heard.say("four").end();
  asked.expect(200, "three four");
}

TEST_P(Messages, bodies_that_are_empty) {
  Caller caller = this->caller();
  Talk& asked = caller.post("/", "");
  Origin origin = this->origin();
  origin.expect_request("POST", "/").expect_body("").reply(200);
  asked.expect(200, "");
  Talk& again = caller.begin("POST", "/again");
  again.end();
  origin.expect_request("POST", "/again").expect_body("").begin_reply(200).end();
  again.expect(200, "");
}

TEST_P(Messages, a_megabyte_each_way_byte_for_byte) {
  const std::string question = pattern(1'000'000);
  const std::string answer = pattern(1'000'003);
  Caller caller = this->caller();
  Talk& asked = caller.post("/", question);
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("POST", "/");
  EXPECT_EQ(heard.length, question.size());
  EXPECT_TRUE(heard.body == question);
  heard.reply(200, answer);
  EXPECT_TRUE(asked.expect(200).body == answer);
  EXPECT_EQ(exchange().request_body_bytes, question.size());
  EXPECT_EQ(exchange().response_body_bytes, answer.size());
}

TEST_P(Messages, a_megabyte_each_way_of_unknown_length) {
  const std::string body = pattern(1'000'000);
  Caller caller = this->caller();
  Talk& asked = caller.begin("POST", "/");
  asked.say(body).end();
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("POST", "/");
  EXPECT_TRUE(heard.body == body);
  heard.begin_reply(200).say(body).end();
  EXPECT_TRUE(asked.expect(200).body == body);
}

TEST_P(Messages, both_directions_at_once) {
  const std::string body = pattern(2'000'000);
  Caller caller = this->caller();
  Talk& asked = caller.begin("POST", "/echo", body.size());
  Origin origin = this->origin();
  Talk& heard = origin.expect_head("POST", "/echo");
  heard.begin_reply(200);
  asked.expect_head(200);
  asked.say(body).end();
  heard.say(body);
  EXPECT_TRUE(stage.run_until([&] { return heard.is_complete; }));
  EXPECT_TRUE(heard.body == body);
  heard.end();  // not before: an answer that is complete ends its exchange
  EXPECT_TRUE(asked.expect(200).body == body);
  exchange();
}

// ---- what stands around a body

TEST_P(Messages, trailers_of_a_request) {
  Caller caller = this->caller();
  Talk& asked = caller.begin("POST", "/");
  asked.say("body").end({{"x-sum", "42"}});
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("POST", "/").expect_body("body");
  EXPECT_THAT(heard.trailers, ElementsAre(Pair("x-sum", "42")));
  heard.reply(200);
  asked.expect(200);
}

TEST_P(Messages, trailers_of_an_answer) {
  Caller caller = this->caller();
  Talk& asked = caller.get("/", {{"te", "trailers"}});
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/");
  EXPECT_EQ(heard.field("te"), "trailers");
  heard.begin_reply(200).say("body").end({{"x-sum", "42"}, {"x-more", "1"}});
  asked.expect(200, "body");
  EXPECT_THAT(asked.trailers, ElementsAre(Pair("x-sum", "42"), Pair("x-more", "1")));
  expect_service(caller, origin, "/next");
}

TEST_P(Messages, trailers_behind_no_body_at_all) {
  Caller caller = this->caller();
  Talk& asked = caller.begin("POST", "/");
  asked.end({{"x-sum", "0"}});
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("POST", "/").expect_body("");
  EXPECT_THAT(heard.trailers, ElementsAre(Pair("x-sum", "0")));
  heard.begin_reply(200).end({{"grpc-status", "0"}});
  asked.expect(200, "");
  EXPECT_THAT(asked.trailers, ElementsAre(Pair("grpc-status", "0")));
}

TEST_P(Messages, a_client_that_waits_for_100_gets_it_and_then_sends) {
  Caller caller = this->caller();
  Talk& asked = caller.begin("PUT", "/", 4, {{"expect", "100-continue"}});
  Origin origin = this->origin();
  Talk& heard = origin.expect_head("PUT", "/");
  EXPECT_EQ(heard.field("expect"), "100-continue");
  heard.inform(100);
  asked.expect_informed(100);
  EXPECT_FALSE(asked.has_head);
  asked.say("body").end();
  heard.expect_body("body").reply(201, "made");
  asked.expect(201, "made");
  EXPECT_EQ(exchange().status, 201);
}

TEST_P(Messages, a_client_that_waits_for_100_may_get_the_final_answer_instead) {
  Caller caller = this->caller();
  Talk& asked = caller.begin("PUT", "/", 4, {{"expect", "100-continue"}});
  Origin origin = this->origin();
  origin.expect_head("PUT", "/").reply(417, "no");
  asked.expect(417, "no");
  EXPECT_EQ(exchange().status, 417);
  EXPECT_EQ(exchange().error, Code::ok);
}

TEST_P(Messages, hints_come_before_the_answer) {
  Caller caller = this->caller();
  Talk& asked = caller.get("/");
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/");
  heard.inform(103, {{"link", "</style.css>; rel=preload"}});
  asked.expect_informed(103);
  heard.inform(103, {{"link", "</more.css>; rel=preload"}});
  heard.reply(200, "page");
  asked.expect(200, "page");
  EXPECT_THAT(asked.informed, ElementsAre(103, 103));
  EXPECT_EQ(exchange().status, 200);
  expect_service(caller, origin, "/next");
}

TEST_P(Messages, an_answer_to_head_has_a_length_and_no_body) {
  Caller caller = this->caller();
  Talk& asked = caller.ask("HEAD", "/");
  Origin origin = this->origin();
  origin.expect_request("HEAD", "/").reply_without_body(200, 5000);
  asked.expect(200, "");
  EXPECT_EQ(asked.length, 5000u);
  expect_service(caller, origin, "/next");
  EXPECT_EQ(exchange().response_body_bytes, 0u);
}

TEST_P(Messages, a_204_has_no_body) {
  Caller caller = this->caller();
  Talk& asked = caller.ask("DELETE", "/thing");
  Origin origin = this->origin();
  origin.expect_request("DELETE", "/thing").reply_without_body(204);
  asked.expect(204, "");
  EXPECT_FALSE(asked.length);
  expect_service(caller, origin, "/next");
}

TEST_P(Messages, a_304_has_no_body_and_may_have_a_length) {
  Caller caller = this->caller();
  Talk& asked = caller.get("/", {{"if-none-match", "\"a\""}});
  Origin origin = this->origin();
  origin.expect_request("GET", "/").reply_without_body(304, 1234, {{"etag", "\"a\""}});
  EXPECT_EQ(asked.expect(304, "").field("etag"), "\"a\"");
  expect_service(caller, origin, "/next");
}

TEST_P(Messages, many_fields_of_many_kinds) {
  Caller caller = this->caller();
  Fields fields;
  for (int i = 0; i < 60; ++i) fields.emplace_back(fmt::format("x-field-{}", i), std::string(static_cast<std::size_t>(i * 4), 'v'));
  fields.emplace_back("cookie", "a=1; b=2");
  Talk& asked = caller.get("/", fields);
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/");
  for (const auto& field : fields) EXPECT_THAT(heard.fields, Contains(field));
  const Fields cookies{{"set-cookie", "a=1"}, {"set-cookie", "b=2"}};
  heard.reply(200, "x", cookies);
  asked.expect(200);
  for (const auto& field : cookies) EXPECT_THAT(asked.fields, Contains(field));
}

// ---- one after the other

TEST_P(Messages, connections_are_used_again_on_both_sides) {
  Caller caller = this->caller();
  Talk& first = caller.get("/0");
  Origin origin = this->origin();
  serve(origin, first, "/0");
  for (int i = 1; i < 20; ++i) {
    const std::string target = fmt::format("/{}", i);
    if (i % 3 == 0) {
      Talk& asked = caller.post(target, target);
      origin.expect_request("POST", target).expect_body(target).reply(200, "posted");
      asked.expect(200, "posted");
    } else {
      expect_service(caller, origin, target);
    }
  }
  expect_no_dial();
  EXPECT_EQ(records.attempts[timeline::index(Side::client)], 1u);
  EXPECT_EQ(records.attempts[timeline::index(Side::upstream)], 1u);
  EXPECT_TRUE(exchange(0).is_first_of_client);
  EXPECT_TRUE(exchange(0).is_first_of_upstream);
  EXPECT_FALSE(exchange(19).is_first_of_client);
  EXPECT_FALSE(exchange(19).is_first_of_upstream);
  caller.close();
  EXPECT_EQ(client_connection().exchanges, 20u);
}

TEST_P(Messages, a_route_that_leads_nowhere_is_answered_404_and_the_connection_goes_on) {
  config.routes.front().match.path = {"/known/*"};
  Caller caller = this->caller();
  caller.get("/unknown").expect(404);
  EXPECT_EQ(exchange().error, Code::no_route);
  Talk& asked = caller.get("/known/thing");
  Origin origin = this->origin();
  serve(origin, asked, "/known/thing");
}

GLADHAND_ON_EVERY_WAY(Messages);

}  // namespace
}  // namespace gladhand::test
