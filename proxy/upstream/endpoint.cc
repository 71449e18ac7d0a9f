#include "upstream/endpoint.h"

#include <algorithm>

#include "tls/digest.h"

namespace gladhand::upstream {
namespace {

PoolSettings with_tls(PoolSettings settings, std::optional<tls::Remote>& remote, FastOpenMemory& memory) {
  settings.connection.fast_open = settings.fast_open ? &memory : nullptr;
  settings.connection.tls = remote ? &*remote : nullptr;
  if (remote && remote->is_sequential) settings.expected_streams = 1;
  return settings;
}

std::string authority_of(const config::Endpoint& endpoint) {
  std::string text = endpoint.host.find(':') == std::string::npos ? endpoint.host : '[' + endpoint.host + ']';
  if (endpoint.port != config::default_port(endpoint.scheme)) text += ':' + std::to_string(endpoint.port);
  return text;
}

}  // namespace

Endpoint::Endpoint(const EndpointServices& services, const config::Endpoint& endpoint, const PoolSettings& settings, io::Addresses addresses,
                   std::optional<tls::Remote> remote, EndpointHealth* health)
    : services_(services),
      host_(endpoint.host),
      port_(endpoint.port),
      is_name_(!io::Address::numeric(host_, port_)),
      upstream_(settings.connection.upstream),
      authority_(authority_of(endpoint)),
      id_(tls::sha1_base64(authority_).substr(0, 16)),
      health_(health),
      addresses_(std::move(addresses)),
      remote_(std::move(remote)),
      resolver_(services.loop),
      refresh_(services.loop.deadlines(), *this),
      pool_(services.loop, *this, services.recorder, with_tls(settings, remote_, fast_open_)),
      is_sequential_(settings.connection.protocol != codec::Protocol::multiplexed && (!remote_ || remote_->is_sequential)) {
  if (remote_ && !is_sequential_ && remote_->context.accepts(*remote_, {})) {
    own_remote_.emplace(tls::Remote{remote_->context, remote_->name, true});
    own_pool_.emplace(services.loop, static_cast<PoolEvents&>(*this), services.recorder, with_tls(settings, own_remote_, fast_open_));
  }
  if (is_name_) refresh_.arm(kRefresh);
}

Endpoint::Endpoint(const EndpointServices& services, const config::Endpoint& endpoint, const PoolSettings& settings, const TargetPolicy& policy)
    : Endpoint(services, endpoint, settings, {}, std::nullopt, nullptr) {
  policy_ = &policy;
  refresh_.disarm();
}

Expected<Pool::Lease> Endpoint::ask(StreamWaiter& waiter, bool may_reuse) {
  const bool has_addresses = !policy_ || (!addresses_.empty() && services_.loop.now() < known_until_);
  if (has_addresses || (may_reuse && pool_.can_reuse())) return pool_.ask(waiter, may_reuse);
  waiting_.join(waiter, may_reuse);
  if (!is_resolving_) resolve();
  return Pool::Lease{};
}

void Endpoint::on_dial_ended(bool was_opened) {
  was_race_lost_ = false;
  if (was_opened) {
    failures_ = 0;
    return;
  }
  if (++failures_ >= addresses_.size()) eject();
}

void Endpoint::on_race_lost() {
  was_race_lost_ = true;
  eject();
}

void Endpoint::eject() {
  ejected_until_ = services_.loop.now() + kEjection;
  if (health_) health_->leave_out(ejected_until_);
}

void Endpoint::resolve() {
  is_resolving_ = true;
  ticket_ = resolver_.resolve(host_, port_, [this](Expected<io::Addresses> answer) { on_resolved(std::move(answer)); });
}

void Endpoint::on_resolved(Expected<io::Addresses> answer) {
  is_resolving_ = false;
  if (!policy_) {
    if (answer && !answer->empty()) addresses_ = std::move(*answer);  // else the old ones may still be right
    return refresh_.arm(kRefresh);
  }
  const Error error = answer ? keep_permitted(std::move(*answer)) : answer.error();
  if (error.code == Code::dns_failure) record_failure(error);
  serve_waiting(error);
}

// What is kept here is what is dialled: no second look at the name can lead elsewhere.
Error Endpoint::keep_permitted(io::Addresses addresses) {
  std::erase_if(addresses, [&](const io::Address& address) { return !policy_->may_dial(host_, address, port_); });
  addresses_ = std::move(addresses);
  failures_ = 0;
  was_race_lost_ = false;
  if (addresses_.empty()) return {Code::target_denied, "the target's address is not one that may be reached"};
  known_until_ = services_.loop.now() + kRefresh;
  return {};
}

void Endpoint::serve_waiting(Error error) {
  // Who fails may ask again, and is not served twice.
  for (std::size_t left = waiting_.size(); left > 0 && !waiting_.empty(); --left) {
    const bool may_reuse = waiting_.may_reuse();
    StreamWaiter& waiter = waiting_.take_front();
    if (error.code != Code::ok) {
      waiter.on_stream_failed(error);
      continue;
    }
    if (is_name_) waiter.on_resolved();
    if (auto lease = pool_.ask(waiter, may_reuse); !lease) {
      waiter.on_stream_failed(lease.error());
    } else if (lease->grip) {
      waiter.on_stream_ready(std::move(lease->grip), *lease->connection);
    }
  }
}

// A handshake that ended before there was a connection.
void Endpoint::record_failure(Error error) {
  timeline::ConnectionRecord record;
  record.id = next_connection_id();
  record.side = timeline::Side::upstream;
  record.owner = upstream_;
  record.peer = authority_;
  record.result = record.ended_by = error.code;
  const Nanos now = services_.loop.now();
  record.timeline.mark(timeline::ConnectionMark::started, now);
  record.timeline.mark(timeline::ConnectionMark::closed, now);
  services_.recorder.connection_attempted(record.side, record.owner);
  services_.recorder.handshake_ended(record);
  services_.recorder.connection_ended(record);
}

}  // namespace gladhand::upstream
