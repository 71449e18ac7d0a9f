// What a worker holds for one configuration: where requests go and how clients are met. Connections outlive it.
//
// It is kept for as long as an exchange that began under it goes on, or a listener that the next one does not have still has
// clients. Upstreams that are the same in the next configuration are handed on to it, with their pools.
#pragma once

#include <memory>
#include <vector>

#include "exchange/store.h"
#include "frontend/acceptor.h"
#include "server/snapshot.h"

namespace gladhand::server {

class Generation {
 public:
  // `before`: whose upstreams may be taken over; null: there was none. `endpoints`, `library` and `asides` outlive the generation.
  Generation(SnapshotPtr snapshot, const upstream::EndpointServices& endpoints, const Clock& clock, const tls::Library& library, exchange::Asides& asides, const Generation* before);

  ~Generation();

  const Snapshot& snapshot() const { return *snapshot_; }
  // In the order of the configuration.
  const frontend::ListenerServices& listener(std::size_t i) const;
  bool has(const frontend::ListenerServices& services) const;
  // No exchange of it is under way.
  bool is_idle() const;

 private:
  struct Supply;
  struct Door;

  void add_upstream(std::size_t i, const upstream::EndpointServices& endpoints, const tls::Library& library, const Generation* before);
  void add_listener(std::size_t i, const upstream::EndpointServices& endpoints, const Clock& clock, const tls::Library& library, exchange::Asides& asides);

  const SnapshotPtr snapshot_;
  const exchange::LoggedNames logged_;
  const exchange::Router router_;
  std::vector<std::shared_ptr<Supply>> supplies_;            // of each upstream
  std::vector<std::shared_ptr<upstream::Cluster>> clusters_;  // the same, as exchanges see it
  std::vector<std::unique_ptr<Door>> doors_;                  // of each listener
};

}  // namespace gladhand::server
