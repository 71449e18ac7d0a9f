#include "cli/probe_trouble.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ctime>

#include "config/printable.h"
#include "config/units.h"
#include "http/reason.h"
#include "timeline/alerts.h"

namespace gladhand::cli {
namespace {

using config::printable;
using timeline::ConnectionMark;

constexpr std::string_view kInsecureCure = "--insecure probes on";

enum class Stage : std::uint8_t { dns, tcp, tls, http };
constexpr ProbeExit exit_of(Stage stage) {
  switch (stage) {
    case Stage::dns: return ProbeExit::dns;
    case Stage::tcp: return ProbeExit::tcp;
    case Stage::tls: return ProbeExit::tls;
    case Stage::http: break;
  }
  return ProbeExit::http;
}
constexpr std::string_view wait_of(Stage stage) {
  switch (stage) {
    case Stage::dns: return "for its address";
    case Stage::tcp: return "for the TCP connection";
    case Stage::tls: return "in the TLS handshake";
    case Stage::http: break;
  }
  return "for its answer";
}

Stage stage_of(const Leg& leg, Error error) {
  const auto& marks = leg.connection.timeline;
  if (error.code == Code::dns_failure) return Stage::dns;
  if (!marks.has(ConnectionMark::connected)) return marks.has(ConnectionMark::started) ? Stage::tcp : Stage::dns;
  return marks.has(ConnectionMark::ready) || !leg.connection.is_tls ? Stage::http : Stage::tls;
}

bool is_about_certificate(Code code) {
  return code == Code::expired_certificate || code == Code::unknown_ca || code == Code::hostname_mismatch;
}

struct Context {
  const ProbePlan& plan;
  const Leg& leg;
  Error error;
  std::string who;  // whom it is about
  const ProbeUrl& url;
};

std::string explain_tcp(const Context& c) {
  const std::string address = c.leg.peer.empty() || c.who.ends_with(c.leg.peer) ? c.who : fmt::format("{} ({})", c.who, c.leg.peer);
  if (c.error.code == Code::refused) return fmt::format("{} refused the connection: nothing listens there; start the server, or name another port", address);
  if (c.error.code == Code::unreachable) return fmt::format("no way leads to {}; check the route and the firewall", address);
  return fmt::format("no connection to {}: {}", address, row(c.error.code).help);
}

std::string explain_tls(const Context& c) {
  if (is_about_certificate(c.error.code)) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return fmt::format("{}: {}", c.who, certificate_problem(c.leg, c.error.code, c.url.host, now));
  }
  const auto alert = c.leg.connection.tls.alert_received;
  const bool has_no_protocol = c.error.code == Code::no_shared_alpn || (alert && timeline::alert_name(*alert) == "no_application_protocol");
  if (has_no_protocol && c.plan.wants_http2) return fmt::format("{} does not speak HTTP/2; leave --http2 out to see what it speaks", c.who);
  if (alert) {
    return fmt::format("{} ended the TLS handshake with the alert {}; its own log may say why", c.who, timeline::alert_name(*alert));
  }
  if (c.error.code == Code::protocol_error && !c.leg.connection.timeline.has(ConnectionMark::server_hello)) {
    return fmt::format("{} does not seem to speak TLS ({}); is it {}://?", c.who, c.error.detail, c.url.is_websocket ? "ws" : "http");
  }
  const std::string_view why = c.error.detail.empty() ? row(c.error.code).help : c.error.detail;
  return fmt::format("the TLS handshake with {} failed: {}", c.who, why);
}

std::string explain_http(const Context& c) {
  const bool has_spoken = c.leg.connection.timeline.has(ConnectionMark::first_byte);
  const std::string_view why = c.error.detail.empty() ? row(c.error.code).help : c.error.detail;
  if (c.leg.exchange.status) return fmt::format("{} broke its answer off: {}", c.who, why);
  const bool is_closed = c.error.code == Code::upstream_closed || c.error.code == Code::reset || c.error.code == Code::upstream_reset;
  if (is_closed && !has_spoken && !c.url.is_tls()) return fmt::format("{} closed the connection without an answer; if it speaks TLS, ask by https://", c.who);
  return fmt::format("no answer from {}: {}", c.who, why);
}

}  // namespace

Trouble explain(const ProbePlan& plan, const Leg& leg, bool is_proxy, Error error) {
  const ProbeUrl& url = is_proxy ? *plan.via : plan.url;
  const Context context{plan, leg, error, fmt::format("{}{}", is_proxy ? "the proxy " : "", url.host_and_port()), url};
  const Stage stage = stage_of(leg, error);
  const auto text = [&]() -> std::string {
    if (error.code == Code::timeout) {
      const std::string limit = config::duration_text(std::chrono::duration_cast<config::Millis>(plan.timeout));
      return fmt::format("{} took longer than {} {}; --timeout allows more", context.who, limit, wait_of(stage));
    }
    switch (stage) {
      case Stage::dns: return fmt::format("the name {} did not resolve; check its spelling, and the resolver of this machine", printable(url.host));
      case Stage::tcp: return explain_tcp(context);
      case Stage::tls: return explain_tls(context);
      case Stage::http: break;
    }
    return explain_http(context);
  };
  return {exit_of(stage), error.code, text()};
}

std::string status_text(std::uint16_t status) {
  const std::string_view phrase = http::reason_phrase(status);
  return phrase.empty() ? fmt::format("{}", status) : fmt::format("{} {}", status, phrase);
}

std::string certificate_problem(const Leg& leg, Code code, std::string_view host, std::chrono::sys_seconds now) {
  if (leg.chain.empty()) return fmt::format("{}; {}", row(code).help, kInsecureCure);
  const tls::ShownCertificate& own = leg.chain.front();
  const std::string subject = printable(own.subject.empty() ? "a certificate without a subject" : own.subject);
  if (code == Code::hostname_mismatch) {
    const std::string names = own.names.empty() ? "nobody" : printable(fmt::format("{}", fmt::join(own.names, ", ")));
    return fmt::format("the certificate is for {}, not for {}; ask by one of its names, or {}", names, printable(host), kInsecureCure);
  }
  if (code == Code::expired_certificate) {
    for (const tls::ShownCertificate& one : leg.chain) {
      const std::string whose = printable(one.subject);
      if (one.not_after < now) {
        return fmt::format("a certificate has expired {} ago ({}): {}; renew it, or {}", span_text(now - one.not_after), date_text(one.not_after), whose, kInsecureCure);
      }
      if (one.not_before > now) {
        return fmt::format("a certificate will not be valid for another {} (from {}): {}; check the clock of this machine, or {}", span_text(one.not_before - now),
                           date_text(one.not_before), whose, kInsecureCure);
      }
    }
  }
  return fmt::format("nobody who is trusted here vouches for its certificate ({}): {}, issued by {}; trust its authority with --cacert FILE, or {}",
                     leg.problem.value_or("unknown issuer"), subject, printable(own.issuer), kInsecureCure);
}

std::string span_text(std::chrono::seconds span) {
  const auto count = [](std::int64_t n, std::string_view unit) { return fmt::format("{} {}{}", n, unit, n == 1 ? "" : "s"); };
  using namespace std::chrono;
  if (span >= days(1)) return count(span / days(1), "day");
  if (span >= hours(1)) return count(span / hours(1), "hour");
  if (span >= minutes(1)) return count(span / minutes(1), "minute");
  return count(span.count(), "second");
}

std::string date_text(std::chrono::sys_seconds time) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{:04}-{:02}-{:02}", int(date.year()), unsigned(date.month()), unsigned(date.day()));
}

}  // namespace gladhand::cli
