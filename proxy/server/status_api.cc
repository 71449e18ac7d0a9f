#include "server/status_api.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <charconv>

#include "observe/awaited.h"
#include "observe/json.h"
#include "server/query.h"

namespace gladhand::server {
namespace {

using observe::Json;

constexpr std::size_t kMostConnections = 10'000;

Answer with(std::uint16_t status, std::string body) {
  Answer answer;
  answer.status = status;
  answer.content_type = "application/json";
  answer.body = std::move(body);
  answer.fields.emplace_back("Cache-Control", "no-store");
  answer.fields.emplace_back("X-Content-Type-Options", "nosniff");
  return answer;
}

Answer error(std::string_view what) {
  Json json;
  json.open();
  json.text("error", what);
  return with(400, std::move(json).finish());
}

// Of the process, in user and in kernel mode.
Nanos cpu_time() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto nanos = [](const timeval& t) { return Nanos(std::chrono::seconds(t.tv_sec)) + std::chrono::microseconds(t.tv_usec); };
  return nanos(usage.ru_utime) + nanos(usage.ru_stime);
}

void write(Json& json, const ConnectionCounts& counts) {
  json.open("connections");
  json.number("attempted", counts.attempted);
  json.number("in_handshake", counts.in_handshake);
  json.number("open", counts.open);
  json.number("failed", counts.failed);
  json.close();
}

void write(Json& json, const Responses& responses) {
  json.open("responses");
  for (std::size_t i = 0; i < responses.size(); ++i) json.number(observe::kStatusClasses[i], responses[i]);
  json.close();
}

void write(Json& json, const observe::Percentiles& figures) {
  json.number("count", figures.count);
  if (figures.count == 0) return;
  json.time("p50", figures.p50);
  json.time("p95", figures.p95);
  json.time("p99", figures.p99);
}

void write(Json& json, const tls::ShownCertificate& certificate) {
  json.open();
  json.text("subject", certificate.subject);
  json.text("issuer", certificate.issuer);
  json.open_list("names");
  for (const std::string& name : certificate.names) json.text({}, name);
  json.close();
  json.timestamp("not_before", certificate.not_before);
  json.timestamp("not_after", certificate.not_after);
  json.close();
}

void write(Json& json, std::string_view key, const std::vector<std::string_view>& names) {
  json.open_list(key);
  for (const std::string_view name : names) json.text({}, name);
  json.close();
}

void write(Json& json, const ListenerView& listener, const std::vector<observe::PhaseFigures>& phases) {
  json.open();
  json.text("name", listener.name);
  json.text("address", listener.address);
  json.text("mode", listener.config->mode == config::Mode::forward ? "forward" : "reverse");
  json.flag("tls", listener.config->has_tls);
  json.open_list("protocols");
  for (const config::Protocol protocol : listener.config->protocols) json.text({}, protocol == config::Protocol::h2 ? "h2" : "http/1.1");
  json.close();
  json.number("fast_open", listener.config->fast_open);
  json.flag("proxy_protocol", !listener.config->proxy_protocol.empty());
  if (listener.queue) {
    json.open("accept_queue");
    json.number("depth", listener.queue->depth);
    json.number("limit", listener.queue->limit);
    json.close();
  }
  write(json, listener.connections);
  json.number("requests", listener.requests);
  json.number("local_replies", listener.local_replies);
  json.number("resets", listener.resets);
  json.number("request_body_bytes", listener.request_body_bytes);
  json.number("response_body_bytes", listener.response_body_bytes);
  json.open_list("certificates");
  for (const tls::ShownCertificate& certificate : listener.certificates) write(json, certificate);
  json.close();
  observe::write_phases(json, phases);
  json.close();
}

void write(Json& json, const observe::ConfigFacts& facts) {
  json.open("configuration");
  json.flag("last_reload_ok", facts.was_successful);
  json.timestamp("in_force_since", std::chrono::sys_seconds(std::chrono::seconds(facts.successful_at)));
  json.number("reloads_ok", facts.reloads_ok);
  json.number("reloads_failed", facts.reloads_failed);
  json.close();
}

void write(Json& json, const EndpointView& endpoint) {
  constexpr std::array<std::string_view, 4> kStates{"unchecked", "up", "down", "left_out"};
  json.open();
  json.text("url", endpoint.config->url);
  json.text("state", kStates[static_cast<std::size_t>(endpoint.state)]);
  if (!endpoint.reason.empty()) json.text("reason", endpoint.reason);
  if (endpoint.since != upstream::EndpointHealth::Instant{}) json.timestamp("since", endpoint.since);
  json.close();
}

void write(Json& json, const UpstreamView& upstream) {
  json.open();
  json.text("name", upstream.name);
  json.open_list("endpoints");
  for (const EndpointView& endpoint : upstream.endpoints) write(json, endpoint);
  json.close();
  write(json, upstream.connections);
  write(json, upstream.responses);
  json.number("unanswered", upstream.unanswered);
  json.number("retries", upstream.retries);
  json.number("reuses", upstream.reuses);
  observe::write_phases(json, upstream.phases);
  json.close();
}

void write_marks(Json& json, const timeline::Phase& phase) {
  if (phase.source == timeline::Phase::Source::fact) return;
  const bool is_exchange = phase.source == timeline::Phase::Source::exchange_marks;
  json.text("marks", is_exchange ? "exchange" : "connection");
  json.text("from", is_exchange ? timeline::name(timeline::ExchangeMark(phase.from)) : timeline::name(timeline::ConnectionMark(phase.from)));
  json.text("to", is_exchange ? timeline::name(timeline::ExchangeMark(phase.to)) : timeline::name(timeline::ConnectionMark(phase.to)));
}

std::string phases() {
  Json json;
  json.open();
  json.open_list("awaited");
  for (const observe::AwaitedRow& one : observe::kAwaited) {
    json.open();
    json.text("name", one.name);
    json.text("help", one.help);
    json.close();
  }
  json.close();
  json.open_list("phases");
  for (const timeline::Phase& phase : timeline::kPhases) {
    json.open();
    json.text("side", timeline::name(phase.side));
    json.text("name", phase.name);
    json.text("awaited", row(observe::awaited(phase)).name);
    write_marks(json, phase);
    json.text("help", phase.help);
    json.close();
  }
  return std::move(json).finish();
}

}  // namespace

bool StatusApi::owns(std::string_view path) {
  for (const std::string_view own : {"/api/v1/status", "/api/v1/listeners", "/api/v1/upstreams", "/api/v1/routes", "/api/v1/certificates", "/api/v1/summary", "/api/v1/phases"}) {
    if (path == own) return true;
  }
  return false;
}

Answer StatusApi::answer(std::string_view target) const {
  const std::string_view path = target.substr(0, target.find('?'));
  if (path == "/api/v1/summary") return summary(target);
  if (path != target) return error("there are no parameters");
  if (path == "/api/v1/listeners") return with(200, listeners());
  if (path == "/api/v1/upstreams") return with(200, upstreams());
  if (path == "/api/v1/routes") return with(200, routes());
  if (path == "/api/v1/certificates") return with(200, certificates());
  if (path == "/api/v1/phases") return with(200, phases());
  return with(200, status());
}

std::string StatusApi::status() const {
  const Overview::Sources& sources = overview_.sources();
  const auto now = observe::Moment::of(sources.clock);
  Json json;
  json.open();
  json.text("version", sources.version);
  json.text("state", overview_.state());
  json.timestamp("started", overview_.started().wall);
  json.timestamp("now", now.wall);
  json.time("uptime", now.now - overview_.started().now);
  json.number("workers", sources.workers);
  json.time("cpu", cpu_time());
  json.text("admin", overview_.config().server.admin);
  write(json, sources.reloads());
  json.open_list("notices");
  for (const Notice& notice : overview_.notices()) {
    json.open();
    json.text("topic", notice.topic);
    json.text("text", notice.text);
    if (!notice.cure.empty()) json.text("cure", notice.cure);
    json.close();
  }
  return std::move(json).finish();
}

std::string StatusApi::listeners() const {
  Json json;
  json.open();
  json.number("connections", Overview::kConnections);
  json.open_list("listeners");
  for (const ListenerView& listener : overview_.listeners()) {
    write(json, listener, observe::figures_of(overview_.sources().recents, timeline::Side::client, listener.name, Overview::kConnections));
  }
  return std::move(json).finish();
}

std::string StatusApi::upstreams() const {
  Json json;
  json.open();
  json.number("connections", Overview::kConnections);
  json.open_list("upstreams");
  for (const UpstreamView& upstream : overview_.upstreams()) write(json, upstream);
  return std::move(json).finish();
}

std::string StatusApi::routes() const {
  Json json;
  json.open();
  json.open_list("routes");
  for (const RouteView& route : overview_.routes()) {
    json.open();
    json.text("name", route.name);
    if (route.config) json.text("upstream", route.config->upstream);
    write(json, route.responses);
    json.open("duration");
    write(json, route.duration);
    json.close();
    json.close();
  }
  return std::move(json).finish();
}

std::string StatusApi::certificates() const {
  Json json;
  json.open();
  json.open_list("certificates");
  for (const CertificateView& certificate : overview_.certificates()) {
    json.open();
    if (!certificate.name.empty()) json.text("name", certificate.name);
    if (!certificate.file.empty()) json.text("file", certificate.file);
    json.open_list("chain");
    for (const tls::ShownCertificate& one : certificate.chain) write(json, one);
    json.close();
    write(json, "listeners", certificate.listeners);
    write(json, "upstreams", certificate.upstreams);
    json.close();
  }
  return std::move(json).finish();
}

Answer StatusApi::summary(std::string_view target) const {
  const auto query = parse_query(target);
  if (!query) return error(fmt::format("\"{}\" is not percent-encoded as it should be", query.error()));
  std::size_t limit = Overview::kConnections;
  for (const auto& [name, value] : *query) {
    if (name != "limit") return error(fmt::format("there is no parameter \"{}\"; there is limit", name));
    const char* end = value.data() + value.size();
    const auto [stopped, failure] = std::from_chars(value.data(), end, limit);
    if (failure != std::errc() || stopped != end || limit == 0 || limit > kMostConnections) {
      return error(fmt::format("limit={} is not a number from 1 to {}", value, kMostConnections));
    }
  }
  const Overview::Sources& sources = overview_.sources();
  return with(200, observe::summary_json(sources.recents, observe::Moment::of(sources.clock), limit));
}

}  // namespace gladhand::server
