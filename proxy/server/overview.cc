#include "server/overview.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/kernel_counters.h"
#include "observe/families.h"
#include "server/listening_sockets.h"

namespace gladhand::server {
namespace {

using observe::Shard;
using observe::Shards;

std::vector<tls::ShownCertificate> leaves(const std::vector<tls::CertificatePair>& pairs) {
  std::vector<tls::ShownCertificate> found;
  for (const tls::CertificatePair& pair : pairs) {
    auto chain = tls::read_certificates(pair.chain_pem);
    if (!chain.empty()) found.push_back(std::move(chain.front()));
  }
  return found;
}

// A certificate of our own making is renewed by the next start.
void add_certificate_notices(std::vector<Notice>& notices, const ListenerView& listener, const std::vector<config::Certificate>& files) {
  const auto now = std::chrono::system_clock::now();
  if (listener.config->tls.self_signed) return;
  for (std::size_t i = 0; i < listener.certificates.size(); ++i) {
    const tls::ShownCertificate& one = listener.certificates[i];
    if (one.not_after > now + Overview::kSoon) continue;
    const std::string_view verb = one.not_after <= now ? "has expired" : "expires";
    const std::string& path = files[listener.config->tls.certificate_index[i]].cert;
    notices.push_back({"certificate",
                       fmt::format("{} of listener {} {} on {:%Y-%m-%d %H:%M} UTC. Renew {}: it is read again by itself", one.subject, listener.name, verb, one.not_after, path), {}});
  }
}

std::string reload_command(const std::string& admin) {
  return admin == config::Server{}.admin ? "gladhand reload" : fmt::format("gladhand reload --admin {}", admin);
}

}  // namespace

std::string_view Overview::state() const {
  if (sources_.health.is_draining) return "draining";
  if (sources_.health.is_unready) return "unready";
  return sources_.health.is_ready ? "serving" : "starting";
}

std::vector<Notice> Overview::notices() const {
  std::vector<Notice> notices;
  for (std::string& problem : fast_open_problems(config(), fast_open_bits())) notices.push_back({"fast_open", std::move(problem), std::string(kFastOpenCure)});
  for (const ListenerView& listener : listeners()) add_certificate_notices(notices, listener, config().certificates);
  if (!sources_.reloads().was_successful) notices.push_back({"reload", "The last reload failed, and the configuration before it still runs", reload_command(config().server.admin)});
  if (sources_.health.is_unready) {
    notices.push_back({"drain", "Not ready because somebody asked for that; load balancers send nobody", fmt::format("curl -X POST http://{}/api/v1/undrain", config().server.admin)});
  }
  return notices;
}

std::vector<CertificateView> Overview::certificates() const {
  const Snapshot& running = sources_.running();
  std::vector<CertificateView> views;
  for (std::size_t i = 0; i < running.config.certificates.size(); ++i) {
    const config::Certificate& certificate = running.config.certificates[i];
    CertificateView view{certificate.name, certificate.cert, tls::read_certificates(running.prepared.files.certificates[i]->chain_pem), {}, {}};
    for (const config::Listener& listener : running.config.listeners) {
      if (std::ranges::count(listener.tls.certificate_index, i)) view.listeners.emplace_back(listener.name);
    }
    for (const config::Upstream& upstream : running.config.upstreams) {
      if (upstream.tls.certificate_index == i) view.upstreams.emplace_back(upstream.name);
    }
    views.push_back(std::move(view));
  }
  CertificateView own;
  for (const tls::CertificatePair& pair : running.prepared.own_certificate) {
    auto chain = tls::read_certificates(pair.chain_pem);
    own.chain.insert(own.chain.end(), chain.begin(), chain.end());
  }
  for (const config::Listener& listener : running.config.listeners) {
    if (listener.has_tls && listener.tls.self_signed) own.listeners.emplace_back(listener.name);
  }
  if (!own.listeners.empty()) views.push_back(std::move(own));
  return views;
}

// Effects are read before their causes: never are there more effects than causes.
ConnectionCounts Overview::counts(timeline::Side side, std::size_t owner) const {
  const Shards shards(sources_.metrics.shards());
  const auto sum = [&](observe::Count observe::ConnectionCells::*cell) {
    return shards.sum([&](const Shard& shard) { return (shard.connections(side, owner).*cell).value(); });
  };
  const std::uint64_t closed = sum(&observe::ConnectionCells::closed);
  const std::uint64_t opened = sum(&observe::ConnectionCells::opened);
  const std::uint64_t ended = sum(&observe::ConnectionCells::handshakes_ended);
  const std::uint64_t attempted = sum(&observe::ConnectionCells::attempted);
  return {attempted, attempted - ended, opened - closed, ended - std::min(opened, ended)};
}

std::vector<ListenerView> Overview::listeners() const {
  const Shards shards(sources_.metrics.shards());
  const std::vector<timeline::AcceptQueue> queues = sources_.accept_queues();
  std::vector<ListenerView> views;
  const Snapshot& running = sources_.running();
  for (std::size_t i = 0; i < running.config.listeners.size(); ++i) {
    const std::uint16_t id = running.ids.listeners[i];
    ListenerView view{sources_.metrics.names().listeners[id].name, running.prepared.addresses[i].to_string(), &running.config.listeners[i],
                      leaves(running.prepared.certificates[i]), {}, counts(timeline::Side::client, id)};
    if (i < queues.size()) view.queue = queues[i];
    const auto sum = [&](observe::Count observe::ListenerCells::*cell) {
      return shards.sum([&](const Shard& shard) { return (shard.listener(id).*cell).value(); });
    };
    const auto sum_of_codes = [&](std::array<observe::Count, observe::kCodes> observe::ListenerCells::*cells) {
      return shards.sum([&](const Shard& shard) {
        std::uint64_t total = 0;
        for (const observe::Count& count : shard.listener(id).*cells) total += count.value();
        return total;
      });
    };
    view.local_replies = sum_of_codes(&observe::ListenerCells::local_replies);
    view.resets = sum_of_codes(&observe::ListenerCells::resets);
    view.requests = sum(&observe::ListenerCells::requests_received);
    view.request_body_bytes = sum(&observe::ListenerCells::request_body_bytes);
    view.response_body_bytes = sum(&observe::ListenerCells::response_body_bytes);
    views.push_back(std::move(view));
  }
  return views;
}

std::vector<EndpointView> Overview::endpoints(std::size_t upstream) const {
  using State = EndpointView::State;
  const Snapshot& running = sources_.running();
  const config::Upstream& config = running.config.upstreams[upstream];
  const Nanos now = sources_.clock.now();
  std::vector<EndpointView> views;
  for (std::size_t i = 0; i < config.endpoints.size(); ++i) {
    const upstream::EndpointHealth& health = running.prepared.health[upstream]->endpoints[i];
    State state = config.has_health ? State::up : State::unchecked;
    if (health.is_left_out(now)) state = State::left_out;
    if (health.is_down()) state = State::down;
    views.push_back({&config.endpoints[i], state, health.is_down() ? health.failure().reason() : std::string(), health.changed_at()});
  }
  return views;
}

std::vector<UpstreamView> Overview::upstreams() const {
  const Shards shards(sources_.metrics.shards());
  std::vector<UpstreamView> views;
  const Snapshot& running = sources_.running();
  for (std::size_t i = 0; i < running.config.upstreams.size(); ++i) {
    const std::uint16_t id = running.ids.upstreams[i];
    UpstreamView view{sources_.metrics.names().upstreams[id].name, &running.config.upstreams[i], counts(timeline::Side::upstream, id), endpoints(i)};
    const auto sum = [&](observe::Count observe::UpstreamCells::*cell) {
      return shards.sum([&](const Shard& shard) { return (shard.upstream(id).*cell).value(); });
    };
    for (std::size_t status = 0; status < view.responses.size(); ++status) {
      view.responses[status] = shards.sum([&](const Shard& shard) { return shard.upstream(id).responses[status].value(); });
    }
    view.unanswered = sum(&observe::UpstreamCells::unanswered);
    view.retries = sum(&observe::UpstreamCells::retries);
    view.reuses = sum(&observe::UpstreamCells::reuses);
    view.phases = observe::figures_of(sources_.recents, timeline::Side::upstream, view.name, kConnections);
    views.push_back(std::move(view));
  }
  return views;
}

std::vector<RouteView> Overview::routes() const {
  const std::size_t count = config().routes.size();
  std::vector<RouteView> views;
  for (std::size_t i = 0; i < count; ++i) views.push_back(route(i));
  RouteView none = route(count);
  if (std::ranges::any_of(none.responses, [](std::uint64_t n) { return n > 0; })) views.push_back(std::move(none));
  return views;
}

// Of all listeners together.
RouteView Overview::route(std::size_t index) const {
  const Snapshot& running = sources_.running();
  const bool is_one = index < running.config.routes.size();
  const std::uint16_t id = is_one ? running.ids.routes[index] : timeline::kNone;
  RouteView view;
  view.name = is_one ? std::string_view(sources_.metrics.names().routes[id].name) : observe::kNoRoute;
  if (is_one) view.config = &running.config.routes[index];
  std::array<std::uint64_t, observe::kBuckets> buckets{};
  for (const auto& shard : sources_.metrics.shards()) {
    for (const std::uint16_t listener : running.ids.listeners) {
      const observe::RouteCells& cells = shard->route(listener, id);
      for (std::size_t i = 0; i < view.responses.size(); ++i) view.responses[i] += cells.responses[i].value();
      for (std::size_t i = 0; i < observe::kBuckets; ++i) buckets[i] += cells.duration.bucket(i);
    }
  }
  view.duration = observe::percentiles_of(buckets);
  return view;
}

}  // namespace gladhand::server
