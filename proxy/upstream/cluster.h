// One upstream of the configuration as one worker sees it: its endpoints, their addresses and pools, and whose turn it is.
//
// An endpoint whose every address has just refused a dial is left out for a moment, unless all are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "io/resolver.h"
#include "upstream/pool.h"

namespace gladhand::upstream {

class Endpoint final : private PoolEvents, private io::DeadlineEvents {
 public:
  Endpoint(io::Loop& loop, timeline::Recorder& recorder, std::uint64_t& connection_ids, const config::Endpoint& endpoint, PoolSettings settings,
           io::Addresses addresses, std::optional<tls::Remote> remote);

  Expected<Pool::Lease> ask(StreamWaiter& waiter, bool may_reuse) { return pool_.ask(waiter, may_reuse); }
  // The same for a request that asks to change to another protocol: the connection carries nothing else.
  Expected<Pool::Lease> ask_to_change(StreamWaiter& waiter, bool may_reuse) { return (own_pool_ ? *own_pool_ : pool_).ask(waiter, may_reuse); }
  // False: it speaks nothing in which that can be asked.
  bool can_change() const { return own_pool_ || is_sequential_; }
  bool is_ejected(Nanos now) const { return now < ejected_until_; }
  std::size_t address_count() const { return addresses_.size(); }
  // "host:port", what a Host field of its own would say.
  std::string_view authority() const { return authority_; }

 private:
  static constexpr Nanos kEjection = std::chrono::seconds(1);
  static constexpr Nanos kRefresh = std::chrono::seconds(30);

  const io::Address* address() override;
  void on_dial_ended(bool was_opened) override;
  std::uint64_t next_connection_id() override { return ++connection_ids_; }
  void on_deadline(io::Deadline& deadline) override;

  io::Loop& loop_;
  std::uint64_t& connection_ids_;
  const config::Endpoint& config_;
  std::string authority_;
  io::Addresses addresses_;
  std::optional<tls::Remote> remote_;  // only where TLS is spoken
  std::size_t next_ = 0;      // the address to dial
  std::size_t failures_ = 0;  // dials in a row that failed
  Nanos ejected_until_{};
  io::Resolver resolver_;
  io::Ticket ticket_;
  io::Deadline refresh_;
  Pool pool_;
  // Where requests may share connections, those that become tunnels have some to themselves.
  std::optional<tls::Remote> own_remote_;
  std::optional<Pool> own_pool_;
  bool is_sequential_;
};

class Cluster {
 public:
  // `addresses`: of each endpoint, resolved before the start. `context`: of those that speak TLS; null where none does.
  // `connection_ids` numbers the worker's connections.
  Cluster(io::Loop& loop, timeline::Recorder& recorder, std::uint64_t& connection_ids, const config::Upstream& settings, std::uint16_t index,
          std::vector<io::Addresses> addresses, const tls::ClientContext* context);

  // Round robin.
  Endpoint& pick();
  const config::Upstream& settings() const { return settings_; }
  std::uint16_t index() const { return index_; }
  // How often a request may be tried when dials fail: every address once, and once more.
  std::size_t most_attempts() const;

 private:
  io::Loop& loop_;
  const config::Upstream& settings_;
  std::uint16_t index_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  std::size_t next_ = 0;
};

}  // namespace gladhand::upstream
