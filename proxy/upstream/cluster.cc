#include "upstream/cluster.h"

#include <algorithm>

namespace gladhand::upstream {
namespace {

constexpr Nanos kUnclaimed = std::chrono::milliseconds(1);

PoolSettings pool_settings(const config::Upstream& settings, std::uint16_t id, const Clock& clock) {
  PoolSettings pool;
  pool.connection.upstream = id;
  pool.connection.connect_timeout = settings.timeouts.connect;
  pool.connection.idle_timeout = settings.timeouts.pool_idle;
  pool.connection.codec.clock = &clock;
  pool.max_connections = settings.max_connections;
  pool.max_pending = settings.max_pending;
  pool.fast_open = settings.fast_open;
  return pool;
}

}  // namespace

Cluster::Cluster(const EndpointServices& services, const config::Upstream& settings, std::uint16_t id, const std::vector<io::Addresses>& addresses,
                 const tls::ClientContext* context)
    : loop_(services.loop), settings_(settings), id_(id) {
  PoolSettings pool = pool_settings(settings, id, loop_.clock());
  for (std::size_t i = 0; i < settings.endpoints.size(); ++i) {
    const config::Endpoint& endpoint = settings.endpoints[i];
    const bool is_h2c = endpoint.scheme == config::Scheme::h2c;
    pool.connection.protocol = is_h2c ? codec::Protocol::multiplexed : codec::Protocol::sequential;
    // An https:// endpoint is trusted to speak what we would rather have, until it shows that it does not.
    const bool is_likely_shared = is_h2c || (endpoint.scheme == config::Scheme::https && settings.protocols.front() == config::Protocol::h2);
    pool.expected_streams = is_likely_shared ? codec::Settings{}.streams : 1;
    std::optional<tls::Remote> remote;
    if (endpoint.scheme == config::Scheme::https) {
      const std::string& name = settings.tls.server_name.empty() ? endpoint.host : settings.tls.server_name;
      remote.emplace(tls::Remote{*context, name, std::ranges::find(settings.protocols, config::Protocol::h2) == settings.protocols.end()});
    }
    endpoints_.push_back(std::make_unique<Endpoint>(services, endpoint, pool, addresses[i], std::move(remote)));
  }
}

Cluster::Cluster(const EndpointServices& services, const config::Upstream& settings, std::uint16_t id, const config::Endpoint& target, codec::Protocol protocol,
                 const TargetPolicy& policy)
    : loop_(services.loop), settings_(settings), id_(id) {
  PoolSettings pool = pool_settings(settings, id, loop_.clock());
  pool.connection.protocol = protocol;
  // A tunnel's connection that nobody waits for any more is of no use to others.
  if (protocol == codec::Protocol::raw) pool.connection.idle_timeout = kUnclaimed;
  endpoints_.push_back(std::make_unique<Endpoint>(services, target, pool, policy));
}

Endpoint& Cluster::pick(std::string_view id) {
  const std::size_t size = endpoints_.size();
  if (size == 1) return *endpoints_.front();
  const Nanos now = loop_.now();
  if (!id.empty()) {
    const auto wanted = std::ranges::find(endpoints_, id, [](const auto& endpoint) { return endpoint->id(); });
    if (wanted != endpoints_.end() && !(*wanted)->is_ejected(now)) return **wanted;
  }
  const std::size_t first = next_++;
  Endpoint* best = nullptr;
  for (std::size_t i = 0; i < size; ++i) {
    Endpoint& endpoint = *endpoints_[(first + i) % size];
    if (endpoint.is_ejected(now)) continue;
    if (settings_.balance == config::Balance::round_robin) return endpoint;
    if (!best || endpoint.requests() < best->requests()) best = &endpoint;  // of equals, the one whose turn it is
  }
  return best ? *best : *endpoints_[first % size];
}

std::size_t Cluster::most_attempts() const {
  std::size_t dials = 0;
  for (const auto& endpoint : endpoints_) dials += endpoint->worthwhile_dials();
  return dials + 1;
}

bool Cluster::is_idle() const {
  return std::ranges::all_of(endpoints_, [](const auto& endpoint) { return endpoint->is_idle(); });
}

}  // namespace gladhand::upstream
