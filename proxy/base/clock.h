// One monotonic clock, in nanoseconds.
//
// Every mark of a Timeline and every deadline reads it through this seam, so that a test can turn the hands itself.
#pragma once

#include <ctime>

#include <chrono>
#include <cstdint>

#include "base/observing.h"

namespace gladhand {

using Nanos = std::chrono::nanoseconds;

class Clock {
 public:
  virtual ~Clock() = default;

  // Time since an arbitrary start that is the same for the whole process.
  virtual Nanos now() const {
    timespec t;
    clock_gettime(kIsObserving ? CLOCK_MONOTONIC : CLOCK_MONOTONIC_COARSE, &t);
    return Nanos{std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec};
  }
};

}  // namespace gladhand
