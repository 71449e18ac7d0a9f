// Whether a request is sent once more, and for what reason: the route's `retry`, or without one what does no harm anywhere.
#pragma once

#include "base/error.h"
#include "upstream/cluster.h"

namespace gladhand::exchange {

// One attempt at an endpoint, which came to nothing that the client was told of.
struct Attempt {
  Code error = Code::ok;      // ok: it was answered
  std::uint16_t status = 0;   // of the answer
  std::size_t number = 1;     // the first of its request is 1
  bool had_stream = false;    // the request may have left
  bool was_reused = false;    // by a connection that had carried others
  bool is_second_try = false;  // an attempt before it had a stream as well, which failed
  bool is_repeatable = false;  // the request is idempotent and has no body (RFC 9110 section 9.2.2)
};

enum class Again : std::uint8_t {
  no,
  anywhere,   // as the upstream's balance says
  elsewhere,  // with another endpoint, if one can be had
};

// `policy`: of the route; null: it has none. An attempt that costs the upstream more than a connection is taken from its budget.
Again judge(const Attempt& attempt, const config::Retry* policy, upstream::Cluster& cluster, Nanos now);

// How much of an answer that nobody wants is read, and for how long, to have its connection whole for others.
inline constexpr std::uint64_t kDiscardedBytes = 16 * 1024;
inline constexpr Nanos kDiscardTime = std::chrono::milliseconds(100);

}  // namespace gladhand::exchange
