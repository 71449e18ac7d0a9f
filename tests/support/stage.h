// Where a story is played: the proxy's loop and the peers around it, all on one thread.
//
// Peers are no part of the loop. Each step lets the loop do what it can without waiting and then each peer; only when
// nobody had anything to do is there a wait, for any of their sockets or a deadline of the proxy's.
#pragma once

#include <poll.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "io/loop.h"

namespace gladhand::test {

class Actor {
 public:
  virtual ~Actor() = default;
  // Sends and reads what can be; true if that was anything.
  virtual bool act() = 0;
  // What to wait for; a negative descriptor is nothing.
  virtual pollfd awaited() const = 0;
};

class Stage {
 public:
  void open(io::Loop* loop) { loop_ = loop; }
  void enter(Actor& actor) { actors_.push_back(&actor); }
  void leave(Actor& actor) { std::erase(actors_, &actor); }

  // False: it did not happen within `limit`, which is there for tests that fail, not to be waited for.
  bool run_until(const std::function<bool()>& happened, Nanos limit = std::chrono::seconds(10)) {
    const Nanos end = clock_.now() + limit;
    while (!happened()) {
      if (clock_.now() > end) return false;
      step();
    }
    return true;
  }
  // For what must not happen: until everybody has had nothing to do for a few turns. No deadline is waited for.
  void run_until_quiet() {
    for (int quiet = 0; quiet < 5; ++quiet) {
      if (turn()) quiet = 0;
    }
  }
  // A while of real time, for measured waits.
  void pass(Nanos time) {
    const Nanos end = clock_.now() + time;
    run_until([&] { return clock_.now() >= end; }, 2 * time);
  }
  Nanos now() const { return clock_.now(); }

 private:
  bool turn() {
    if (loop_) loop_->run_once(false);
    bool was_busy = false;
    for (std::size_t i = 0; i < actors_.size(); ++i) was_busy |= actors_[i]->act();
    return was_busy;
  }
  void step() {
    if (turn()) return;
    std::vector<pollfd> fds;
    if (loop_) fds.push_back({uv_backend_fd(loop_->uv()), POLLIN, 0});
    for (const Actor* actor : actors_) fds.push_back(actor->awaited());
    ::poll(fds.data(), fds.size(), 1);
  }

  const Clock clock_;
  io::Loop* loop_ = nullptr;
  std::vector<Actor*> actors_;
};

}  // namespace gladhand::test
