// Which addresses TCP Fast Open is not tried with for a while, because it failed there (RFC 7413 section 4.1.3).
//
// A failure costs a second where somebody on the way drops SYNs that carry data, so each one in a row doubles the pause. A
// missing cookie is no failure, and neither is a server that answers the SYN alone the first time: its key may have changed.
#pragma once

#include <algorithm>
#include <vector>

#include "base/clock.h"
#include "io/address.h"
#include "timeline/records.h"

namespace gladhand::upstream {

class FastOpenMemory {
 public:
  static constexpr Nanos kFirstPause = std::chrono::minutes(1);
  static constexpr Nanos kLongestPause = std::chrono::hours(1);

  bool may_try(const io::Address& address, Nanos now) const {
    const auto known = std::ranges::find(failed_, address, &Failed::address);
    return known == failed_.end() || now >= known->until;
  }

  void learn(const io::Address& address, timeline::FastOpen outcome, Nanos now) {
    using timeline::FastOpen;
    const auto known = std::ranges::find(failed_, address, &Failed::address);
    switch (outcome) {
      case FastOpen::accepted:
        if (known != failed_.end()) failed_.erase(known);
        return;
      case FastOpen::not_acknowledged:
        if (known == failed_.end()) {
          failed_.push_back({address, now, Nanos::zero()});  // the answer brought a fresh cookie: it is given one more chance
          return;
        }
        break;
      case FastOpen::syn_retransmitted:
      case FastOpen::refused:
      case FastOpen::unanswered: break;
      default: return;
    }
    Failed& failed = known == failed_.end() ? failed_.emplace_back(address, now, Nanos::zero()) : *known;
    failed.pause = std::clamp(2 * failed.pause, kFirstPause, kLongestPause);
    failed.until = now + failed.pause;
  }

 private:
  struct Failed {
    io::Address address;
    Nanos until;
    Nanos pause;
  };
  std::vector<Failed> failed_;  // as long as an endpoint has addresses
};

}  // namespace gladhand::upstream
