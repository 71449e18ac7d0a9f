// Whether clients come in by SYN cookies now (RFC 4987 section 3.6), in which case the kernel's round trips are made up.
//
// Only the namespace's counter tells, and reading it takes tens of microseconds. So it is read when a client comes and the
// last look is older than kLook: in a flood, the round trips of at most the first kLook of it may be wrong.
#pragma once

#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/kernel_counters.h"

namespace gladhand::net {

class SynCookieWatch {
 public:
  static constexpr Nanos kLook = std::chrono::milliseconds(100);
  using Counter = std::function<std::optional<std::uint64_t>()>;

  explicit SynCookieWatch(Counter received = [] { return KernelCounters::read().tcp("SyncookiesRecv"); }) : received_(std::move(received)) {}

  // A client has come: may its connection be made of a cookie?
  bool suspects(Nanos now) {
    if (looked_ && now - *looked_ < kLook) return is_rising_;
    const std::uint64_t before = last_;
    last_ = received_().value_or(0);
    is_rising_ = looked_ && last_ > before;
    looked_ = now;
    return is_rising_;
  }

 private:
  Counter received_;
  std::optional<Nanos> looked_;
  std::uint64_t last_ = 0;
  bool is_rising_ = false;
};

}  // namespace gladhand::net
