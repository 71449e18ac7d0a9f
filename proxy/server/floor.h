// Everything on a worker's thread that a client's request can touch, put together in the order in which it needs each other.
#pragma once

#include <memory>
#include <vector>

#include "exchange/store.h"
#include "frontend/acceptor.h"
#include "server/prepared.h"

namespace gladhand::server {

struct WorkerSettings {
  const config::Config& config;
  const Prepared& prepared;
  const tls::TicketKeys& ticket_keys;
  timeline::Recorder& recorder;  // this worker's own
  const Clock& clock;
  std::size_t index = 0;
};

class Floor {
 public:
  // Listens at once; clients are served while the loop runs. What `settings` refers to and `loop` outlive the floor.
  Floor(const WorkerSettings& settings, io::Loop& loop);

  void drain();  // no new clients, and every connection ends with what it is doing
  void cut();    // every connection ends now
  // Clients that are connected.
  std::size_t clients() const;

 private:
  void add_upstreams(const WorkerSettings& settings);
  void add_listener(const WorkerSettings& settings, std::uint16_t index);

  tls::Library library_;
  exchange::Router router_;
  std::uint64_t connection_ids_;
  const upstream::EndpointServices endpoint_services_;
  std::vector<std::unique_ptr<tls::ClientContext>> client_contexts_;  // of each upstream
  std::vector<std::unique_ptr<upstream::Cluster>> clusters_;
  std::vector<std::unique_ptr<exchange::Gate>> gates_;  // of each listener that is a forward proxy
  exchange::Asides asides_;
  exchange::Services services_;
  exchange::Store store_;
  std::vector<std::unique_ptr<tls::ServerContext>> contexts_;  // of each listener
  std::vector<std::unique_ptr<frontend::Acceptor>> acceptors_;
};

}  // namespace gladhand::server
