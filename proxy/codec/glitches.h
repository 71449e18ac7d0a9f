// How much strangeness an HTTP/2 peer may show: a bucket of tokens that refills with time.
//
// Resets, pings, empty frames and the like are legal, and cheap to send. A browser that cancels a page's requests spends a
// few hundred tokens at once; only an attacker goes on.
#pragma once

#include <nghttp2/nghttp2.h>

#include "base/clock.h"

namespace gladhand::codec {

class Glitches {
 public:
  static constexpr int kStrange = 1;   // does nothing for anybody
  static constexpr int kOurReset = 2;  // made us reset a stream (CVE-2025-8671)

  static constexpr std::uint32_t kSkippedFields = 64;  // of heads that were refused: so many are one strange thing

  explicit Glitches(const Clock& clock) : clock_(clock), since_(clock.now()) {}

  // All return false when that was one too many.
  bool charge(int cost);
  bool begin_frame(const nghttp2_frame_hd& header);
  // A frame of so many bytes of body was sent: its receiver may well open the windows again.
  void sent_data(std::size_t size);

 private:
  static constexpr std::int64_t kMost = 1000;
  static constexpr Nanos kEarn = std::chrono::milliseconds(10);
  static constexpr int kSettings = 10;
  static constexpr int kContinuation = 10;
  static constexpr int kMostFreeUpdates = 1000;
  static constexpr std::size_t kEarnsUpdates = 256;  // bytes; a peer that lets less through at a time pays for its updates

  const Clock& clock_;
  Nanos since_;
  std::int64_t left_ = kMost;
  int free_updates_ = 0;
};

}  // namespace gladhand::codec
