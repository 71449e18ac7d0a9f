// One thread, one loop, and the floor on it.
//
// Nothing in it is shared with other workers but what is immutable (the configuration), counted (its metrics shard) or made
// to be shared (ticket keys). Other threads talk to it by its mailbox alone.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "io/mailbox.h"
#include "server/floor.h"

namespace gladhand::server {

class Worker {
 public:
  // `on_drained` is called on the worker's thread, once, when a drain has found its last connection gone.
  Worker(const WorkerSettings& settings, std::function<void()> on_drained);
  // Stops: whatever is open is dropped.
  ~Worker();

  // From any thread. `on_adopted` is called on the worker's.
  void adopt(SnapshotPtr snapshot, std::function<void()> on_adopted);  // as Floor's
  void hand_over();  // as Floor's
  void drain();  // no new clients, and every connection ends with what it is doing
  void cut();    // every connection ends now

  // Whether its loop has turned since this was last asked. From one thread.
  bool is_turning();

 private:
  class Life;

  void run();

  WorkerSettings settings_;
  const std::function<void()> on_drained_;
  std::atomic<io::Mailbox*> mailbox_{nullptr};
  std::atomic<Life*> life_{nullptr};
  std::atomic<bool> has_turned_{true};
  std::thread thread_;
};

}  // namespace gladhand::server
