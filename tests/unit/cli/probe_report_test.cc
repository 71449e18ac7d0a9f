#include "cli/probe_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/probe_diagram.h"
#include "cli/probe_json.h"
#include "unit/cli/probe_samples.h"

namespace gladhand::cli {
namespace {

using testing::AllOf;
using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

std::string waterfall(const Sample& sample, bool is_coloured = false) { return waterfall_text(plan_for("https://example.com/"), sample, kNow, is_coloured); }

TEST(ProbeReport, a_waterfall_has_the_facts_and_the_phases_that_took_place) {
  const std::string text = waterfall(tls_sample(false));
  EXPECT_THAT(text, AllOf(HasSubstr("https://example.com/  200 OK, HTTP/1.1, in 7.000 ms"), HasSubstr("192.0.2.1:80, TCP round trip 1.500 ms"),
                          HasSubstr("1.3, TLS_AES_128_GCM_SHA256, key exchange X25519, signed by ecdsa_sha256, full handshake, ALPN h2"),
                          HasSubstr("0.500 ms for the ServerHello, beside a TCP round trip of 1.500 ms"), HasSubstr("CN=example.com, issued by CN=Some authority"),
                          HasSubstr("valid until 2027-02-19, 90 days left"), HasSubstr("the certificate is trusted")));
  EXPECT_THAT(text, ContainsRegex("tcp +1.000 ms +2.000 ms"));
  EXPECT_THAT(text, ContainsRegex("tls_compute +0.300 ms\n")) << "nobody knows when: it has no bar";
  EXPECT_THAT(text, Not(HasSubstr("h2_settings")));
  EXPECT_THAT(text, Not(HasSubstr("renew")));
}

TEST(ProbeReport, a_resumed_session_shows_no_certificate) {
  const std::string text = waterfall(tls_sample(true));
  EXPECT_THAT(text, HasSubstr("resumed by psk"));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("certificate")), Not(HasSubstr("tls_verify")), Not(HasSubstr("signed by"))));
}

// The bars share one scale: 7 ms are 40 columns, so that the wait from 3 to 7 ms begins in column 17 and is 23 long.
TEST(ProbeReport, bars_stand_where_their_phases_are) {
  const std::string text = waterfall(plain_sample());
  std::string blocks;
  for (int i = 0; i < 23; ++i) blocks += "█";
  EXPECT_THAT(text, HasSubstr("  4.000 ms  " + std::string(17, ' ') + blocks + "\n"));
  EXPECT_THAT(text, HasSubstr("  1.000 ms  █████\n"));
}

TEST(ProbeReport, a_certificate_that_will_soon_expire_is_warned_of) {
  Sample sample = tls_sample(false);
  sample.target.chain.front().not_after = kNow + 14 * 24h - 1s;
  EXPECT_THAT(waterfall(sample), HasSubstr("13 days left: renew it soon"));
  sample.target.chain.front().not_after = kNow + 14 * 24h;
  EXPECT_THAT(waterfall(sample), AllOf(HasSubstr("14 days left"), Not(HasSubstr("renew"))));
  sample.target.chain.front().not_after = kNow - 25h;
  EXPECT_THAT(waterfall(sample), HasSubstr("expired 1 day ago"));
}

TEST(ProbeReport, an_answer_that_was_left_says_so_and_its_close_has_no_place_on_the_scale) {
  Sample sample = plain_sample();
  sample.is_left = true;
  sample.target.connection.timeline.mark(ConnectionMark::closing, 1107ms);
  sample.target.connection.timeline.mark(ConnectionMark::closed, 1108ms);
  sample.target.connection.close.is_complete = true;
  const std::string text = waterfall(sample);
  EXPECT_THAT(text, HasSubstr("in 7.000 ms to its head; the rest was left"));
  EXPECT_THAT(text, ContainsRegex("close +1.000 ms\n"));
  EXPECT_THAT(text, HasSubstr("  1.000 ms  █████\n"));
}

TEST(ProbeReport, colour_is_for_those_who_want_it) {
  EXPECT_THAT(waterfall(tls_sample(false)), Not(HasSubstr("\x1b")));
  EXPECT_THAT(waterfall(tls_sample(false), true), HasSubstr("\x1b[32m200 OK\x1b[0m"));
}

TEST(ProbeReport, what_strangers_wrote_into_certificates_is_made_harmless) {
  Sample sample = tls_sample(false);
  sample.target.chain.front().subject = "CN=\x1b]0;title\x07";
  sample.target.chain.front().names = {"a\nb"};
  const std::string text = waterfall(sample);
  EXPECT_THAT(text, AllOf(Not(HasSubstr("\x1b")), Not(HasSubstr("\x07")), Not(HasSubstr("a\nb"))));
}

TEST(ProbeReport, a_failure_before_anything_happened_shows_nothing) {
  EXPECT_EQ(waterfall(Sample()), "");
  EXPECT_EQ(diagram_text(plan_for("http://example.com"), Sample()), "");
}

TEST(ProbeReport, a_proxys_phases_are_called_so) {
  ProbePlan plan = plan_for("https://example.com/");
  plan.via = *parse_proxy_url("http://proxy.example:3128");
  const std::string text = waterfall_text(plan, through_proxy(tls_sample(false)), kNow, false);
  EXPECT_THAT(text, AllOf(HasSubstr("proxy tcp"), HasSubstr("  connect_tunnel"), HasSubstr("proxy         192.0.2.9:3128")));
}

TEST(ProbeReport, many_are_a_table_that_says_of_how_many_a_phase_was_known) {
  std::vector<Sample> samples;
  samples.push_back(plain_sample());
  samples.push_back(plain_sample());
  samples.back().target.connection.timeline.mark(ConnectionMark::closing, 108ms);
  samples.back().target.connection.timeline.mark(ConnectionMark::closed, 109ms);
  samples.back().target.connection.close.is_complete = true;
  samples.emplace_back().trouble = {ProbeExit::tcp, Code::refused, "refused"};
  const std::string text = summary_text(plan_for("http://example.com/"), samples, kNow, false);
  EXPECT_THAT(text, AllOf(HasSubstr("all (2)"), HasSubstr("2 of 3 went well")));
  EXPECT_THAT(text, ContainsRegex("close +1.000 ms .*  in 1\n"));
  EXPECT_THAT(text, ContainsRegex("total +7.000 ms +7.000 ms +7.000 ms +7.000 ms +7.000 ms\n"));
}

TEST(ProbeJson, times_are_microseconds_under_the_names_of_the_table) {
  std::vector<Sample> samples;
  samples.push_back(tls_sample(false));
  const std::string json = probe_json(plan_for("https://example.com/"), samples, kNow);
  EXPECT_THAT(json, HasSubstr(R"("time":"2026-11-21T12:00:00Z","url":"https://example.com/","connections":[{"ok":true,"start":0,"duration":7000,"status":200)"));
  EXPECT_THAT(json, HasSubstr(R"("dns":1000,"tcp":2000,"tls_server_reply":500,"tls_verify":200,"tls":800,"tls_compute":300,"first_byte":4000})"));
  EXPECT_THAT(json, HasSubstr(R"("not_after":"2027-02-19T12:00:00Z","expired":false,"days_left":90})"));
  EXPECT_THAT(json, HasSubstr(R"("statistics":{"full":{"count":1,)"));
  EXPECT_TRUE(json.ends_with("}\n"));
}

TEST(ProbeJson, a_failure_tells_its_exit_code_and_its_message_and_no_status) {
  std::vector<Sample> samples;
  samples.emplace_back().trouble = {ProbeExit::dns, Code::dns_failure, "no \"name\""};
  const std::string json = probe_json(plan_for("https://example.com/"), samples, kNow);
  EXPECT_THAT(json, HasSubstr(R"({"ok":false,"exit":10,"error":"dns_failure","message":"no \"name\"","start":0,"duration":0,"upstream":{"stage":"started"}})"));
}

TEST(ProbeDiagram, the_target_behind_a_proxy_has_a_lane_and_no_tcp_of_its_own) {
  ProbePlan plan = plan_for("https://example.com/");
  plan.via = *parse_proxy_url("http://proxy.example:3128");
  Sample sample = through_proxy(tls_sample(false));
  sample.target.peer = "example.com:443";
  auto& marks = sample.target.connection.timeline;
  marks = {};
  marks.mark(ConnectionMark::connected, 107ms);
  sample.target.connection.messages.add({timeline::TlsMessageType::client_hello, true, 512, 108ms});
  const std::string text = diagram_text(plan, sample);
  EXPECT_THAT(text, AllOf(HasSubstr("participant U as proxy 192.0.2.9:3128\n"), HasSubstr("participant V as target example.com:443\n")));
  EXPECT_THAT(text, AllOf(HasSubstr("Note over G: looks for proxy.example<br/>-1.000 ms"), HasSubstr("G->>U: CONNECT example.com")));
  EXPECT_THAT(text, HasSubstr("G->>V: ClientHello, 512 bytes<br/>7.000 ms"));
  EXPECT_THAT(text, Not(HasSubstr("V->>G: SYN-ACK")));
}

}  // namespace
}  // namespace gladhand::cli
