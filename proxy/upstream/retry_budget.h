// How many requests of one upstream may be sent again because of what came of them: an upstream that fails under its load must
// not get a multiple of it.
//
// Requests are counted in slots of a second, of which the window holds the latest ten. Not thread-safe: each worker has its own.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/clock.h"

namespace gladhand::upstream {

class RetryBudget {
 public:
  static constexpr Nanos kSlot = std::chrono::seconds(1);
  static constexpr std::size_t kSlots = 10;
  static constexpr std::uint64_t kPercent = 20;  // of the requests of the window
  static constexpr std::uint64_t kAlways = 3 * kSlots;  // within it, however few requests there are

  void note_request(Nanos now) {
    if (now >= slot_end_) roll(now);
    ++slots_[current_].requests;
    ++requests_;
  }
  // True: another attempt may be made, and is counted.
  bool take(Nanos now) {
    if (now >= slot_end_) roll(now);
    if (retries_ >= std::max(kAlways, requests_ * kPercent / 100)) return false;
    ++slots_[current_].retries;
    ++retries_;
    return true;
  }

 private:
  struct Slot {
    std::uint64_t requests = 0;
    std::uint64_t retries = 0;
  };

  void roll(Nanos now) {
    const auto passed = static_cast<std::uint64_t>((now - slot_end_) / kSlot) + 1;
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(passed, kSlots); ++i) {
      current_ = (current_ + 1) % kSlots;
      requests_ -= slots_[current_].requests;
      retries_ -= slots_[current_].retries;
      slots_[current_] = {};
    }
    slot_end_ += passed * kSlot;
  }

  std::array<Slot, kSlots> slots_{};
  std::size_t current_ = 0;
  Nanos slot_end_{};
  std::uint64_t requests_ = 0;  // of all slots, as the next
  std::uint64_t retries_ = 0;
};

}  // namespace gladhand::upstream
