// Several requests at once, slow readers, early answers, ends that are announced: whatever is spoken on either side.
#include "support/matrix.h"

namespace gladhand::test {
namespace {

// What one direction may hold: a link's backlog, a codec's input and output, and a read or two on their way.
constexpr std::int64_t kMostHeld = 1'500'000;

// ---- slow readers

class SlowReaders : public Matrix {};

TEST_P(SlowReaders, an_upload_to_an_upstream_that_does_not_read_waits_with_the_client) {
  const std::string body = pattern(20'000'000);
  Caller caller = this->caller();
  Talk& asked = caller.post("/", body);
  Origin origin = this->origin();
  Talk& heard = origin.expect_head("POST", "/");
  heard.pause();
  run_until_stuck(asked);
  EXPECT_GT(asked.unsaid(), 5'000'000u);
  EXPECT_LT(held(caller, origin), kMostHeld);

  heard.resume();
  EXPECT_TRUE(stage.run_until([&] { return heard.is_complete; }));
  EXPECT_TRUE(heard.body == body);
  heard.reply(200, "all of it");
  asked.expect(200, "all of it");
}

TEST_P(SlowReaders, an_answer_to_a_client_that_does_not_read_waits_with_the_upstream) {
  const std::string body = pattern(20'000'000);
  Caller caller = this->caller();
  Talk& asked = caller.get("/");
  asked.pause();
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/");
  heard.reply(200, body);
  run_until_stuck(heard);
  EXPECT_GT(heard.unsaid(), 5'000'000u);
  EXPECT_LT(held(origin, caller), kMostHeld);

  asked.resume();
  EXPECT_TRUE(asked.expect(200).body == body);
}

TEST_P(SlowReaders, an_answer_of_unknown_length_waits_too) {
  const std::string body = pattern(20'000'000);
  Caller caller = this->caller();
  Talk& asked = caller.get("/");
  asked.pause();
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/");
  heard.begin_reply(200).say(body).end();
  run_until_stuck(heard);
  EXPECT_GT(heard.unsaid(), 5'000'000u);
  EXPECT_LT(held(origin, caller), kMostHeld);

  asked.resume();
  EXPECT_TRUE(asked.expect(200).body == body);
}

TEST_P(SlowReaders, a_client_that_takes_nothing_of_its_answer_is_given_up) {
  listener().timeouts.send = milliseconds(150);
  Caller caller = this->caller();
  Talk& asked = caller.get("/");
  asked.pause();
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/");
  heard.begin_reply(200, 100'000'000).say(pattern(20'000'000));
  EXPECT_EQ(exchange().error, Code::send_timeout);
  EXPECT_EQ(exchange().status, 200);
  heard.expect_lost();
}

GLADHAND_ON_EVERY_WAY(SlowReaders);

// ---- answers that come early

class EarlyAnswers : public Matrix {};

TEST_P(EarlyAnswers, an_upstream_may_answer_and_read_no_further) {
  Caller caller = this->caller();
  Talk& asked = caller.begin("POST", "/", 1'000'000);
  asked.say(pattern(1000));
  Origin origin = this->origin();
  Talk& heard = origin.expect_head("POST", "/");
  heard.expect_heard(1000);
  heard.reply(413, "too much");
  asked.expect(413, "too much");
  EXPECT_EQ(exchange().status, 413);
  EXPECT_EQ(exchange().error, Code::ok);
  if (client_line().is_shared()) {
    Talk& next = caller.get("/next");
    if (upstream_line().is_shared()) return serve(origin, next, "/next");
    Origin fresh = this->origin();
    serve(fresh, next, "/next");
  }
}

TEST_P(EarlyAnswers, an_answer_may_begin_before_the_request_ends) {
  Caller caller = this->caller();
  Talk& asked = caller.begin("POST", "/");
  asked.say("one");
  Origin origin = this->origin();
  Talk& heard = origin.expect_head("POST", "/");
  heard.expect_heard(3);
  heard.begin_reply(200).say("got one");
  asked.expect_head(200).expect_heard(7);
  asked.say("two");
  heard.expect_heard(6);
  heard.say(", got two");
  asked.expect_heard(16);
  asked.end();
  heard.expect_body("onetwo");
  heard.end({{"x-sum", "2"}});
  asked.expect(200, "got one, got two");
  expect_service(caller, origin, "/next");
}

TEST_P(EarlyAnswers, a_client_that_goes_on_sending_gets_the_answer_all_the_same) {
  Caller caller = this->caller();
  Talk& asked = caller.post("/", pattern(20'000'000));
  Origin origin = this->origin();
  Talk& heard = origin.expect_head("POST", "/");
  heard.reply(413, "too much");
  asked.expect(413, "too much");
  EXPECT_EQ(exchange().status, 413);
}

GLADHAND_ON_EVERY_WAY(EarlyAnswers);

// ---- bodies past the limit

class BodiesPastTheLimit : public Matrix {
 protected:
  void SetUp() override { listener().limits.body_bytes = 100; }
  void expect_refused(Talk& asked) {
    asked.expect(413);
    EXPECT_EQ(exchange().status, 413);
    EXPECT_EQ(exchange().error, Code::body_too_large);
  }
};

TEST_P(BodiesPastTheLimit, are_refused_at_their_announcement) {
  Caller caller = this->caller();
  expect_refused(caller.begin("POST", "/", 101).say(pattern(101)));
}

TEST_P(BodiesPastTheLimit, are_refused_when_they_get_there_unannounced) {
  Caller caller = this->caller();
  Talk& asked = caller.begin("POST", "/");
  asked.say(pattern(50));
  Origin origin = this->origin();
  Talk& heard = origin.expect_head("POST", "/");
  heard.expect_heard(50);
  asked.say(pattern(51));
  expect_refused(asked);
  heard.expect_broken();
}

TEST_P(BodiesPastTheLimit, pass_when_they_are_not) {
  const std::string body = pattern(100);
  Caller caller = this->caller();
  Talk& asked = caller.begin("POST", "/");
  asked.say(body).end();
  Origin origin = this->origin();
  origin.expect_head("POST", "/").expect_body(body).reply(200, "just so");
  asked.expect(200, "just so");
}

GLADHAND_ON_EVERY_WAY(BodiesPastTheLimit);

// ---- several at once

// One exchange at a time needs a connection for each.
class AtOnce : public Matrix {
 protected:
  struct Asked {
    Caller* caller;
    Talk* talk;
    std::string target;
  };
  Caller& free_caller() {
    if (callers_.empty() || !client_line().is_shared()) callers_.push_back(new_caller());
    return *callers_.back();
  }
  Asked ask(const std::string& target) {
    Caller& caller = free_caller();
    return {&caller, &caller.get(target), target};
  }
  Asked post(const std::string& target) {
    Caller& caller = free_caller();
    return {&caller, &caller.post(target, "body"), target};
  }
  // The request for `target`, on whichever connection it comes.
  Talk& heard(const std::string& target) {
    Talk* found = nullptr;
    EXPECT_TRUE(stage.run_until([&] {
      accept();
      for (const auto& origin : origins_) {
        if (Talk* talk = origin->find(target)) found = talk;
      }
      return found != nullptr;
    })) << target << " was not asked for";
    return found ? *found : nobody_;
  }
  // The first connection tells how many requests one can carry.
  void learn() {
    const Asked first = ask("/first");
    heard("/first").reply(200, "first");
    first.talk->expect(200, "first");
  }
  void accept() {
    if (Socket socket = endpoint().accept()) {
      origins_.push_back(std::make_unique<Origin>(stage, std::move(socket), upstream_line().protocol, origin_tls(), streams_));
    }
  }
  std::size_t origins() const { return origins_.size(); }
  std::uint32_t streams_ = 100;
  Talk nobody_{stage};
  std::vector<std::unique_ptr<Caller>> callers_;
  std::vector<std::unique_ptr<Origin>> origins_;
};

TEST_P(AtOnce, answers_come_in_any_order) {
  learn();
  std::vector<Asked> all;
  for (int i = 0; i < 10; ++i) all.push_back(ask(fmt::format("/{}", i)));
  for (auto asked = all.rbegin(); asked != all.rend(); ++asked) {
    heard(asked->target).reply(200, asked->target);
    asked->talk->expect(200, asked->target);
  }
  EXPECT_EQ(records.attempts[timeline::index(Side::client)], client_line().is_shared() ? 1u : 11u);
  EXPECT_EQ(origins(), upstream_line().is_shared() ? 1u : 10u);
  EXPECT_EQ(records.exchanges.size(), 11u);
}

TEST_P(AtOnce, one_that_is_not_read_does_not_hold_up_the_others) {
  const Asked slow = ask("/slow");
  slow.talk->pause();
  Talk& stuck = heard("/slow");
  stuck.begin_reply(200, 20'000'000).say(pattern(20'000'000)).end();
  run_until_stuck(stuck);
  EXPECT_GT(stuck.unsaid(), 0u);
  for (int i = 0; i < 5; ++i) {
    const Asked asked = ask(fmt::format("/{}", i));
    const std::string body = pattern(300'000);
    heard(asked.target).reply(200, body);
    EXPECT_TRUE(asked.talk->expect(200).body == body);
  }
  slow.talk->resume();
  EXPECT_EQ(slow.talk->expect(200).body.size(), 20'000'000u);
}

TEST_P(AtOnce, large_bodies_both_ways_do_not_mix) {
  std::vector<Asked> all;
  std::vector<std::string> bodies;
  for (std::size_t i = 0; i < 6; ++i) {
    bodies.push_back(pattern(400'000 + i) + std::to_string(i));
    all.push_back(ask(fmt::format("/{}", i)));
  }
  for (std::size_t i = 0; i < 6; ++i) heard(all[i].target).reply(200, bodies[i]);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_TRUE(all[i].talk->expect(200).body == bodies[i]);
}

TEST_P(AtOnce, one_that_its_client_gives_up_does_not_harm_the_others) {
  const Asked one = ask("/one");
  const Asked gone = ask("/gone");
  const Asked two = ask("/two");
  Talk& heard_one = heard("/one");
  Talk& heard_gone = heard("/gone");
  Talk& heard_two = heard("/two");
  gone.talk->reset();
  heard_gone.expect_lost();
  heard_one.reply(200, "1");
  heard_two.reply(200, "2");
  one.talk->expect(200, "1");
  two.talk->expect(200, "2");
}

TEST_P(AtOnce, one_that_its_upstream_gives_up_does_not_harm_the_others) {
  const Asked one = ask("/one");
  const Asked gone = ask("/gone");
  Talk& heard_one = heard("/one");
  Talk& heard_gone = heard("/gone");
  heard_gone.begin_reply(200, 100).say("part");
  gone.talk->expect_head(200).expect_heard(4);
  heard_gone.reset();
  gone.talk->expect_broken();
  heard_one.reply(200, "1");
  one.talk->expect(200, "1");
}

TEST_P(AtOnce, an_upstream_that_carries_few_is_dialled_more_often) {
  streams_ = 2;
  learn();
  std::vector<Asked> all;
  for (int i = 0; i < 6; ++i) all.push_back(ask(fmt::format("/{}", i)));
  for (const Asked& asked : all) heard(asked.target).reply(200, asked.target);
  for (const Asked& asked : all) asked.talk->expect(200, asked.target);
  for (const ExchangeRecord& record : records.exchanges) EXPECT_EQ(record.error, Code::ok);
}

TEST_P(AtOnce, a_connection_that_vanishes_takes_all_its_exchanges) {
  std::vector<Asked> all;
  for (int i = 0; i < 5; ++i) all.push_back(post(fmt::format("/{}", i)));
  for (const Asked& asked : all) heard(asked.target);
  for (const auto& origin : origins_) origin->vanish();
  for (const Asked& asked : all) asked.talk->expect(502);
  for (const Asked& asked : all) asked.caller->expect_open();
  EXPECT_EQ(records.exchanges.size(), 5u);
}

TEST_P(AtOnce, what_a_used_connection_takes_with_it_is_asked_again) {
  learn();
  std::vector<Asked> all;
  for (int i = 0; i < 5; ++i) all.push_back(ask(fmt::format("/warm{}", i)));
  std::vector<Talk*> warm;
  for (const Asked& asked : all) warm.push_back(&heard(asked.target));
  for (Talk* talk : warm) talk->reply(200, talk->target);
  for (const Asked& asked : all) asked.talk->expect(200, asked.target);
  for (Asked& asked : all) {
    asked.target = "/again" + asked.target;
    asked.talk = &asked.caller->get(asked.target);
  }
  for (const Asked& asked : all) heard(asked.target);
  for (const auto& origin : origins_) origin->vanish();
  for (const Asked& asked : all) heard(asked.target).reply(200, asked.target);
  for (const Asked& asked : all) asked.talk->expect(200, asked.target);
  for (std::size_t i = 6; i < 11; ++i) EXPECT_EQ(exchange(i).attempts, 2);
}

TEST_P(AtOnce, a_client_that_vanishes_takes_all_its_exchanges) {
  std::vector<Asked> all;
  for (int i = 0; i < 5; ++i) all.push_back(ask(fmt::format("/{}", i)));
  std::vector<Talk*> heard_all;
  for (const Asked& asked : all) heard_all.push_back(&heard(asked.target));
  for (const auto& caller : callers_) caller->vanish();
  for (Talk* heard : heard_all) heard->expect_lost();
  EXPECT_TRUE(stage.run_until([&] { return records.exchanges.size() == 5; }));
  for (const ExchangeRecord& record : records.exchanges) EXPECT_EQ(record.error, Code::client_reset);
}

GLADHAND_ON_EVERY_WAY(AtOnce);

// ---- ends that are announced

class Announced : public Matrix {};

TEST_P(Announced, a_drain_lets_what_runs_end_well) {
  Caller caller = this->caller();
  Talk& asked = caller.get("/");
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/");
  proxy().drain();
  caller.expect_open();
  heard.reply(200, "done");
  asked.expect(200, "done");
  caller.expect_over();
  expect_everybody_gone();
  EXPECT_EQ(exchange().error, Code::ok);
  EXPECT_EQ(client_connection().ended_by, Code::ok);
}

TEST_P(Announced, a_drain_lets_large_bodies_end_well) {
  const std::string body = pattern(3'000'000);
  Caller caller = this->caller();
  Talk& asked = caller.begin("POST", "/", body.size());
  asked.say(std::string_view(body).substr(0, 1'000'000));
  Origin origin = this->origin();
  Talk& heard = origin.expect_head("POST", "/").expect_heard(1000);
  proxy().drain();
  stage.run_until_quiet();
  asked.say(std::string_view(body).substr(1'000'000)).end();
  EXPECT_TRUE(stage.run_until([&] { return heard.is_complete; }));
  heard.reply(200, body);
  EXPECT_TRUE(asked.expect(200).body == body);
  caller.expect_over();
  expect_everybody_gone();
}

TEST_P(Announced, a_drain_closes_idle_connections) {
  Caller caller = this->caller();
  Talk& asked = caller.get("/");
  Origin origin = this->origin();
  serve(origin, asked, "/");
  proxy().drain();
  caller.expect_over();
  expect_everybody_gone();
  EXPECT_EQ(client_connection().ended_by, Code::ok);
}

TEST_P(Announced, a_cut_ends_everything_at_once) {
  Caller caller = this->caller();
  Talk& asked = caller.get("/");
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/");
  heard.begin_reply(200, 100).say("part");
  asked.expect_head(200).expect_heard(4);
  proxy().cut();
  asked.expect_broken();
  heard.expect_lost();
  expect_everybody_gone();
  EXPECT_EQ(exchange().error, Code::draining);
  EXPECT_EQ(client_connection().ended_by, Code::draining);
}

TEST_P(Announced, everything_may_be_dropped_in_the_middle) {
  Caller caller = this->caller();
  Talk& asked = caller.begin("POST", "/", 100);
  asked.say("part");
  Origin origin = this->origin();
  Talk& heard = origin.expect_head("POST", "/");
  heard.begin_reply(200, 100).say("part");
  asked.expect_head(200);
}

TEST_P(Announced, an_upstream_that_goes_is_left_in_peace_and_another_connection_made) {
  Caller caller = this->caller();
  Talk& asked = caller.get("/one");
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/one");
  origin.drain();
  stage.run_until_quiet();
  heard.reply(200, "1");
  asked.expect(200, "1");
  Talk& next = caller.get("/two");
  Origin fresh = this->origin();
  serve(fresh, next, "/two");
  origin.expect_over();
  EXPECT_EQ(upstream_connection().ended_by, Code::ok);
  EXPECT_EQ(exchange(1).attempts, 1);
}

TEST_P(Announced, a_client_that_leaves_after_its_answer_was_well_served) {
  Caller caller = this->caller();
  Talk& asked = caller.get("/");
  Origin origin = this->origin();
  serve(origin, asked, "/");
  caller.close();
  expect_everybody_gone();
  EXPECT_EQ(client_connection().ended_by, Code::ok);
  EXPECT_EQ(exchange().error, Code::ok);
}

GLADHAND_ON_EVERY_WAY(Announced);

// ---- what an upstream refuses: only where streams share a connection there is a way to say so

constexpr std::string_view kRefused{"\0\0\4\3\0\0\0\0\1\0\0\0\7", 13};                  // RST_STREAM 1 REFUSED_STREAM
constexpr std::string_view kGoneBefore{"\0\0\10\7\0\0\0\0\0\0\0\0\0\0\0\0\0", 17};       // GOAWAY: nothing was processed

class Refusals : public Matrix {};

TEST_P(Refusals, a_refused_request_is_asked_once_more) {
  for (const std::string_view refusal : {kRefused, kGoneBefore}) {
    Caller caller = this->caller();
    Talk& asked = caller.get("/");
    Origin origin = this->origin();
    origin.expect_request("GET", "/");
    origin.say_raw(refusal);
    Origin other = this->origin();
    serve(other, asked, "/");
    const ExchangeRecord& record = exchange(records.exchanges.size() - 1);
    EXPECT_EQ(record.attempts, 2);
    EXPECT_EQ(record.error, Code::ok);
    origin.vanish();
    other.vanish();
    stage.run_until_quiet();
  }
}

TEST_P(Refusals, a_request_that_cannot_be_idempotent_is_asked_once_more_too) {
  Caller caller = this->caller();
  Talk& asked = caller.ask("POST", "/pay");
  Origin origin = this->origin();
  origin.expect_request("POST", "/pay");
  origin.say_raw(kRefused);
  Origin other = this->origin();
  other.expect_request("POST", "/pay").reply(200, "paid");
  asked.expect(200, "paid");
}

TEST_P(Refusals, a_body_that_has_left_cannot_be_sent_again) {
  Caller caller = this->caller();
  Talk& asked = caller.post("/pay", "100");
  Origin origin = this->origin();
  origin.expect_request("POST", "/pay");
  origin.say_raw(kRefused);
  asked.expect(502);
  EXPECT_EQ(exchange().error, Code::stream_refused);
  expect_no_dial();
}

TEST_P(Refusals, an_upstream_that_refuses_everything_is_answered_for_with_502) {
  Caller caller = this->caller();
  Talk& asked = caller.get("/");
  Origin origin = this->origin();
  origin.expect_request("GET", "/");
  origin.say_raw(kRefused);
  Origin other = this->origin();
  other.expect_request("GET", "/");
  other.say_raw(kRefused);
  asked.expect(502);
  EXPECT_EQ(exchange().error, Code::stream_refused);
  EXPECT_EQ(exchange().attempts, 2);
  caller.expect_open();
}

inline std::vector<Way> shared_upstreams() {
  std::vector<Way> ways = every_way();
  std::erase_if(ways, [](const Way& way) { return !way.upstream.is_shared(); });
  return ways;
}

INSTANTIATE_TEST_SUITE_P(every, Refusals, testing::ValuesIn(shared_upstreams()), way_name);

}  // namespace
}  // namespace gladhand::test
