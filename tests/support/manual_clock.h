// A clock whose hands a test turns.
#pragma once

#include "base/clock.h"

namespace gladhand::test {

class ManualClock final : public Clock {
 public:
  Nanos now() const override { return now_; }
  void advance(Nanos by) { now_ += by; }

 private:
  Nanos now_ = std::chrono::hours(1);  // not zero: nothing may take the start for "never"
};

}  // namespace gladhand::test
