// A loop that a test steps through: it runs until something has happened, and never for ever.
#pragma once

#include <csignal>
#include <functional>

#include "io/loop.h"

namespace gladhand::test {

class LoopRig final : private io::DeadlineEvents {
 public:
  LoopRig() { std::signal(SIGPIPE, SIG_IGN); }  // as the server does

  Clock clock;
  io::Loop loop{clock};

  // False: it did not happen within `limit`, which is there for tests that fail, not to be waited for.
  bool run_until(const std::function<bool()>& happened, Nanos limit = std::chrono::seconds(10)) {
    io::Deadline guard(loop.deadlines(), *this);
    is_over_ = false;
    guard.arm(limit);
    while (!happened() && !is_over_) loop.run_once(true);
    return happened();
  }
  // A few turns without waiting: for what must not happen.
  void run_a_while() {
    for (int i = 0; i < 5; ++i) loop.run_once(false);
  }

 private:
  void on_deadline(io::Deadline&) override { is_over_ = true; }
  bool is_over_ = false;
};

}  // namespace gladhand::test
