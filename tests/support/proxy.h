// The proxy on the test's own thread: one worker's floors on a loop that the test steps.
//
// It is put together as server/worker.cc does it, without the thread, the mailbox and the signals, from the same
// preparation. Destroying it destroys the loop last, which asserts that no handle was left behind.
#pragma once

#include <memory>
#include <vector>

#include "exchange/store.h"
#include "frontend/acceptor.h"
#include "server/prepared.h"

namespace gladhand::test {

class Proxy {
 public:
  // `config` is validated here, and must be valid; its listeners should ask for port 0. `recorder` outlives the proxy.
  Proxy(config::Config config, timeline::Recorder& recorder);
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  io::Loop& loop() { return loop_; }
  const io::Address& address(std::size_t listener = 0) const { return prepared_.addresses[listener]; }
  tls::TicketKeys& ticket_keys() { return ticket_keys_; }

  // As Worker's.
  void drain();
  void cut();
  // Clients that are connected.
  std::size_t clients() const;

 private:
  const Clock clock_;
  const config::Config config_;
  const server::Prepared prepared_;
  tls::TicketKeys ticket_keys_;
  io::Loop loop_{clock_};
  tls::Library library_{ticket_keys_};
  exchange::Router router_{config_.routes};
  std::vector<std::unique_ptr<tls::ClientContext>> client_contexts_;
  std::vector<std::unique_ptr<upstream::Cluster>> clusters_;
  exchange::Services services_;
  exchange::Store store_{services_};
  std::uint64_t connection_ids_ = 0;
  std::vector<std::unique_ptr<tls::ServerContext>> contexts_;
  std::vector<std::unique_ptr<frontend::Acceptor>> acceptors_;
};

// A configuration of one listener in front of nothing: routes and endpoints are the test's to add.
config::Config one_listener(bool has_tls);

}  // namespace gladhand::test
