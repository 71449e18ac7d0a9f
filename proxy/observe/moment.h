// One instant on two clocks, to tell the time of day at which marks were set.
#pragma once

#include <chrono>

#include "base/clock.h"

namespace gladhand::observe {

struct Moment {
  std::chrono::sys_time<Nanos> wall;
  Nanos now{};

  static Moment of(const Clock& clock) { return {std::chrono::system_clock::now(), clock.now()}; }
  std::chrono::sys_time<Nanos> wall_time(Nanos mark) const { return wall - (now - mark); }
};

// Whole microseconds, the nearest. Where durations are shown beside the instants that they lie between, both are rounded
// as instants: then they add up.
constexpr std::int64_t micros(Nanos time) {
  const std::int64_t shifted = time.count() + 500;
  return shifted >= 0 ? shifted / 1000 : -((-shifted + 999) / 1000);
}

}  // namespace gladhand::observe
