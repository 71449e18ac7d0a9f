#include "cli/probe_trouble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/probe_samples.h"

namespace gladhand::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// How far a connection got.
Leg leg_until(std::initializer_list<ConnectionMark> marks, bool is_tls = true) {
  Leg leg;
  leg.connection.is_tls = is_tls;
  leg.peer = "192.0.2.1:443";
  Nanos at = 1ms;
  for (const ConnectionMark mark : marks) leg.connection.timeline.mark(mark, at += 1ms);
  return leg;
}

TEST(ProbeTrouble, the_exit_code_tells_how_far_it_got) {
  const ProbePlan plan = plan_for("https://example.com");
  using enum ConnectionMark;
  const auto exit = [&](const Leg& leg, Code code) { return explain(plan, leg, false, {code}).exit; };
  EXPECT_EQ(exit(leg_until({}), Code::dns_failure), ProbeExit::dns);
  EXPECT_EQ(exit(leg_until({}), Code::timeout), ProbeExit::dns);
  EXPECT_EQ(exit(leg_until({started}), Code::refused), ProbeExit::tcp);
  EXPECT_EQ(exit(leg_until({started}), Code::timeout), ProbeExit::tcp);
  EXPECT_EQ(exit(leg_until({started, connected, client_hello}), Code::timeout), ProbeExit::tls);
  EXPECT_EQ(exit(leg_until({started, connected, client_hello}), Code::unknown_ca), ProbeExit::tls);
  EXPECT_EQ(exit(leg_until({started, connected, client_hello, secured, ready}), Code::upstream_closed), ProbeExit::http);
  EXPECT_EQ(exit(leg_until({started, connected, ready}, false), Code::timeout), ProbeExit::http);
  EXPECT_EQ(exit(leg_until({connected, client_hello}), Code::timeout), ProbeExit::tls) << "in a tunnel nobody dialled";
  EXPECT_EQ(exit(leg_until({connected}, false), Code::upstream_closed), ProbeExit::http) << "where there is no TLS it cannot fail";
}

TEST(ProbeTrouble, a_timeout_tells_its_limit_and_what_was_waited_for) {
  const auto trouble = explain(plan_for("https://example.com"), leg_until({ConnectionMark::started}), false, {Code::timeout});
  EXPECT_THAT(trouble.text, AllOf(HasSubstr("example.com:443"), HasSubstr("10s"), HasSubstr("for the TCP connection"), HasSubstr("--timeout")));
}

TEST(ProbeTrouble, the_proxy_is_blamed_for_what_is_its_own) {
  ProbePlan plan = plan_for("https://example.com");
  plan.via = *parse_proxy_url("http://proxy.example:3128");
  const auto trouble = explain(plan, leg_until({ConnectionMark::started}), true, {Code::refused});
  EXPECT_THAT(trouble.text, AllOf(HasSubstr("the proxy proxy.example:3128"), Not(HasSubstr("example.com"))));
}

TEST(ProbeTrouble, an_alert_is_named_and_that_of_a_missing_protocol_explained) {
  ProbePlan plan = plan_for("https://example.com");
  Leg leg = leg_until({ConnectionMark::started, ConnectionMark::connected, ConnectionMark::client_hello});
  leg.connection.tls.alert_received = 40;
  EXPECT_THAT(explain(plan, leg, false, {Code::alert_received}).text, HasSubstr("handshake_failure"));
  leg.connection.tls.alert_received = 120;
  EXPECT_THAT(explain(plan, leg, false, {Code::alert_received}).text, HasSubstr("no_application_protocol"));
  plan.wants_http2 = true;
  EXPECT_THAT(explain(plan, leg, false, {Code::alert_received}).text, HasSubstr("leave --http2 out"));
}

TEST(ProbeTrouble, a_certificate_that_is_out_of_date_tells_since_when) {
  Leg leg;
  leg.chain = {certificate("CN=example.com", kNow - 3 * 24h - 1h)};
  EXPECT_THAT(certificate_problem(leg, Code::expired_certificate, "example.com", kNow),
              AllOf(HasSubstr("has expired 3 days ago (2026-11-18): CN=example.com"), HasSubstr("--insecure probes on")));
  leg.chain.front().not_after = kNow + 24h;
  leg.chain.front().not_before = kNow + 2h;
  EXPECT_THAT(certificate_problem(leg, Code::expired_certificate, "example.com", kNow), HasSubstr("another 2 hours (from 2026-11-21)"));
}

TEST(ProbeTrouble, of_a_chain_the_certificate_that_has_expired_is_named) {
  Leg leg;
  leg.chain = {certificate("CN=example.com", kNow + 24h), certificate("CN=Old authority", kNow - 24h)};
  EXPECT_THAT(certificate_problem(leg, Code::expired_certificate, "example.com", kNow), HasSubstr("1 day ago (2026-11-20): CN=Old authority"));
}

TEST(ProbeTrouble, a_certificate_for_others_tells_whose_it_is) {
  Leg leg;
  leg.chain = {certificate("CN=example.com", kNow + 24h)};
  EXPECT_THAT(certificate_problem(leg, Code::hostname_mismatch, "other.example", kNow), HasSubstr("is for example.com, 192.0.2.1, not for other.example"));
}

TEST(ProbeTrouble, names_of_strangers_do_not_reach_the_terminal_as_they_are) {
  Leg leg;
  leg.chain = {certificate("CN=\x1b[31mred", kNow - 24h)};
  leg.chain.front().names = {"\x1b[2J"};
  EXPECT_THAT(certificate_problem(leg, Code::expired_certificate, "x", kNow), Not(HasSubstr("\x1b")));
  EXPECT_THAT(certificate_problem(leg, Code::hostname_mismatch, "x", kNow), Not(HasSubstr("\x1b")));
  EXPECT_THAT(certificate_problem(leg, Code::unknown_ca, "x", kNow), Not(HasSubstr("\x1b")));
}

TEST(ProbeTrouble, spans_are_told_in_their_largest_unit) {
  EXPECT_EQ(span_text(1s), "1 second");
  EXPECT_EQ(span_text(59s), "59 seconds");
  EXPECT_EQ(span_text(61s), "1 minute");
  EXPECT_EQ(span_text(23h), "23 hours");
  EXPECT_EQ(span_text(49h), "2 days");
}

}  // namespace
}  // namespace gladhand::cli
