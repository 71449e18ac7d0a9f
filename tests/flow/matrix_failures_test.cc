// Clients and upstreams that give up or vanish, at each moment: the other side learns it, and so do the records.
#include "support/matrix.h"

namespace gladhand::test {
namespace {

using testing::AnyOf;

// How somebody goes.
enum class Manner : std::uint8_t { reset, vanish, close };

std::string_view name_of(Manner manner) {
  switch (manner) {
    case Manner::reset: return "by a reset";
    case Manner::vanish: return "by vanishing";
    case Manner::close: return "by closing";
  }
  return "";
}

class Failures : public Matrix {
 protected:
  static constexpr std::array kManners{Manner::reset, Manner::vanish, Manner::close};

  static void go(Speaker& speaker, Talk& talk, Manner manner) {
    if (manner == Manner::reset) talk.reset();
    if (manner == Manner::vanish) speaker.vanish();
    if (manner == Manner::close) speaker.close();
  }
  // The newest record, when only so many exchanges are left running.
  const ExchangeRecord& last_exchange(std::size_t running = 0) {
    EXPECT_TRUE(stage.run_until([&] { return !records.exchanges.empty() && records.exchanges.size() + running == records.requests; }));
    return records.exchanges.back();
  }
  // The client gave up; it may still ask another thing where only a stream has gone.
  void expect_client_lost(Caller& caller, Manner manner, std::size_t running = 0) {
    const ExchangeRecord& record = last_exchange(running);
    EXPECT_THAT(record.error, AnyOf(Code::client_closed, Code::client_reset));
    if (manner != Manner::reset) return;
    EXPECT_EQ(record.error, Code::client_reset);
    expect_only_stream_gone(client_line(), caller);
  }
  // The client asks once more: on the connection that is left, or on a new one.
  void expect_recovery(Caller& caller, Origin& origin, Manner manner) {
    const bool is_left = manner == Manner::reset && client_line().is_shared();
    Talk& asked = is_left ? caller.get("/after") : callers_.emplace_back(new_caller())->get("/after");
    if (upstream_line().is_shared()) {
      serve(origin, asked, "/after");
      expect_no_dial();
    } else {
      Origin other = this->origin();
      serve(other, asked, "/after");
    }
  }
 private:
  std::vector<std::unique_ptr<Caller>> callers_;
};

// ---- the client goes

class ClientGoes : public Failures {};

TEST_P(ClientGoes, before_the_upstream_was_reached) {
  app().max_connections = 1;
  Caller other = this->caller();
  Talk& warm = other.get("/warm");
  Origin origin = this->origin(0, 1);
  serve(origin, warm, "/warm");
  Talk& busy = other.get("/busy");
  Talk& heard = origin.expect_request("GET", "/busy");
  for (const Manner manner : {Manner::reset, Manner::vanish}) {
    SCOPED_TRACE(name_of(manner));
    Caller caller = this->caller();
    Talk& asked = caller.get("/waiting");
    const std::size_t before = records.requests;
    stage.run_until([&] { return records.requests > before; });
    stage.run_until_quiet();
    go(caller, asked, manner);
    expect_client_lost(caller, manner, 1);
    EXPECT_EQ(records.exchanges.back().upstream, nullptr);
  }
  heard.reply(200, "done");
  busy.expect(200, "done");
  expect_service(other, origin, "/after");
  EXPECT_EQ(origin.requests(), 3u);
}

TEST_P(ClientGoes, while_the_body_goes_up) {
  for (const Manner manner : kManners) {
    SCOPED_TRACE(name_of(manner));
    Caller caller = this->caller();
    Talk& asked = caller.begin("POST", "/", 100);
    asked.say("part");
    Origin origin = this->origin();
    Talk& heard = origin.expect_head("POST", "/");
    heard.expect_heard(4);
    go(caller, asked, manner);
    heard.expect_broken();
    expect_only_stream_gone(upstream_line(), origin);
    expect_client_lost(caller, manner);
    EXPECT_EQ(records.exchanges.back().request_body_bytes, 4u);
    expect_recovery(caller, origin, manner);
    origin.vanish();
    stage.run_until_quiet();
  }
}

TEST_P(ClientGoes, while_a_body_of_unknown_length_goes_up) {
  for (const Manner manner : kManners) {
    SCOPED_TRACE(name_of(manner));
    Caller caller = this->caller();
    Talk& asked = caller.begin("POST", "/");
    asked.say("part");
    Origin origin = this->origin();
    Talk& heard = origin.expect_head("POST", "/");
    heard.expect_heard(4);
    go(caller, asked, manner);
    heard.expect_broken();
    expect_client_lost(caller, manner);
    origin.vanish();
    stage.run_until_quiet();
  }
}

TEST_P(ClientGoes, before_the_answer) {
  for (const Manner manner : {Manner::reset, Manner::vanish}) {
    SCOPED_TRACE(name_of(manner));
    Caller caller = this->caller();
    Talk& asked = caller.get("/");
    Origin origin = this->origin();
    Talk& heard = origin.expect_request("GET", "/");
    go(caller, asked, manner);
    heard.expect_lost();
    expect_only_stream_gone(upstream_line(), origin);
    expect_client_lost(caller, manner);
    EXPECT_EQ(records.exchanges.back().status, 0);
    expect_recovery(caller, origin, manner);
    origin.vanish();
    stage.run_until_quiet();
  }
}

TEST_P(ClientGoes, in_the_middle_of_the_answer) {
  for (const Manner manner : {Manner::reset, Manner::vanish}) {
    SCOPED_TRACE(name_of(manner));
    Caller caller = this->caller();
    Talk& asked = caller.get("/");
    Origin origin = this->origin();
    Talk& heard = origin.expect_request("GET", "/");
    heard.begin_reply(200, 100'000'000).say(pattern(3'000'000));
    asked.expect_head(200).expect_heard(200'000);
    go(caller, asked, manner);
    heard.expect_lost();
    expect_only_stream_gone(upstream_line(), origin);
    expect_client_lost(caller, manner);
    EXPECT_EQ(records.exchanges.back().status, 200);
    expect_recovery(caller, origin, manner);
    origin.vanish();
    stage.run_until_quiet();
  }
}

TEST_P(ClientGoes, while_it_does_not_read_its_answer) {
  for (const Manner manner : {Manner::reset, Manner::vanish}) {
    SCOPED_TRACE(name_of(manner));
    Caller caller = this->caller();
    Talk& asked = caller.get("/");
    asked.pause();
    Origin origin = this->origin();
    Talk& heard = origin.expect_request("GET", "/");
    heard.begin_reply(200, 100'000'000).say(pattern(20'000'000));
    run_until_stuck(heard);
    EXPECT_GT(heard.unsaid(), 0u);
    go(caller, asked, manner);
    heard.expect_lost();
    expect_client_lost(caller, manner);
    expect_recovery(caller, origin, manner);
    origin.vanish();
    stage.run_until_quiet();
  }
}

GLADHAND_ON_EVERY_WAY(ClientGoes);

// ---- the upstream goes

class UpstreamGoes : public Failures {
 protected:
  // What is recorded: whoever neither says goodbye nor resets leaves TLS truncated.
  static testing::Matcher<Code> lost_upstream() {
    if (upstream_line().has_tls) return AnyOf(Code::upstream_closed, Code::upstream_reset, Code::truncated_tls);
    return AnyOf(Code::upstream_closed, Code::upstream_reset);
  }
  // What a client sees of an upstream that has not answered; its connection goes on.
  void expect_bad_gateway(Caller& caller, Talk& asked) {
    asked.expect(502);
    EXPECT_THAT(asked.field("proxy-status"), testing::StartsWith("gladhand; error=connection_terminated"));
    const ExchangeRecord& record = records.exchanges.back();
    EXPECT_THAT(record.error, lost_upstream());
    EXPECT_EQ(record.status, 502);
    EXPECT_EQ(record.attempts, 1);
    caller.expect_open();
    expect_no_dial();
  }
};

TEST_P(UpstreamGoes, before_it_answers) {
  Caller caller = this->caller();
  for (const Manner manner : kManners) {
    SCOPED_TRACE(name_of(manner));
    Talk& asked = caller.get("/");
    Origin origin = this->origin();
    Talk& heard = origin.expect_request("GET", "/");
    go(origin, heard, manner);
    expect_bad_gateway(caller, asked);
    if (manner == Manner::reset) expect_only_stream_gone(upstream_line(), origin);
    origin.vanish();
    stage.run_until_quiet();
  }
  Talk& asked = caller.get("/after");
  Origin origin = this->origin();
  serve(origin, asked, "/after");
}

TEST_P(UpstreamGoes, before_it_answers_a_post) {
  Caller caller = this->caller();
  for (const Manner manner : kManners) {
    SCOPED_TRACE(name_of(manner));
    Talk& asked = caller.post("/pay", "100");
    Origin origin = this->origin();
    Talk& heard = origin.expect_request("POST", "/pay");
    go(origin, heard, manner);
    expect_bad_gateway(caller, asked);
    origin.vanish();
    stage.run_until_quiet();
  }
}

TEST_P(UpstreamGoes, while_the_body_goes_up) {
  for (const Manner manner : kManners) {
    SCOPED_TRACE(name_of(manner));
    Caller caller = this->caller();
    Talk& asked = caller.begin("POST", "/", 1000);
    asked.say("part");
    Origin origin = this->origin();
    Talk& heard = origin.expect_head("POST", "/");
    heard.expect_heard(4);
    go(origin, heard, manner);
    asked.expect(502);
    EXPECT_THAT(last_exchange().error, lost_upstream());
    if (manner == Manner::reset) expect_only_stream_gone(upstream_line(), origin);
    if (client_line().is_shared()) {
      Talk& next = caller.get("/next");
      if (manner != Manner::reset || !upstream_line().is_shared()) {
        Origin fresh = this->origin();
        serve(fresh, next, "/next");
        fresh.vanish();
      } else {
        serve(origin, next, "/next");
      }
    }
    origin.vanish();
    stage.run_until_quiet();
  }
}

TEST_P(UpstreamGoes, in_the_middle_of_its_answer) {
  for (const Manner manner : kManners) {
    SCOPED_TRACE(name_of(manner));
    Caller caller = this->caller();
    Talk& asked = caller.get("/");
    Origin origin = this->origin();
    Talk& heard = origin.expect_request("GET", "/");
    heard.begin_reply(200, 100).say("part");
    asked.expect_head(200).expect_heard(4);
    go(origin, heard, manner);
    asked.expect_broken();
    EXPECT_EQ(asked.body, "part");
    expect_only_stream_gone(client_line(), caller);
    const ExchangeRecord& record = last_exchange();
    EXPECT_THAT(record.error, AnyOf(lost_upstream(), Code::truncated_response));
    EXPECT_EQ(record.status, 200);
    EXPECT_EQ(record.response_body_bytes, 4u);
    if (client_line().is_shared()) {
      Talk& next = caller.get("/next");
      if (manner != Manner::reset || !upstream_line().is_shared()) {
        Origin fresh = this->origin();
        serve(fresh, next, "/next");
        fresh.vanish();
      } else {
        serve(origin, next, "/next");
      }
    }
    origin.vanish();
    stage.run_until_quiet();
  }
}

TEST_P(UpstreamGoes, in_the_middle_of_an_answer_of_unknown_length) {
  for (const Manner manner : kManners) {
    SCOPED_TRACE(name_of(manner));
    Caller caller = this->caller();
    Talk& asked = caller.get("/");
    Origin origin = this->origin();
    Talk& heard = origin.expect_request("GET", "/");
    heard.begin_reply(200).say("part");
    asked.expect_head(200).expect_heard(4);
    go(origin, heard, manner);
    asked.expect_broken();
    EXPECT_THAT(last_exchange().error, AnyOf(lost_upstream(), Code::truncated_response));
    origin.vanish();
    stage.run_until_quiet();
  }
}

TEST_P(UpstreamGoes, a_get_on_a_used_connection_that_dies_is_asked_once_more) {
  Caller caller = this->caller();
  for (const Manner manner : {Manner::vanish, Manner::close}) {
    SCOPED_TRACE(name_of(manner));
    Talk& warm = caller.get("/warm");
    Origin old = this->origin();
    serve(old, warm, "/warm");
    Talk& asked = caller.get("/again");
    go(old, old.expect_request("GET", "/again"), manner);
    Origin fresh = this->origin();
    serve(fresh, asked, "/again");
    const ExchangeRecord& record = last_exchange();
    EXPECT_EQ(record.attempts, 2);
    EXPECT_EQ(record.error, Code::ok);
    fresh.vanish();
    stage.run_until_quiet();
  }
}

TEST_P(UpstreamGoes, a_get_whose_used_connection_and_whose_server_die_was_answered_by_nobody) {
  Caller caller = this->caller();
  Talk& warm = caller.get("/warm");
  Origin old = this->origin();
  serve(old, warm, "/warm");
  Talk& asked = caller.get("/again");
  old.expect_request("GET", "/again");
  endpoint().close();
  old.vanish();
  asked.expect(502);
  const ExchangeRecord& record = last_exchange();
  EXPECT_EQ(record.error, Code::refused);
  EXPECT_EQ(record.attempts, 2);
  EXPECT_EQ(record.endpoint, "");
}

TEST_P(UpstreamGoes, a_post_on_a_used_connection_that_dies_is_not) {
  Caller caller = this->caller();
  Talk& warm = caller.get("/warm");
  Origin old = this->origin();
  serve(old, warm, "/warm");
  Talk& asked = caller.post("/pay", "100");
  old.expect_request("POST", "/pay");
  old.vanish();
  asked.expect(502);
  expect_no_dial();
  EXPECT_EQ(exchange(1).attempts, 1);
}

TEST_P(UpstreamGoes, an_upstream_that_is_late_is_answered_for_with_504) {
  app().timeouts.first_byte = milliseconds(80);
  Caller caller = this->caller();
  Talk& asked = caller.get("/");
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("GET", "/");
  asked.expect(504);
  EXPECT_EQ(exchange().error, Code::response_timeout);
  heard.expect_lost();
  expect_only_stream_gone(upstream_line(), origin);
  caller.expect_open();
}

TEST_P(UpstreamGoes, an_upstream_that_refuses_is_answered_for_with_502) {
  Caller caller = this->caller();
  endpoint().close();
  Talk& asked = caller.get("/");
  asked.expect(502);
  EXPECT_EQ(exchange().error, Code::refused);
  caller.expect_open();
}

GLADHAND_ON_EVERY_WAY(UpstreamGoes);

}  // namespace
}  // namespace gladhand::test
