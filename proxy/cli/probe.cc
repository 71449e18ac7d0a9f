#include "cli/probe.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "cli/paint.h"
#include "cli/probe_diagram.h"
#include "cli/probe_json.h"
#include "cli/probe_report.h"
#include "cli/probe_run.h"
#include "config/units.h"
#include "server/server.h"
#include "tls/certificate.h"

namespace gladhand::cli {

const char* const kProbeFooter =
    "Exit codes: 0 all went well; 2 usage; of the first connection that did not go well: 10 the name did not resolve,\n"
    "11 no TCP connection, 12 no TLS handshake, 13 no proper answer (or no tunnel, or no WebSocket), 14 a status of 400\n"
    "or more; 130 interrupted.";

namespace {

using config::Protocol;

// What the plan's pointers point to.
struct Trust {
  Clock clock;
  tls::TicketKeys ticket_keys;
  tls::Library library{ticket_keys};
  std::unique_ptr<tls::ClientContext> context;
  std::optional<tls::Remote> target, proxy;
  upstream::FastOpenMemory fast_open;
};

using Problem = std::optional<std::string>;

Problem contradiction(const ProbeOptions& options) {
  if (options.wants_http1 + options.wants_http2 + options.wants_websocket > 1) return "--http1, --http2 and --websocket exclude each other";
  if (options.is_json && options.is_mermaid) return "--json and --mermaid exclude each other";
  if (options.resumes && options.count == 1) return "--resume needs -n 2 or more: what the first connection is given, the next one uses";
  return std::nullopt;
}

Problem read_urls(const ProbeOptions& options, ProbePlan& plan) {
  auto url = parse_probe_url(options.url);
  if (!url) return url.error();
  plan.url = *std::move(url);
  plan.url.is_websocket |= options.wants_websocket;
  if (plan.url.is_websocket && (options.wants_http2 || plan.url.scheme == config::Scheme::h2c)) return "WebSockets are probed over HTTP/1.1; leave --http2, or h2c, out";
  if (options.resumes && !plan.url.is_tls()) return fmt::format("--resume is about TLS, which `{}` does without", plan.url.text);
  if (options.via.empty()) return std::nullopt;
  auto via = parse_proxy_url(options.via);
  if (!via) return fmt::format("--via: {}", via.error());
  plan.via = *std::move(via);
  return std::nullopt;
}

Problem read_duration(std::string_view option, std::string_view text, Nanos& to) {
  const auto duration = config::parse_duration(text);
  if (!duration) return fmt::format("{}: {}", option, duration.error().message);
  to = *duration;
  return std::nullopt;
}

HopSettings hop_to(const ProbeUrl& url, tls::Remote* remote, const Clock& clock, bool believes_anybody) {
  HopSettings settings;
  settings.host = url.host;
  settings.port = url.port;
  settings.host_and_port = url.host_and_port();
  settings.believes_anybody = believes_anybody;
  settings.connection.tls = remote;
  settings.connection.codec.clock = &clock;
  settings.connection.codec.scheme = url.is_tls() ? "https" : "http";
  if (url.scheme == config::Scheme::h2c) settings.connection.protocol = codec::Protocol::multiplexed;
  return settings;
}

Problem trust(const ProbeOptions& options, ProbePlan& plan, Trust& trust) {
  std::string authorities;
  if (!options.cacert.empty()) {
    auto read = tls::load_authorities(options.cacert);
    if (!read) return fmt::format("--cacert {}: {}", options.cacert, read.error().message);
    authorities = *std::move(read);
  }
  std::vector<Protocol> protocols{Protocol::h2, Protocol::http1_1};
  if (options.wants_http2) protocols = {Protocol::h2};
  if (options.wants_http1) protocols = {Protocol::http1_1};
  auto context = tls::ClientContext::make(trust.library, {}, protocols, authorities, nullptr);
  if (!context) return fmt::format("TLS cannot be used: {}", context.error());
  trust.context = *std::move(context);
  const auto remote_of = [&](const ProbeUrl& url, bool is_sequential, std::optional<tls::Remote>& to) -> tls::Remote* {
    if (!url.is_tls()) return nullptr;
    return &to.emplace(tls::Remote{*trust.context, url.host, is_sequential});
  };
  plan.target = hop_to(plan.url, remote_of(plan.url, plan.url.is_websocket, trust.target), trust.clock, options.is_insecure);
  if (options.wants_http2) plan.target.connection.protocol = codec::Protocol::multiplexed;
  if (plan.via) plan.proxy = hop_to(*plan.via, remote_of(*plan.via, true, trust.proxy), trust.clock, options.is_insecure);
  plan.wants_http2 = options.wants_http2;
  HopSettings& first = plan.proxy ? *plan.proxy : plan.target;
  if (options.is_fast) first.connection.fast_open = &trust.fast_open;
  first.asks_in_syn = !plan.proxy && !plan.url.is_websocket;
  return std::nullopt;
}

Problem prepare(const ProbeOptions& options, ProbePlan& plan, RunSettings& run, Trust& trusted) {
  if (auto problem = contradiction(options)) return problem;
  if (auto problem = read_urls(options, plan)) return problem;
  if (auto problem = read_duration("--timeout", options.timeout, plan.timeout)) return problem;
  if (plan.timeout == Nanos::zero()) return "--timeout must be longer than nothing";
  if (!options.interval.empty()) {
    if (auto problem = read_duration("--interval", options.interval, run.interval)) return problem;
  }
  run.count = options.count ? options.count : options.resumes || options.is_fast ? 2 : 1;
  run.resumes = options.resumes;
  run.has_progress = isatty(STDERR_FILENO) == 1;
  return trust(options, plan, trusted);
}

// The same trouble of many connections is told once.
void tell_troubles(std::span<const Sample> samples) {
  std::vector<std::pair<std::string_view, std::size_t>> told;
  for (const Sample& sample : samples) {
    if (sample.is_ok()) continue;
    const auto known = std::ranges::find(told, sample.trouble.text, &std::pair<std::string_view, std::size_t>::first);
    if (known != told.end()) {
      ++known->second;
    } else {
      told.emplace_back(sample.trouble.text, 1);
    }
  }
  for (const auto& [text, count] : told) {
    std::fputs(fmt::format("gladhand probe: {}{}\n", text, count > 1 ? fmt::format(" ({} times)", count) : "").c_str(), stderr);
  }
}

void tell_resumption(const RunSettings& run, std::span<const Sample> samples) {
  const bool has_answers = samples.size() > 1 && std::ranges::all_of(samples, [](const Sample& sample) { return sample.status != 0; });
  if (!run.resumes || !has_answers || std::ranges::any_of(samples, &Sample::is_resumed)) return;
  std::fputs("gladhand probe: the server resumed no session: it gave no ticket, or did not take it back\n", stderr);
}

void tell_fast_open(const ProbeOptions& options, std::span<const Sample> samples) {
  const auto is_unsupported = [](const Sample& sample) { return sample.first_leg().connection.tcp.fast_open == timeline::FastOpen::unsupported; };
  if (!options.is_fast || std::ranges::none_of(samples, is_unsupported)) return;
  std::fputs("gladhand probe: the kernel lets no client use TCP Fast Open here: sysctl -w net.ipv4.tcp_fastopen=3\n", stderr);
}

}  // namespace

int run_probe(const ProbeOptions& options) {
  ProbePlan plan;
  RunSettings run;
  Trust trusted;
  if (const auto problem = prepare(options, plan, run, trusted)) {
    std::fputs(fmt::format("gladhand probe: {}\n", *problem).c_str(), stderr);
    return static_cast<int>(server::Exit::usage);
  }
  const RunResult result = run_attempts(plan, run);
  const std::span<const Sample> samples = result.samples;
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  const std::string text = samples.empty()      ? ""
                           : options.is_json    ? probe_json(plan, samples, now)
                           : options.is_mermaid ? diagram_text(plan, samples.back())
                           : run.count == 1     ? waterfall_text(plan, samples.front(), now, is_coloured(stdout))
                                                : summary_text(plan, samples, now, is_coloured(stdout));
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  tell_troubles(samples);
  tell_resumption(run, samples);
  tell_fast_open(options, samples);
  if (result.was_interrupted) return static_cast<int>(ProbeExit::interrupted);
  const auto failed = std::ranges::find_if_not(samples, &Sample::is_ok);
  return static_cast<int>(failed == samples.end() ? ProbeExit::ok : failed->trouble.exit);
}

}  // namespace gladhand::cli
