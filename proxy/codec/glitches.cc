#include "codec/glitches.h"

#include <algorithm>

namespace gladhand::codec {

bool Glitches::charge(int cost) {
  const std::int64_t earned = (clock_.now() - since_) / kEarn;
  since_ += kEarn * earned;
  left_ = std::min(left_ + earned, kMost) - cost;
  return left_ >= 0;
}

bool Glitches::begin_frame(const nghttp2_frame_hd& header) {
  switch (header.type) {
    case NGHTTP2_HEADERS: return true;
    case NGHTTP2_DATA: return header.length > 0 || (header.flags & NGHTTP2_FLAG_END_STREAM) != 0 || charge(kStrange);
    case NGHTTP2_SETTINGS: return (header.flags & NGHTTP2_FLAG_ACK) != 0 || charge(kSettings);
    case NGHTTP2_CONTINUATION: return charge(kContinuation);
    case NGHTTP2_WINDOW_UPDATE:
      if (free_updates_ == 0) return charge(kStrange);
      --free_updates_;
      return true;
    default: return charge(kStrange);
  }
}

void Glitches::sent_data(std::size_t size) {
  if (size >= kEarnsUpdates) free_updates_ = std::min(free_updates_ + 2, kMostFreeUpdates);
}

}  // namespace gladhand::codec
