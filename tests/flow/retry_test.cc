// Requests that are sent once more: after what, to whom, how often, and which are not.
#include "support/attendant.h"
#include "support/matrix.h"
#include "upstream/retry_budget.h"

namespace gladhand::test {
namespace {

using config::RetryOn;

class Retry : public Matrix {
 protected:
  void retry(std::uint32_t attempts, std::vector<RetryOn> on) {
    config.routes.front().has_retry = true;
    config.routes.front().retry = {.attempts = attempts, .on = std::move(on)};
    while (app().endpoints.size() < 2) add_endpoint();
  }
};

TEST_P(Retry, an_answer_with_a_status_that_is_named_is_another_endpoint_s_to_give) {
  retry(2, {RetryOn::unavailable});
  Caller client = caller();
  Talk& asked = client.get("/a");
  Origin tired = origin(0);
  tired.expect_request("GET", "/a").reply(503, "tired");
  Origin other = origin(1);
  other.expect_request("GET", "/a").reply(200, "here");
  asked.expect(200, "here");
  EXPECT_EQ(exchange().attempts, 2);
  EXPECT_EQ(exchange().status, 200);
  EXPECT_EQ(exchange().endpoint, endpoint(1).address().to_string());
  stage.run_until_quiet();
  tired.expect_open();  // its answer was read to the end
}

TEST_P(Retry, the_figures_of_an_endpoint_do_not_contain_what_another_took) {
  using timeline::ExchangeMark;
  config.routes.front().server_timing = true;
  retry(2, {RetryOn::unavailable});
  Caller client = caller();
  Talk& asked = client.get("/a");
  Origin tired = origin(0);
  Talk& heard = tired.expect_request("GET", "/a");
  stage.pass(milliseconds(40));
  heard.reply(503, "tired");
  Origin other = origin(1);
  other.expect_request("GET", "/a").reply(200, "here");
  EXPECT_THAT(asked.expect(200, "here").field("server-timing"), testing::HasSubstr("retry;dur="));
  const auto& timeline = exchange().timeline;
  EXPECT_GE(*timeline.between(ExchangeMark::routed, ExchangeMark::upstream_asked), milliseconds(40));
  EXPECT_GE(timeline.at(ExchangeMark::upstream_ready), exchange().upstream->timeline.at(timeline::ConnectionMark::ready));
  EXPECT_EQ(timeline.at(ExchangeMark::head_sent), timeline.at(ExchangeMark::upstream_ready));
}

TEST_P(Retry, an_answer_without_a_body_is_another_endpoint_s_to_give_as_well) {
  retry(2, {RetryOn::gateway_timeout});
  Caller client = caller();
  Talk& asked = client.get("/a");
  Origin tired = origin(0);
  tired.expect_request("GET", "/a").reply_without_body(504, 0);
  Origin other = origin(1);
  other.expect_request("GET", "/a").reply(200, "here");
  asked.expect(200, "here");
}

TEST_P(Retry, what_the_last_attempt_brings_is_the_answer) {
  retry(2, {RetryOn::unavailable});
  Caller client = caller();
  Talk& asked = client.get("/a");
  Origin first = origin(0);
  first.expect_request("GET", "/a").reply(503, "tired");
  Origin last = origin(1);
  last.expect_request("GET", "/a").reply(503, "tired, too");
  asked.expect(503, "tired, too");
  EXPECT_EQ(exchange().attempts, 2);
}

TEST_P(Retry, a_status_that_is_not_named_is_an_answer) {
  retry(2, {RetryOn::bad_gateway});
  Caller client = caller();
  Talk& asked = client.get("/a");
  Origin tired = origin(0);
  tired.expect_request("GET", "/a").reply(503, "tired");
  asked.expect(503, "tired");
  expect_no_dial(1);
}

TEST_P(Retry, a_long_answer_that_nobody_wants_is_not_waited_for) {
  retry(2, {RetryOn::unavailable});
  Caller client = caller();
  Talk& asked = client.get("/a");
  Origin tired = origin(0);
  tired.expect_request("GET", "/a").begin_reply(503, 1 << 20).say("once upon a time");
  Origin other = origin(1);
  other.expect_request("GET", "/a").reply(200, "here");
  asked.expect(200, "here");
  expect_only_stream_gone(upstream_line(), tired);
}

TEST_P(Retry, an_answer_that_nobody_wants_and_that_does_not_end_is_waited_for_shortly) {
  retry(2, {RetryOn::unavailable});
  Caller client = caller();
  Talk& asked = client.get("/a");
  Origin tired = origin(0);
  tired.expect_request("GET", "/a").begin_reply(503).say("once upon");
  Origin other = origin(1);
  other.expect_request("GET", "/a").reply(200, "here");
  asked.expect(200, "here");
  expect_only_stream_gone(upstream_line(), tired);
}

TEST_P(Retry, trailers_of_an_answer_that_nobody_wants_are_not_those_of_the_answer) {
  retry(2, {RetryOn::unavailable});
  Caller client = caller();
  Talk& asked = client.get("/a", {{"te", "trailers"}});
  Origin tired = origin(0);
  tired.expect_request("GET", "/a").begin_reply(503).say("no").end({{"checksum", "wrong"}});
  Origin other = origin(1);
  other.expect_request("GET", "/a").begin_reply(200).say("here").end();
  EXPECT_TRUE(asked.expect(200, "here").trailers.empty());
}

TEST_P(Retry, a_post_is_not_sent_again_whatever_the_answer) {
  retry(3, {RetryOn::unavailable, RetryOn::reset});
  Caller client = caller();
  Talk& asked = client.post("/pay", "100");
  Origin tired = origin(0);
  tired.expect_request("POST", "/pay").reply(503, "tired");
  asked.expect(503, "tired");
  Talk& again = client.post("/pay", "200");
  Origin other = origin(1);
  other.expect_request("POST", "/pay");
  other.vanish();
  again.expect(502);
  EXPECT_EQ(exchange(1).attempts, 1);
}

TEST_P(Retry, a_put_whose_body_has_left_is_not_sent_again) {
  retry(2, {RetryOn::unavailable});
  Caller client = caller();
  Talk& asked = client.begin("PUT", "/file", 4).say("text").end();
  Origin tired = origin(0);
  tired.expect_request("PUT", "/file").reply(503, "tired");
  asked.expect(503, "tired");
  expect_no_dial(1);
}

TEST_P(Retry, a_post_without_a_body_is_not_sent_again_either) {
  retry(2, {RetryOn::unavailable, RetryOn::reset});
  Caller client = caller();
  Talk& asked = client.ask("POST", "/start");
  Origin tired = origin(0);
  tired.expect_request("POST", "/start").reply(503, "tired");
  asked.expect(503, "tired");
  EXPECT_EQ(exchange().attempts, 1);
}

TEST_P(Retry, a_put_whose_body_is_still_to_come_is_not_sent_again) {
  retry(2, {RetryOn::unavailable});
  Caller client = caller();
  Talk& asked = client.begin("PUT", "/file", 4);
  Origin tired = origin(0);
  tired.expect_head("PUT", "/file").reply(503, "tired");
  asked.expect(503, "tired");
  EXPECT_EQ(exchange().attempts, 1);
}

TEST_P(Retry, a_connection_that_breaks_before_its_answer_is_another_endpoint_s_chance) {
  retry(2, {RetryOn::reset});
  Caller client = caller();
  Talk& asked = client.get("/a");
  Origin broken = origin(0);
  broken.expect_request("GET", "/a");
  broken.vanish();
  Origin other = origin(1);
  other.expect_request("GET", "/a").reply(200, "here");
  asked.expect(200, "here");
  EXPECT_EQ(exchange().attempts, 2);
}

TEST_P(Retry, a_connection_that_breaks_is_the_end_where_that_is_not_named) {
  retry(2, {RetryOn::connect, RetryOn::unavailable});
  Caller client = caller();
  Talk& asked = client.get("/a");
  Origin broken = origin(0);
  broken.expect_request("GET", "/a");
  broken.vanish();
  asked.expect(502);
  expect_no_dial(1);
}

TEST_P(Retry, an_answer_whose_head_was_passed_on_is_not_asked_for_again) {
  retry(2, {RetryOn::reset, RetryOn::unavailable});
  Caller client = caller();
  Talk& asked = client.get("/a");
  Origin broken = origin(0);
  broken.expect_request("GET", "/a").begin_reply(200, 100).say("once");
  asked.expect_head(200).expect_heard(4);
  broken.vanish();
  asked.expect_broken();
  expect_no_dial(1);
}

TEST_P(Retry, one_attempt_is_one_attempt) {
  retry(1, {RetryOn::connect, RetryOn::reset, RetryOn::unavailable});
  Caller client = caller();
  Talk& asked = client.get("/a");
  Origin tired = origin(0);
  tired.expect_request("GET", "/a").reply(503, "tired");
  asked.expect(503, "tired");
  endpoint(1).close();
  client.get("/b").expect(502);
  EXPECT_EQ(exchange(1).attempts, 1);
}

TEST_P(Retry, an_endpoint_that_refuses_is_another_one_s_chance_only_where_that_is_named) {
  retry(2, {RetryOn::unavailable});
  proxy();
  endpoint(0).close();
  Caller client = caller();
  client.get("/a").expect(502);
  EXPECT_EQ(exchange().attempts, 1);
}

TEST_P(Retry, an_endpoint_that_refuses_is_another_one_s_chance) {
  retry(2, {RetryOn::connect});
  proxy();
  endpoint(0).close();
  Caller client = caller();
  Talk& asked = client.get("/a");
  Origin other = origin(1);
  other.expect_request("GET", "/a").reply(200, "here");
  asked.expect(200, "here");
  EXPECT_EQ(exchange().attempts, 2);
}

TEST_P(Retry, a_client_that_belongs_to_an_endpoint_is_served_by_another_when_that_one_cannot) {
  app().sticky.cookie = "srv";
  retry(2, {RetryOn::unavailable});
  Caller client = caller();
  Talk& first = client.get("/a");
  Origin own = origin(0);
  own.expect_request("GET", "/a").reply(200, "yours");
  const std::string cookie = first.expect(200, "yours").field("set-cookie");
  Talk& again = client.get("/b", {{"cookie", cookie.substr(0, cookie.find(';'))}});
  own.expect_request("GET", "/b").reply(503, "tired");
  Origin other = origin(1);
  other.expect_request("GET", "/b").reply(200, "here");
  again.expect(200, "here");
  EXPECT_NE(again.field("set-cookie"), "") << "and belongs to that one from now on";
}

TEST_P(Retry, an_upstream_that_always_fails_is_not_asked_for_ever) {
  retry(2, {RetryOn::unavailable});
  proxy();
  Attendant one(stage, endpoint(0), upstream_line().protocol, origin_tls());
  Attendant two(stage, endpoint(1), upstream_line().protocol, origin_tls());
  one.status = two.status = 503;
  Caller client = caller();
  constexpr std::size_t kMost = upstream::RetryBudget::kAlways;
  for (std::size_t i = 0; i < kMost + 2; ++i) client.get("/").expect(503, "served");
  EXPECT_EQ(exchange(kMost - 1).attempts, 2);
  EXPECT_EQ(exchange(kMost).attempts, 1);
  EXPECT_EQ(exchange(kMost + 1).attempts, 1);
  EXPECT_EQ(one.requests + two.requests, 2 * kMost + 2);
}

GLADHAND_ON_EVERY_WAY(Retry);

}  // namespace
}  // namespace gladhand::test
