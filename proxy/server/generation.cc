#include "server/generation.h"

#include <algorithm>

namespace gladhand::server {
namespace {

std::vector<io::Network> networks(const std::vector<std::string>& texts) {
  std::vector<io::Network> parsed;
  for (const std::string& text : texts) {
    if (auto network = io::Network::parse(text)) parsed.push_back(*network);
  }
  return parsed;
}

// Tried by prepare() with the same values.
std::shared_ptr<const tls::ServerContext> make_context(const tls::Library& library, const Snapshot& snapshot, std::size_t i) {
  const config::Listener& listener = snapshot.config.listeners[i];
  if (!listener.has_tls) return nullptr;
  return std::move(*tls::ServerContext::make(library, listener, snapshot.prepared.certificates[i], snapshot.prepared.files.client_authorities[i], snapshot.prepared.files.ticket_keys[i]));
}

}  // namespace

// An upstream's cluster with all that it refers to: it may serve several generations, and goes with the last of them.
struct Generation::Supply {
  Supply(const upstream::EndpointServices& services, const tls::Library& library, const Snapshot& snapshot, std::size_t i)
      : settings(snapshot.config.upstreams[i]),
        identity(snapshot.prepared.identities[i]),
        context(std::move(*identity.make_context(library, settings))),
        health(snapshot.prepared.health[i]),
        cluster(services, settings, snapshot.ids.upstreams[i], snapshot.prepared.endpoints[i], context.get(), *health) {}

  bool is_for(const Snapshot& snapshot, std::size_t i) const {
    return cluster.id() == snapshot.ids.upstreams[i] && settings == snapshot.config.upstreams[i] && identity == snapshot.prepared.identities[i];
  }

  const config::Upstream settings;
  const UpstreamIdentity identity;
  const std::unique_ptr<tls::ClientContext> context;
  const std::shared_ptr<upstream::ClusterHealth> health;
  upstream::Cluster cluster;
};

// A listener, as its connections and their exchanges see it.
struct Generation::Door {
  Door(exchange::Services inside, std::unique_ptr<exchange::Gate> gatekeeper, const config::Listener& listener, const Clock& clock,
       std::shared_ptr<const tls::ServerContext> tls)
      : gate(std::move(gatekeeper)),
        exchange_services(inside),
        store(exchange_services),
        services{inside.loop, clock, inside.recorder, store, listener, inside.listener, std::move(tls), networks(listener.trusted_proxies), networks(listener.proxy_protocol), inside.plugins.of_listener(inside.listener_index)} {
    exchange_services.gate = gate.get();
  }

  const std::unique_ptr<exchange::Gate> gate;
  exchange::Services exchange_services;
  exchange::Store store;
  const frontend::ListenerServices services;
};

Generation::Generation(SnapshotPtr snapshot, const upstream::EndpointServices& endpoints, const Clock& clock, const tls::Library& library, exchange::Asides& asides, const Generation* before)
    : snapshot_(std::move(snapshot)), logged_(snapshot_->config.log.access), router_(snapshot_->config.routes) {
  for (std::size_t i = 0; i < snapshot_->config.upstreams.size(); ++i) add_upstream(i, endpoints, library, before);
  for (std::size_t i = 0; i < snapshot_->config.listeners.size(); ++i) add_listener(i, endpoints, clock, library, asides);
}

Generation::~Generation() = default;

void Generation::add_upstream(std::size_t i, const upstream::EndpointServices& endpoints, const tls::Library& library, const Generation* before) {
  std::shared_ptr<Supply> supply;
  if (before) {
    const auto same = std::ranges::find_if(before->supplies_, [&](const auto& old) { return old->is_for(*snapshot_, i); });
    if (same != before->supplies_.end()) supply = *same;
  }
  if (!supply) supply = std::make_shared<Supply>(endpoints, library, *snapshot_, i);
  clusters_.emplace_back(supply, &supply->cluster);
  supplies_.push_back(std::move(supply));
}

void Generation::add_listener(std::size_t i, const upstream::EndpointServices& endpoints, const Clock& clock, const tls::Library& library, exchange::Asides& asides) {
  const config::Config& config = snapshot_->config;
  const config::Listener& listener = config.listeners[i];
  std::unique_ptr<exchange::Gate> gate;
  if (listener.mode == config::Mode::forward) {
    const std::uint16_t targets = listener.forward.upstream_index;
    gate = std::make_unique<exchange::Gate>(endpoints, listener.forward, config.upstreams[targets], snapshot_->ids.upstreams[targets], snapshot_->prepared.files.users[i]);
  }
  const exchange::Services services{endpoints.loop, endpoints.recorder, router_, config.routes, snapshot_->ids.routes, clusters_, *snapshot_->prepared.files.plugins, asides, snapshot_->ids.listeners[i], static_cast<std::uint16_t>(i), nullptr, logged_.empty() ? nullptr : &logged_};
  doors_.push_back(std::make_unique<Door>(services, std::move(gate), listener, clock, make_context(library, *snapshot_, i)));
}

const frontend::ListenerServices& Generation::listener(std::size_t i) const { return doors_[i]->services; }

bool Generation::has(const frontend::ListenerServices& services) const {
  return std::ranges::any_of(doors_, [&](const auto& door) { return &door->services == &services; });
}

bool Generation::is_idle() const {
  return std::ranges::all_of(doors_, [](const auto& door) { return door->store.is_whole(); });
}

}  // namespace gladhand::server
