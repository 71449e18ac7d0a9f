// What a record means, where metrics and access log must agree on it.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "timeline/records.h"

namespace gladhand::observe {

inline constexpr std::array<std::string_view, 5> kStatusClasses{"1xx", "2xx", "3xx", "4xx", "5xx"};

// An index of kStatusClasses. HTTP ends at 599; what an upstream may invent above that counts as its failure.
constexpr std::size_t status_class(std::uint16_t status) { return std::clamp<std::size_t>(status / 100, 1, 5) - 1; }

// A tunnel lasts as long as its users like: its duration is not a response time.
inline bool is_tunnel(const timeline::ExchangeRecord& record) {
  return record.status == 101 || (record.method == "CONNECT" && status_class(record.status) == 1);
}

// The response was made here because of the error. An error behind the head of the upstream's own response (a client
// that leaves, a body cut short) leaves the status the upstream's.
inline bool is_local_reply(const timeline::ExchangeRecord& record) {
  if (record.status == 0 || record.error == Code::ok) return false;
  return !record.timeline.has(timeline::ExchangeMark::reply_head_received) || record.status == row(record.error).status;
}

// A handshake's result from the closed set of those rows of kErrors that are handshake results. The connection's own
// code may be more general; what has no better name is our failure.
constexpr Code handshake_result(Code code) {
  if (row(code).handshake) return code;
  switch (code) {
    case Code::connect_timeout: return Code::timeout;
    case Code::client_reset:
    case Code::upstream_reset: return Code::reset;
    default: return Code::local_error;
  }
}

}  // namespace gladhand::observe
