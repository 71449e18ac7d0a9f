// How much strangeness a peer may show: a bucket of tokens that refills with time.
//
// Resets, pings, empty frames and the like are legal, and cheap to send. A browser that cancels a page's requests spends a
// few hundred at once; only an attacker goes on.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace gladhand::codec {

class Glitches {
 public:
  explicit Glitches(const Clock& clock) : clock_(clock), since_(clock.now()) {}

  // False: that was one too many.
  bool charge(int cost) {
    const std::int64_t earned = (clock_.now() - since_) / kEarn;
    since_ += kEarn * earned;
    left_ = std::min<std::int64_t>(left_ + earned, kMost) - cost;
    return left_ >= 0;
  }

 private:
  static constexpr std::int64_t kMost = 1000;
  static constexpr Nanos kEarn = std::chrono::milliseconds(10);

  const Clock& clock_;
  Nanos since_;
  std::int64_t left_ = kMost;
};

}  // namespace gladhand::codec
