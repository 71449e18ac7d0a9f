// How a connection is dialled, and what its SYN says of TCP Fast Open (fast_dial.h).
#pragma once

#include <cstdint>

namespace gladhand::io {

// `fast`: by Fast Open, where the kernel lets us.
enum class Dial : bool { ordinary, fast };

enum class Opening : std::uint8_t {
  ordinary,     // nothing
  unsupported,  // nothing, though it should have
  asking,       // it asks for a cookie
  with_cookie,  // it carries the cookie, and as many of the first bytes as it holds
};

}  // namespace gladhand::io
