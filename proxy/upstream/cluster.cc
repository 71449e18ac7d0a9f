#include "upstream/cluster.h"

#include <algorithm>

namespace gladhand::upstream {
namespace {

PoolSettings with_tls(PoolSettings settings, std::optional<tls::Remote>& remote) {
  settings.connection.tls = remote ? &*remote : nullptr;
  return settings;
}

}  // namespace

Endpoint::Endpoint(io::Loop& loop, timeline::Recorder& recorder, std::uint64_t& connection_ids, const config::Endpoint& endpoint,
                   PoolSettings settings, io::Addresses addresses, std::optional<tls::Remote> remote)
    : loop_(loop),
      connection_ids_(connection_ids),
      config_(endpoint),
      authority_(endpoint.host.find(':') == std::string::npos ? endpoint.host : '[' + endpoint.host + ']'),
      addresses_(std::move(addresses)),
      remote_(std::move(remote)),
      resolver_(loop),
      refresh_(loop.deadlines(), *this),
      pool_(loop, *this, recorder, with_tls(settings, remote_)),
      is_sequential_(settings.connection.protocol == codec::Protocol::sequential && (!remote_ || remote_->is_sequential)) {
  if (remote_ && !is_sequential_ && remote_->context.accepts(*remote_, {})) {
    own_remote_.emplace(tls::Remote{remote_->context, remote_->name, true});
    own_pool_.emplace(loop, static_cast<PoolEvents&>(*this), recorder, with_tls(settings, own_remote_));
  }
  if (endpoint.port != config::default_port(endpoint.scheme)) authority_ += ':' + std::to_string(endpoint.port);
  if (!io::Address::numeric(endpoint.host, endpoint.port)) refresh_.arm(kRefresh);
}

const io::Address* Endpoint::address() { return addresses_.empty() ? nullptr : &addresses_[next_ % addresses_.size()]; }

void Endpoint::on_dial_ended(bool was_opened) {
  if (was_opened) {
    failures_ = 0;
    return;
  }
  ++next_;  // the next family, or the next replica behind the name
  if (++failures_ >= addresses_.size()) ejected_until_ = loop_.now() + kEjection;
}

void Endpoint::on_deadline(io::Deadline&) {
  ticket_ = resolver_.resolve(config_.host, config_.port, [this](Expected<io::Addresses> answer) {
    if (answer && !answer->empty()) addresses_ = std::move(*answer);  // else the old ones may still be right
    refresh_.arm(kRefresh);
  });
}

Cluster::Cluster(io::Loop& loop, timeline::Recorder& recorder, std::uint64_t& connection_ids, const config::Upstream& settings, std::uint16_t index,
                 std::vector<io::Addresses> addresses, const tls::ClientContext* context)
    : loop_(loop), settings_(settings), index_(index) {
  PoolSettings pool;
  pool.connection.upstream = index;
  pool.connection.connect_timeout = settings.timeouts.connect;
  pool.connection.idle_timeout = settings.timeouts.pool_idle;
  pool.connection.codec.clock = &loop.clock();
  pool.max_connections = settings.max_connections;
  pool.max_pending = settings.max_pending;
  for (std::size_t i = 0; i < settings.endpoints.size(); ++i) {
    const config::Endpoint& endpoint = settings.endpoints[i];
    const bool is_h2c = endpoint.scheme == config::Scheme::h2c;
    pool.connection.protocol = is_h2c ? codec::Protocol::multiplexed : codec::Protocol::sequential;
    pool.expected_streams = is_h2c ? codec::Settings{}.streams : 1;
    std::optional<tls::Remote> remote;
    if (endpoint.scheme == config::Scheme::https) {
      const std::string& name = settings.tls.server_name.empty() ? endpoint.host : settings.tls.server_name;
      remote.emplace(tls::Remote{*context, name, std::ranges::find(settings.protocols, config::Protocol::h2) == settings.protocols.end()});
    }
    endpoints_.push_back(std::make_unique<Endpoint>(loop, recorder, connection_ids, endpoint, pool, std::move(addresses[i]), std::move(remote)));
  }
}

Endpoint& Cluster::pick() {
  const std::size_t size = endpoints_.size();
  const std::size_t first = next_++;
  if (size == 1) return *endpoints_.front();
  const Nanos now = loop_.now();
  for (std::size_t i = 0; i < size; ++i) {
    Endpoint& endpoint = *endpoints_[(first + i) % size];
    if (!endpoint.is_ejected(now)) return endpoint;
  }
  return *endpoints_[first % size];
}

std::size_t Cluster::most_attempts() const {
  std::size_t addresses = 0;
  for (const auto& endpoint : endpoints_) addresses += endpoint->address_count();
  return addresses + 1;
}

}  // namespace gladhand::upstream
