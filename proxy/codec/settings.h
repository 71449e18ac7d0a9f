// What a codec needs to know of its connection, whichever version it speaks.
#pragma once

#include <cstdint>
#include <string_view>

#include "codec/head_scanner.h"

namespace gladhand::codec {

struct Settings {
  HeadLimits head;
  std::uint64_t body_bytes = 0;      // of a request; 0: no limit
  std::uint32_t most_messages = 0;   // on one connection; 0: no limit
  std::string_view scheme = "http";  // what requests on this connection are for
};

}  // namespace gladhand::codec
