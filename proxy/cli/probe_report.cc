#include "cli/probe_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/paint.h"
#include "cli/probe_statistics.h"
#include "cli/probe_trouble.h"
#include "config/printable.h"

namespace gladhand::cli {
namespace {

using config::printable;
using timeline::ConnectionMark;

constexpr std::chrono::days kSoon{14};
constexpr std::size_t kBar = 40;

Colour colour_of(const timeline::Phase& phase) {
  if (phase.tls_only) return Colour::magenta;
  if (phase.name == "dns") return Colour::cyan;
  return phase.name == "tcp" ? Colour::green : Colour::blue;
}

double millis(Nanos time) { return static_cast<double>(time.count()) / 1e6; }
std::string time_text(Nanos time) { return fmt::format("{:.3f} ms", millis(time)); }

void line(std::string& to, std::string_view key, std::string_view value) { to += fmt::format("  {:<14}{}\n", key, value); }

// What the connection was agreed on.
std::string tls_text(const timeline::TlsFacts& tls) {
  std::string text = fmt::format("{}, {}", timeline::kTlsVersionNames[timeline::index(tls.version)], tls.cipher);
  if (!tls.group.empty()) text += fmt::format(", key exchange {}", tls.group);
  if (!tls.signature.empty()) text += fmt::format(", signed by {}", tls.signature);
  text += tls.resumed ? fmt::format(", resumed by {}", timeline::kResumptionNames[timeline::index(tls.resumption)]) : ", full handshake";
  if (tls.retried) text += " after a HelloRetryRequest";
  text += tls.alpn.empty() ? ", no ALPN" : fmt::format(", ALPN {}", tls.alpn);
  return text;
}

std::string fast_open_text(const timeline::TcpFacts& tcp) {
  std::string text(timeline::name(tcp.fast_open));
  std::ranges::replace(text, '_', ' ');
  if (tcp.fast_open == timeline::FastOpen::accepted && tcp.handshake_rtt) text += fmt::format(", which saved a round trip of {}", time_text(*tcp.handshake_rtt));
  return text;
}

// The wait for a server's TLS reply beside the network's share of it.
void add_wait(std::string& to, const Leg& leg) {
  const auto reply = leg.connection.timeline.between(ConnectionMark::client_hello, ConnectionMark::server_hello);
  const auto round_trip = leg.connection.tcp.handshake_rtt;
  if (!reply || !round_trip) return;
  line(to, "TLS wait", fmt::format("{} for the ServerHello, beside a TCP round trip of {}", time_text(*reply), time_text(*round_trip)));
}

void add_certificates(std::string& to, const Leg& leg, std::chrono::sys_seconds now, bool is_coloured) {
  for (std::size_t i = 0; i < leg.chain.size(); ++i) {
    const tls::ShownCertificate& one = leg.chain[i];
    line(to, i == 0 ? "certificate" : "signed by", fmt::format("{}, issued by {}", printable(one.subject), printable(one.issuer)));
    if (!one.names.empty()) line(to, "", fmt::format("for {}", printable(fmt::format("{}", fmt::join(one.names, ", ")))));
    const auto left = one.not_after - now;
    const bool is_past = left < std::chrono::seconds(0);
    const std::string span = is_past ? fmt::format("expired {} ago", span_text(-left)) : fmt::format("{} left", span_text(left));
    const Colour colour = is_past ? Colour::red : left < kSoon ? Colour::yellow : Colour::none;
    const std::string_view warning = !is_past && left < kSoon ? ": renew it soon" : "";
    line(to, "", paint(fmt::format("valid until {}, {}{}", date_text(one.not_after), span, warning), colour, is_coloured));
  }
  if (!leg.problem) return;
  const std::string verdict = leg.problem->empty() ? "the certificate is trusted, and for this name" : fmt::format("the certificate is not trusted: {}", *leg.problem);
  line(to, "verification", paint(verdict, leg.problem->empty() ? Colour::green : Colour::red, is_coloured));
}

void add_facts(std::string& to, const Leg& leg, std::string_view who, std::chrono::sys_seconds now, bool is_coloured) {
  const timeline::ConnectionRecord& connection = leg.connection;
  std::string address = leg.peer;
  if (connection.tcp.handshake_rtt) address += fmt::format(", TCP round trip {}", time_text(*connection.tcp.handshake_rtt));
  if (leg.attempts > 1) address += fmt::format(", address number {} of its name: those before could not be reached", leg.attempts);
  if (connection.tcp.retransmits) address += fmt::format(", {} SYN sent again", connection.tcp.retransmits);
  if (!address.empty()) line(to, who, address);
  if (connection.tcp.fast_open != timeline::FastOpen::unasked) line(to, "TCP Fast Open", fast_open_text(connection.tcp));
  if (connection.tls.version != timeline::TlsVersion::none) line(to, "TLS", tls_text(connection.tls));
  add_wait(to, leg);
  add_certificates(to, leg, now, is_coloured);
}

void add_bars(std::string& to, const std::vector<std::pair<std::string, PhaseTime>>& rows, bool is_coloured) {
  Nanos span{1};
  for (const auto& [label, phase] : rows) span = std::max(span, phase.from.value_or(Nanos::zero()) + phase.took);
  const auto column = [&](Nanos at) { return static_cast<std::size_t>(at.count() * std::int64_t{kBar} / span.count()); };
  to += fmt::format("\n  {:<22}{:>12}{:>12}\n", "phase", "start", "took");
  for (const auto& [label, phase] : rows) {
    to += fmt::format("  {:<22}{:>12}{:>12}", label, phase.from ? time_text(*phase.from) : "", time_text(phase.took));
    if (phase.from) {
      const std::size_t begin = std::min(column(*phase.from), kBar - 1);
      const std::size_t end = std::clamp(column(*phase.from + phase.took), begin, kBar);
      std::string bar = end > begin ? "" : "▏";
      for (std::size_t i = begin; i < end; ++i) bar += "█";
      to += fmt::format("  {:{}}{}", "", begin, paint(bar, colour_of(*phase.row), is_coloured));
    }
    to += '\n';
  }
}

void add_table(std::string& to, const Group& group, bool is_coloured) {
  const std::string title = fmt::format("{} ({})", group.name, group.count);
  to += fmt::format("\n  {}{:>12}{:>12}{:>12}{:>12}{:>12}\n", paint(fmt::format("{:<26}", title), Colour::bold, is_coloured), "min", "p50", "p95", "p99", "max");
  for (const PhaseStatistics& phase : group.phases) {
    const Distribution& d = phase.times;
    const std::string label = phase.leg == "proxy" && phase.name != "connect_tunnel" ? fmt::format("proxy {}", phase.name) : std::string(phase.name);
    const std::string missing = d.count == group.count ? "" : fmt::format("  in {}", d.count);
    to += fmt::format("  {:<26}{:>9.3f} ms{:>9.3f} ms{:>9.3f} ms{:>9.3f} ms{:>9.3f} ms{}\n", label, millis(d.least), millis(d.p50), millis(d.p95), millis(d.p99),
                      millis(d.most), missing);
  }
}

// How many connections fared how; the facts above are those of the first alone.
void add_fast_open(std::string& to, std::span<const Sample> samples) {
  std::array<std::size_t, static_cast<std::size_t>(timeline::FastOpen::count_)> counts{};
  for (const Sample& sample : samples) ++counts[timeline::index(sample.first_leg().connection.tcp.fast_open)];
  for (std::size_t i = 1; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const auto outcome = static_cast<timeline::FastOpen>(i);
    const auto one = std::ranges::find_if(samples, [outcome](const Sample& sample) { return sample.first_leg().connection.tcp.fast_open == outcome; });
    line(to, "", fmt::format("{} of {}: {}", counts[i], samples.size(), fast_open_text(one->first_leg().connection.tcp)));
  }
}

std::string heading(const ProbePlan& plan, const Sample& sample, bool is_coloured) {
  std::string text = paint(printable(plan.url.text), Colour::bold, is_coloured);
  if (sample.status) {
    const Colour colour = sample.is_ok() ? Colour::green : Colour::red;
    text += fmt::format("  {}, HTTP/{}, in {}{}", paint(status_text(sample.status), colour, is_coloured), sample.version, time_text(sample.took),
                        sample.is_left ? " to its head; the rest was left" : "");
  }
  return text + '\n';
}

}  // namespace

std::string waterfall_text(const ProbePlan& plan, const Sample& sample, std::chrono::sys_seconds now, bool is_coloured) {
  std::vector<std::pair<std::string, PhaseTime>> rows;
  if (sample.proxy) {
    for (const PhaseTime& phase : phases_of(*sample.proxy, sample.begun)) {
      // The proxy's connection ends with the target's: one close is enough to look at.
      if (phase.name != "close") rows.emplace_back(phase.name == "connect_tunnel" ? std::string(phase.name) : fmt::format("proxy {}", phase.name), phase);
    }
  }
  for (const PhaseTime& phase : phases_of(sample.target, sample.begun)) rows.emplace_back(phase.name, phase);
  if (rows.empty()) return {};
  // When we lost patience is not worth a place on the scale.
  if (sample.is_left && rows.back().first == "close") rows.back().second.from.reset();
  std::string text = heading(plan, sample, is_coloured);
  if (sample.proxy) add_facts(text, *sample.proxy, "proxy", now, is_coloured);
  add_facts(text, sample.target, sample.proxy ? "through it" : "address", now, is_coloured);
  add_bars(text, rows, is_coloured);
  return text;
}

std::string summary_text(const ProbePlan& plan, std::span<const Sample> samples, std::chrono::sys_seconds now, bool is_coloured) {
  const auto first = std::ranges::find_if(samples, [](const Sample& sample) { return sample.status != 0; });
  std::string text;
  if (first != samples.end()) {
    text = heading(plan, *first, is_coloured);
    if (first->proxy) add_facts(text, *first->proxy, "proxy", now, is_coloured);
    add_facts(text, first->target, first->proxy ? "through it" : "address", now, is_coloured);
  }
  add_fast_open(text, samples);
  for (const Group& group : groups_of(samples)) add_table(text, group, is_coloured);
  const auto failed = std::ranges::count_if(samples, [](const Sample& sample) { return !sample.is_ok(); });
  text += fmt::format("\n  {} of {} went well\n", samples.size() - static_cast<std::size_t>(failed), samples.size());
  return text;
}

}  // namespace gladhand::cli
