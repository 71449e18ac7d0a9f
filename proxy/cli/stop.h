// `gladhand stop`: has a running proxy end, and waits for that if asked.
#pragma once

#include <string>

#include "server/server.h"

namespace gladhand::cli {

struct StopOptions {
  std::string admin;
  bool waits = false;
};

inline constexpr const char* kStopFooter =
    "The proxy is not ready from then on, accepts for server.shutdown_delay more, and drains for at most server.drain_timeout.\n\n"
    "Exit status: 0 it was asked, and with --wait is gone; 3 nobody answers there; 4 with --wait: it is still there although its\n"
    "deadline has passed.";

server::Exit run_stop(const StopOptions& options);

}  // namespace gladhand::cli
