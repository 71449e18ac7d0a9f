// One thread, one loop, and everything that a client's request can touch.
//
// Nothing in it is shared with other workers but what is immutable (the configuration), counted (its metrics shard) or made
// to be shared (ticket keys). Other threads talk to it by its mailbox alone.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "frontend/acceptor.h"
#include "io/mailbox.h"
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

class Worker {
 public:
  // `on_drained` is called on the worker's thread, once, when a drain has found its last connection gone.
  Worker(const WorkerSettings& settings, std::function<void()> on_drained);
  // Stops: whatever is open is dropped.
  ~Worker();

  // From any thread.
  void drain();  // no new clients, and every connection ends with what it is doing
  void cut();    // every connection ends now

 private:
  class Floor;

  void run();

  const WorkerSettings settings_;
  const std::function<void()> on_drained_;
  std::atomic<io::Mailbox*> mailbox_{nullptr};
  std::atomic<Floor*> floor_{nullptr};
  std::thread thread_;
};

}  // namespace gladhand::server
