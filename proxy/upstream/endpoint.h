// One endpoint of an upstream as one worker sees it: its name, the addresses behind it, and its pools.
//
// The addresses of an endpoint of the configuration were found before the start, and are looked up again now and then. Those
// of a forward proxy's targets are looked up when somebody asks, and each must pass the policy before it is dialled: a name
// may lead anywhere.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "io/resolver.h"
#include "upstream/address_memory.h"
#include "upstream/health.h"
#include "upstream/pool.h"
#include "upstream/target_policy.h"

namespace gladhand::upstream {

// What all endpoints of a worker work with.
struct EndpointServices {
  io::Loop& loop;
  timeline::Recorder& recorder;
  std::uint64_t& connection_ids;  // numbers the worker's connections
};

// One request at an endpoint, for as long as it lasts.
class Share {
 public:
  Share() = default;
  explicit Share(std::size_t& requests) : requests_(&requests) { ++requests; }
  Share(Share&& other) noexcept : requests_(std::exchange(other.requests_, nullptr)) {}
  Share& operator=(Share&& other) noexcept {
    std::swap(requests_, other.requests_);
    return *this;
  }
  ~Share() {
    if (requests_) --*requests_;
  }

 private:
  std::size_t* requests_ = nullptr;
};

class Endpoint final : private PoolEvents, private io::DeadlineEvents {
 public:
  // Of the configuration. `health`, which may be null, outlives it.
  Endpoint(const EndpointServices& services, const config::Endpoint& endpoint, const PoolSettings& settings, io::Addresses addresses,
           std::optional<tls::Remote> remote, EndpointHealth* health);
  // Of a forward proxy's client. `policy` outlives it.
  Endpoint(const EndpointServices& services, const config::Endpoint& endpoint, const PoolSettings& settings, const TargetPolicy& policy);

  // As Pool::ask.
  Expected<Pool::Lease> ask(StreamWaiter& waiter, bool may_reuse);
  // The same for a request that asks to change to another protocol: the connection carries nothing else.
  Expected<Pool::Lease> ask_to_change(StreamWaiter& waiter, bool may_reuse) { return own_pool_ ? own_pool_->ask(waiter, may_reuse) : ask(waiter, may_reuse); }
  // False: it speaks nothing in which that can be asked.
  bool can_change() const { return own_pool_ || is_sequential_; }
  // Dialling it has just failed, or its checks have found it down.
  bool is_left_out(Nanos now) const { return now < ejected_until_ || (health_ && health_->is_down()); }
  // The endpoint outlives its shares.
  Share take_share() { return Share(requests_); }
  std::size_t requests() const { return requests_; }
  // How many dials may come to another end than the last: one where that has tried every address, else one for each.
  std::size_t worthwhile_dials() const { return was_race_lost_ ? 1 : addresses_.size(); }
  // Names it to clients that are to come back to it: opaque, and the same in every worker, replica and run.
  std::string_view id() const { return id_; }
  // "host:port", what a Host field of its own would say.
  std::string_view authority() const { return authority_; }
  // Nobody uses it, nor waits for it.
  bool is_idle() const { return pool_.is_idle() && waiting_.empty() && !is_resolving_; }

 private:
  static constexpr Nanos kEjection = std::chrono::seconds(1);
  static constexpr Nanos kRefresh = std::chrono::seconds(30);

  io::Addresses addresses() override { return memory_.sorted(addresses_, services_.loop.now()); }
  void on_dial_ended(bool was_opened) override;
  void on_race_lost() override;
  void on_address_tried(const io::Address& address, bool was_good) override { memory_.learn(address, was_good, services_.loop.now()); }
  std::uint64_t next_connection_id() override { return ++services_.connection_ids; }
  void on_deadline(io::Deadline&) override { resolve(); }
  void resolve();
  void on_resolved(Expected<io::Addresses> answer);
  Error keep_permitted(io::Addresses addresses);
  void serve_waiting(Error error);
  void record_failure(Error error);
  void eject();

  const EndpointServices services_;
  const std::string host_;  // without brackets
  const std::uint16_t port_;
  const bool is_name_;  // not an address
  const std::uint16_t upstream_;  // its id
  const std::string authority_;
  std::size_t requests_ = 0;
  const std::string id_;
  EndpointHealth* const health_;
  const TargetPolicy* policy_ = nullptr;  // null: of the configuration
  io::Addresses addresses_;
  Nanos known_until_{};  // the addresses of a target
  std::optional<tls::Remote> remote_;  // only where TLS is spoken
  AddressMemory memory_;
  std::size_t failures_ = 0;  // dials in a row that failed
  bool was_race_lost_ = false;  // the last dial: no address could be connected to
  Nanos ejected_until_{};
  io::Resolver resolver_;
  io::Ticket ticket_;
  bool is_resolving_ = false;
  io::Deadline refresh_;
  WaitingLine waiting_;  // for the addresses
  FastOpenMemory fast_open_;
  Pool pool_;
  // Where requests may share connections, those that become tunnels have some to themselves.
  std::optional<tls::Remote> own_remote_;
  std::optional<Pool> own_pool_;
  bool is_sequential_;
};

}  // namespace gladhand::upstream
