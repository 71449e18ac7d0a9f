// The proxy on the test's own thread: a worker without the thread, the mailbox and the signals, on a loop that the test steps.
//
// Destroying it destroys the loop last, which asserts that no handle was left behind.
#pragma once

#include "server/floor.h"

namespace gladhand::test {

class Proxy {
 public:
  // `config` is validated here, and must be valid; its listeners should ask for port 0. `recorder` outlives the proxy.
  // `resolved`: where the endpoints of the first upstream lead, each in place of its own address; empty: there.
  Proxy(config::Config config, timeline::Recorder& recorder, const std::vector<io::Addresses>& resolved = {});
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  io::Loop& loop() { return loop_; }
  const io::Address& address(std::size_t listener = 0) const { return snapshot_->prepared.addresses[listener]; }
  // Another configuration, as a reload brings it: of the same kind as the first.
  void adopt(config::Config config);
  const server::SnapshotPtr& snapshot() const { return snapshot_; }
  tls::TicketKeys& ticket_keys() { return ticket_keys_; }

  // As Worker's.
  void drain() { floor_.drain(); }
  void cut() { floor_.cut(); }
  std::size_t clients() const { return floor_.clients(); }

 private:
  const Clock clock_;
  observe::Names names_;
  server::SnapshotPtr snapshot_;
  tls::TicketKeys ticket_keys_;
  io::Loop loop_{clock_};
  server::Floor floor_;
};

// A configuration of one listener in front of nothing: routes and endpoints are the test's to add.
config::Config one_listener(bool has_tls);

}  // namespace gladhand::test
