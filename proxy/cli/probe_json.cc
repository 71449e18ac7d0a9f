#include "cli/probe_json.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <memory>

#include "cli/probe_statistics.h"
#include "observe/log_line.h"

namespace gladhand::cli {
namespace {

// Objects and lists, one inside the other: puts the commas. Text is escaped as in the access log.
class Json {
 public:
  void open(std::string_view key, char bracket) {
    member(key);
    text_ += bracket;
    is_first_ = true;
  }
  void close(char bracket) {
    text_ += bracket;
    is_first_ = false;
  }
  void number(std::string_view key, std::uint64_t n) {
    member(key);
    text_ += fmt::format("{}", n);
  }
  void duration(std::string_view key, Nanos time) { number(key, static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0) + 500) / 1000); }
  void flag(std::string_view key, bool value) {
    member(key);
    text_ += value ? "true" : "false";
  }
  void text(std::string_view key, std::string_view value) {
    member(key);
    line_->clear();
    line_->text(value);
    text_ += line_->view();
  }
  // Left out when it is empty.
  void known(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  std::string take() { return std::move(text_) + '\n'; }

 private:
  // An empty key: an element of a list.
  void member(std::string_view key) {
    if (!is_first_) text_ += ',';
    is_first_ = false;
    if (!key.empty()) text_ += fmt::format("\"{}\":", key);
  }

  std::string text_;
  bool is_first_ = true;
  std::unique_ptr<observe::LogLine> line_ = std::make_unique<observe::LogLine>();
};

std::string utc(std::chrono::sys_seconds time) { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time))); }

void add_certificates(Json& json, const Leg& leg, std::chrono::sys_seconds now) {
  if (leg.problem) json.flag("verified", leg.problem->empty());
  if (leg.problem) json.known("verification_error", *leg.problem);
  if (leg.chain.empty()) return;
  json.open("certificates", '[');
  for (const tls::ShownCertificate& one : leg.chain) {
    json.open("", '{');
    json.text("subject", one.subject);
    json.text("issuer", one.issuer);
    json.open("names", '[');
    for (const std::string& name : one.names) json.text("", name);
    json.close(']');
    json.text("not_before", utc(one.not_before));
    json.text("not_after", utc(one.not_after));
    const auto left = std::chrono::floor<std::chrono::days>(one.not_after - now).count();
    json.flag("expired", left < 0);
    if (left >= 0) json.number("days_left", static_cast<std::uint64_t>(left));
    json.close('}');
  }
  json.close(']');
}

void add_leg(Json& json, std::string_view key, const Leg& leg, Nanos begun, std::chrono::sys_seconds now) {
  const timeline::TlsFacts& tls = leg.connection.tls;
  json.open(key, '{');
  json.known("peer", leg.peer);
  if (leg.attempts > 1) json.number("attempts", leg.attempts);
  json.text("stage", timeline::name(leg.connection.stage));
  if (leg.connection.tcp.handshake_rtt) json.duration("tcp_rtt", *leg.connection.tcp.handshake_rtt);
  if (leg.connection.tcp.retransmits) json.number("tcp_retransmits", leg.connection.tcp.retransmits);
  const timeline::TcpFacts& tcp = leg.connection.tcp;
  if (tcp.fast_open != timeline::FastOpen::unasked) json.text("fast_open", timeline::name(tcp.fast_open));
  if (tcp.fast_open == timeline::FastOpen::accepted && tcp.handshake_rtt) json.duration("fast_open_saved", *tcp.handshake_rtt);
  json.known("sni", leg.sni);
  if (tls.retried) json.flag("retried", true);
  if (tls.version != timeline::TlsVersion::none) {
    json.text("tls_version", timeline::kTlsVersionNames[timeline::index(tls.version)]);
    json.known("cipher", tls.cipher);
    json.known("group", tls.group);
    json.known("alpn", tls.alpn);
    json.known("signature", tls.signature);
    json.flag("resumed", tls.resumed);
    if (tls.resumed) json.text("resumption", timeline::kResumptionNames[timeline::index(tls.resumption)]);
  }
  add_certificates(json, leg, now);
  for (const PhaseTime& phase : phases_of(leg, begun)) json.duration(phase.name, phase.took);
  json.close('}');
}

void add_sample(Json& json, const Sample& sample, Nanos first, std::chrono::sys_seconds now) {
  json.open("", '{');
  json.flag("ok", sample.is_ok());
  if (!sample.is_ok()) {
    json.number("exit", static_cast<std::uint64_t>(sample.trouble.exit));
    if (sample.trouble.code != Code::ok) json.text("error", row(sample.trouble.code).name);
    json.text("message", sample.trouble.text);
  }
  json.duration("start", sample.begun - first);
  json.duration("duration", sample.took);
  if (sample.is_left) json.flag("complete", false);
  if (sample.status) {
    json.number("status", sample.status);
    json.text("version", sample.version);
    json.number("response_body_bytes", sample.target.exchange.response_body_bytes);
  }
  if (sample.proxy) add_leg(json, "proxy", *sample.proxy, sample.begun, now);
  if (!sample.proxy || !sample.target.peer.empty()) add_leg(json, "upstream", sample.target, sample.begun, now);
  json.close('}');
}

void add_group(Json& json, const Group& group) {
  json.open(group.name, '{');
  json.number("count", group.count);
  for (const std::string_view leg : {"proxy", "target"}) {
    json.open(leg == "target" ? "upstream" : leg, '{');
    for (const PhaseStatistics& phase : group.phases) {
      if (phase.leg != leg) continue;
      json.open(phase.name == "total" ? "duration" : phase.name, '{');
      json.number("count", phase.times.count);
      json.duration("min", phase.times.least);
      json.duration("p50", phase.times.p50);
      json.duration("p95", phase.times.p95);
      json.duration("p99", phase.times.p99);
      json.duration("max", phase.times.most);
      json.close('}');
    }
    json.close('}');
  }
  json.close('}');
}

}  // namespace

std::string probe_json(const ProbePlan& plan, std::span<const Sample> samples, std::chrono::sys_seconds now) {
  Json json;
  json.open("", '{');
  json.text("time", utc(now));
  json.text("url", plan.url.text);
  if (plan.via) json.text("via", plan.via->text);
  json.open("connections", '[');
  for (const Sample& sample : samples) add_sample(json, sample, samples.front().begun, now);
  json.close(']');
  json.open("statistics", '{');
  for (const Group& group : groups_of(samples)) add_group(json, group);
  json.close('}');
  json.close('}');
  return json.take();
}

}  // namespace gladhand::cli
