// One upstream of the configuration as one worker sees it: its endpoints, their addresses and pools, and whose turn it is.
//
// An endpoint whose every address has just refused a dial is left out for a moment, and one that checks have found down until
// they find it up again; unless all are.
#pragma once

#include <memory>
#include <vector>

#include "upstream/endpoint.h"
#include "upstream/retry_budget.h"

namespace gladhand::upstream {

class Cluster {
 public:
  // `settings` and `health` outlive the cluster; `id` stands for it in records. `addresses`: of each endpoint, resolved before the start. `context`: of those that speak TLS; null where none does.
  Cluster(const EndpointServices& services, const config::Upstream& settings, std::uint16_t id, const std::vector<io::Addresses>& addresses,
          const tls::ClientContext* context, ClusterHealth& health);
  // Of a forward proxy's target alone: for plain HTTP, or for tunnels (codec::Protocol::raw).
  Cluster(const EndpointServices& services, const config::Upstream& settings, std::uint16_t id, const config::Endpoint& target, codec::Protocol protocol,
          const TargetPolicy& policy);

  // That of this id, if there is one and it can be had; else as the balance says. Not `last`, which may be null, if there is
  // another that can be had.
  Endpoint& pick(std::string_view id = {}, const Endpoint* last = nullptr);
  const config::Upstream& settings() const { return settings_; }
  std::uint16_t id() const { return id_; }
  // How often a request may be tried when dials fail: whatever may come to another end once, and once more.
  std::size_t most_attempts() const;
  RetryBudget& retry_budget() { return retry_budget_; }
  bool is_idle() const;

 private:
  io::Loop& loop_;
  const config::Upstream& settings_;
  std::uint16_t id_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
  std::size_t next_ = 0;
  RetryBudget retry_budget_;
};

}  // namespace gladhand::upstream
