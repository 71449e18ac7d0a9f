// Which streams a client has opened, and which of them we have reset: what nghttp2 forgets when a stream is closed.
//
// A frame on a closed stream breaks the rules (RFC 9113 section 5.1), unless it was on its way when our RST_STREAM was.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace gladhand::codec {

class StreamIds {
 public:
  // True: the highest so far, which is what a new one must be.
  bool open(std::int32_t id) {
    if (id <= last_) return false;
    last_ = id;
    return true;
  }
  void reset_by_us(std::int32_t id) { reset_[next_++ % reset_.size()] = id; }
  // Closed, and not lately by us.
  bool is_closed(std::int32_t id) const { return id <= last_ && std::ranges::find(reset_, id) == reset_.end(); }

 private:
  std::int32_t last_ = 0;
  std::array<std::int32_t, 128> reset_{};  // the latest ones
  std::size_t next_ = 0;
};

}  // namespace gladhand::codec
