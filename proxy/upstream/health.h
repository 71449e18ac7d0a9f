// Whether the endpoints of an upstream are well, as checks have found.
//
// One prober checks for all workers (prober.h), and they read what it found: a flag of each endpoint, which is all that threads
// share here. What belongs to it outlives configurations in which the upstream stays as it is.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace gladhand::upstream {

// What came of one check.
struct Checkup {
  enum class Result : std::uint8_t { ok, failed, timeout, count_ };

  Result result = Result::ok;
  Code code = Code::ok;      // why it failed; ok: by its status
  std::uint16_t status = 0;  // of the answer; 0: none came, or none was asked for

  // For people: "the endpoint answered 503".
  std::string reason() const;
};
inline constexpr std::array<std::string_view, static_cast<std::size_t>(Checkup::Result::count_)> kCheckupNames{"ok", "failed", "timeout"};

class EndpointHealth {
 public:
  // From any thread.
  bool is_down() const { return is_down_.load(std::memory_order_relaxed); }
  // A worker could not connect to any of its addresses, and leaves it out for a moment.
  void leave_out(Nanos until) { left_out_until_.store(until.count(), std::memory_order_relaxed); }
  bool is_left_out(Nanos now) const { return now.count() < left_out_until_.load(std::memory_order_relaxed); }

  // All below is for the thread that checks.
  using Instant = std::chrono::system_clock::time_point;
  // True: it went down by that, or came up again.
  bool learn(const Checkup& checkup, std::uint32_t unhealthy_after, std::uint32_t healthy_after, Instant now);
  // When it went down or came up again; the epoch: never.
  Instant changed_at() const { return changed_at_; }
  // The latest failure.
  const Checkup& failure() const { return failure_; }

 private:
  std::atomic<bool> is_down_{false};
  std::atomic<Nanos::rep> left_out_until_{0};
  std::uint32_t in_a_row_ = 0;  // checkups that speak against what it is held for
  Checkup failure_;
  Instant changed_at_{};
};

// Of the endpoints of one upstream, in the order of the configuration.
struct ClusterHealth {
  explicit ClusterHealth(std::size_t size) : endpoints(size) {}

  bool is_any_up() const;

  std::vector<EndpointHealth> endpoints;
};

}  // namespace gladhand::upstream
