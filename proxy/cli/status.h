// `gladhand status`: what a running proxy says of itself, on one screen.
#pragma once

#include <string>

#include "server/server.h"

namespace gladhand::cli {

struct StatusOptions {
  std::string admin;
  bool is_json = false;
};

inline constexpr const char* kStatusFooter =
    "Percentiles are of the last 500 connections of each listener and upstream, and of one phase of theirs: `tls`, or `tcp` where\n"
    "there is no TLS; of an upstream `first_byte`, the time to its answer. --json prints one object whose members status,\n"
    "listeners, upstreams and summary are what GET /api/v1/status, /api/v1/listeners and so on answer.\n\n"
    "Exit status: 0 the proxy serves; 3 nobody answers there, or the proxy is starting or draining.";

// could_not_start where nobody serves.
server::Exit run_status(const StatusOptions& options);

}  // namespace gladhand::cli
