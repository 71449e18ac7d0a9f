#include "upstream/cluster.h"

#include <algorithm>

#include "upstream/configured.h"

namespace gladhand::upstream {
namespace {

constexpr Nanos kUnclaimed = std::chrono::milliseconds(1);

}  // namespace

Cluster::Cluster(const EndpointServices& services, const config::Upstream& settings, std::uint16_t id, const std::vector<io::Addresses>& addresses,
                 const tls::ClientContext* context, ClusterHealth& health)
    : loop_(services.loop), settings_(settings), id_(id) {
  const PoolSettings pool = pool_settings(settings, id, loop_.clock());
  for (std::size_t i = 0; i < settings.endpoints.size(); ++i) {
    endpoints_.push_back(make_endpoint(services, settings, i, pool, addresses[i], context, &health.endpoints[i]));
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

Endpoint& Cluster::pick(std::string_view id, const Endpoint* last) {
  const std::size_t size = endpoints_.size();
  if (size == 1) return *endpoints_.front();
  const Nanos now = loop_.now();
  if (!id.empty()) {
    const auto wanted = std::ranges::find(endpoints_, id, [](const auto& endpoint) { return endpoint->id(); });
    if (wanted != endpoints_.end() && wanted->get() != last && !(*wanted)->is_left_out(now)) return **wanted;
  }
  const std::size_t first = last ? next_ : next_++;  // another attempt is nobody's turn
  Endpoint* best = nullptr;
  Endpoint* spare = nullptr;
  for (std::size_t i = 0; i < size; ++i) {
    Endpoint& endpoint = *endpoints_[(first + i) % size];
    if (endpoint.is_left_out(now)) continue;
    if (&endpoint == last) {
      spare = &endpoint;
      continue;
    }
    if (settings_.balance == config::Balance::round_robin) return endpoint;
    if (!best || endpoint.requests() < best->requests()) best = &endpoint;  // of equals, the one whose turn it is
  }
  if (!best) best = spare;
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
