#include "upstream/configured.h"

#include <algorithm>

namespace gladhand::upstream {

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

std::unique_ptr<Endpoint> make_endpoint(const EndpointServices& services, const config::Upstream& settings, std::size_t index, PoolSettings pool,
                                        const io::Addresses& addresses, const tls::ClientContext* context, EndpointHealth* health) {
  const config::Endpoint& endpoint = settings.endpoints[index];
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
  return std::make_unique<Endpoint>(services, endpoint, pool, addresses, std::move(remote), health);
}

}  // namespace gladhand::upstream
