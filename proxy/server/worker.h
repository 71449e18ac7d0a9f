// One thread, one loop, and the floor on it.
//
// Nothing in it is shared with other workers but what is immutable (the configuration), counted (its metrics shard) or made
// to be shared (ticket keys). Other threads talk to it by its mailbox alone.
//
//   turning ──stop()──► letting go (whatever is open is dropped, and recorded) ──► winding up (libuv's part of the loop) ──► ended
//
// Winding up waits for the work in libuv's pool that was begun and that nobody waits for any more: the name that is being looked
// up of a server that does not answer, or what a plugin does aside. That can take for ever.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <thread>

#include "io/mailbox.h"
#include "server/floor.h"

namespace gladhand::server {

class Worker {
 public:
  // `on_drained` is called on the worker's thread, once, when a drain has found its last connection gone.
  Worker(const WorkerSettings& settings, std::function<void()> on_drained);
  // Stops, and waits for the thread.
  ~Worker();

  // From any thread. `on_adopted` is called on the worker's.
  void adopt(SnapshotPtr snapshot, std::function<void()> on_adopted);  // as Floor's
  void hand_over();  // as Floor's
  void drain();  // no new clients, and every connection ends with what it is doing
  void cut();    // every connection ends now

  // Whether its loop has turned since this was last asked. From one thread.
  bool is_turning();

  // What follows is for the thread that made it. Of several workers, all are best told before the first is waited for.
  void stop();
  // After stop(): until it has let go, which ends soon if the loop turns. No record comes from it afterwards.
  void wait_until_let_go() { let_go_.get_future().wait(); }
  // After that: whether the thread has ended by then. If not, it may never, and uses what is shared with it until the process ends.
  bool has_ended_by(std::chrono::steady_clock::time_point then) { return ended_.wait_until(then) == std::future_status::ready; }

 private:
  class Life;

  void run();

  WorkerSettings settings_;
  const std::function<void()> on_drained_;
  std::atomic<io::Mailbox*> mailbox_{nullptr};
  std::atomic<Life*> life_{nullptr};
  std::atomic<bool> has_turned_{true};
  bool is_stopping_ = false;
  std::promise<void> let_go_;
  std::promise<void> end_;
  std::future<void> ended_ = end_.get_future();
  std::thread thread_;
};

}  // namespace gladhand::server
