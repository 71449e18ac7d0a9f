// Where a message of HTTP/1 ends, decided once and strictly (RFC 9112 section 6.3).
//
// Anything that two readers could see differently is an error: both Content-Length and Transfer-Encoding, either of them
// twice, a transfer coding other than one `chunked`, a transfer coding in HTTP/1.0.
#pragma once

#include "base/error.h"
#include "http/message.h"

namespace gladhand::http {

struct Framing {
  enum class Kind : std::uint8_t { none, length, chunked, until_close, tunnel };
  Kind kind = Kind::none;  // tunnel: bytes of another protocol, up to the FIN
  std::uint64_t length = 0;  // of Kind::length, more than zero

  bool operator==(const Framing&) const = default;
};

Expected<Framing> request_framing(const Head& head);
// `method` is the request's: the answer to HEAD has no body whatever its fields say, nor has a 2xx to CONNECT.
Expected<Framing> response_framing(const Head& head, std::string_view method);

}  // namespace gladhand::http
