// A loop that a test steps through: it runs until something has happened, and never for ever.
#pragma once

#include <poll.h>

#include <csignal>
#include <functional>

#include "io/loop.h"

namespace gladhand::test {

class LoopRig final {
 public:
  LoopRig() { std::signal(SIGPIPE, SIG_IGN); }  // as the server does
  // A loop whose events happen by `hands`, which outlive it.
  explicit LoopRig(const Clock& hands) : loop(hands) {}

  Clock clock;
  io::Loop loop{clock};

  // `happened` is asked after each turn and, as it may move the other end of a connection, when nothing happens on the loop.
  // False: it did not within `limit`, which is there for tests that fail, not to be waited for.
  bool run_until(const std::function<bool()>& happened, Nanos limit = std::chrono::seconds(10)) {
    const Nanos begun = clock.now();
    while (!happened()) {
      if (clock.now() - begun > limit) return false;
      pollfd events{.fd = uv_backend_fd(loop.uv()), .events = POLLIN, .revents = 0};
      poll(&events, 1, 1);
      loop.run_once(false);
    }
    return true;
  }
  // A few turns without waiting: for what must not happen.
  void run_a_while() {
    for (int i = 0; i < 5; ++i) loop.run_once(false);
  }
};

}  // namespace gladhand::test
