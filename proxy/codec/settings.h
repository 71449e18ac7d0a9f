// What a codec needs to know of its connection, whichever version it speaks.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "codec/head_scanner.h"

namespace gladhand::codec {

struct Settings {
  HeadLimits head;
  std::uint64_t body_bytes = 0;      // of a request; 0: no limit
  std::uint32_t most_messages = 0;   // on one connection; 0: no limit
  std::string_view scheme = "http";  // what requests on this connection are for; empty: each request's target says
  std::uint32_t streams = 100;       // that the peer may have open at once, where there can be several
  const Clock* clock = nullptr;      // outlives the codec
};

}  // namespace gladhand::codec
