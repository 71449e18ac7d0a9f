//   up ──unhealthy_after failures in a row──► down ──healthy_after successes in a row──► up
//
// An endpoint that nothing is known of is up: a start needs no waiting.
#include "upstream/health.h"

#include <fmt/format.h>

#include <algorithm>

namespace gladhand::upstream {

std::string Checkup::reason() const {
  if (code == Code::ok) return fmt::format("The endpoint answered {}.", status);
  return std::string(row(code).help);
}

bool EndpointHealth::learn(const Checkup& checkup, std::uint32_t unhealthy_after, std::uint32_t healthy_after, Instant now) {
  const bool was_good = checkup.result == Checkup::Result::ok;
  const bool was_down = is_down();
  if (!was_good) failure_ = checkup;
  if (was_good != was_down) {
    in_a_row_ = 0;
    return false;
  }
  if (++in_a_row_ < (was_down ? healthy_after : unhealthy_after)) return false;
  in_a_row_ = 0;
  changed_at_ = now;
  is_down_.store(!was_down, std::memory_order_relaxed);
  return true;
}

bool ClusterHealth::is_any_up() const {
  return std::ranges::any_of(endpoints, [](const EndpointHealth& endpoint) { return !endpoint.is_down(); });
}

}  // namespace gladhand::upstream
