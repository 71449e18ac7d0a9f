// A head as every part of the proxy sees it, whichever version of HTTP carried it (RFC 9110 section 6).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/buffer.h"
#include "http/headers.h"

namespace gladhand::http {

// A label for logs and for Via. Nothing outside codec/ decides by it.
enum class Version : std::uint8_t { http1_0, http1_1, http2 };
constexpr std::string_view name(Version version) {
  switch (version) {
    case Version::http1_0: return "1.0";
    case Version::http1_1: return "1.1";
    case Version::http2: return "2";
  }
  return "";
}

// Whether a piece is the last of its message.
enum class End : bool { no, yes };

// Of a request: method, scheme, authority, target. Of a response: status, reason. The views point into `memory`, into an
// arena of the exchange or at literals; moving a head moves them along.
struct Head {
  Version version = Version::http1_1;
  std::string_view method;
  std::string_view scheme;
  std::string_view authority;  // host[:port]; empty when a request of HTTP/1.0 named none
  std::string_view target;     // path and query, "*" for OPTIONS, host:port for CONNECT
  std::string_view protocol;   // that the connection (HTTP/1) or stream (HTTP/2) is asked to change to, or changes to
  bool must_change = false;    // of a request: its sender would take any 2xx for the opening of a tunnel
  bool abandons_request = false;  // of a response: whatever is still to come of its request will not be read
  std::uint16_t status = 0;
  std::string_view reason;
  Headers fields;
  std::optional<std::uint64_t> content_length;  // unset: unknown before the body ends
  bool has_body = false;                        // more will follow: body, trailers, or another protocol's bytes
  Slice memory;

  bool is_informational() const { return status >= 100 && status < 200; }
  void clear() {
    fields.clear();
    method = scheme = authority = target = protocol = reason = {};
    status = 0;
    content_length.reset();
    has_body = must_change = abandons_request = false;
    memory = Slice();
  }
};

// RFC 9110 section 9.2.2: sending such a request twice has the effect of sending it once.
constexpr bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE" || method == "TRACE";
}

// RFC 9110 section 9.2.1: its sender asks for no effect.
constexpr bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "TRACE"; }

}  // namespace gladhand::http
