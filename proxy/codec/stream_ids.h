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
    if (id == gapless_ + 2) gapless_ = id;
    last_ = id;
    return true;
  }
  void reset_by_us(std::int32_t id) {
    if (was_reset(id)) return;
    std::int32_t& oldest = reset_[next_++ % reset_.size()];
    forgotten_ = std::max(forgotten_, oldest);
    oldest = id;
  }
  // Of a stream that is not open: it is closed, and surely not by us.
  bool is_closed(std::int32_t id) const { return id <= last_ && id > forgotten_ && !was_reset(id); }
  // False: it may have been skipped, as one that is lower than another may be. Clients do not skip.
  bool was_opened(std::int32_t id) const { return id <= gapless_ || id == last_; }

 private:
  bool was_reset(std::int32_t id) const { return std::ranges::find(reset_, id) != reset_.end(); }

  std::int32_t last_ = 0;
  std::int32_t gapless_ = -1;  // up to here each one was opened
  std::array<std::int32_t, 128> reset_{};  // the latest ones
  std::size_t next_ = 0;
  std::int32_t forgotten_ = 0;  // the highest of those that were reset before them
};

}  // namespace gladhand::codec
