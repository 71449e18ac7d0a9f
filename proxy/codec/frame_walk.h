// Where the frames of HTTP/2 begin in a connection's bytes (RFC 9113 section 4.1).
//
// nghttp2 skips some frames without a word to anybody. Whoever wants to see them all walks along.
#pragma once

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gladhand::codec {

class FrameWalk {
 public:
  // `preface` bytes come before the first frame.
  explicit FrameWalk(std::size_t preface) : left_(preface) {}

  // How many of `bytes`, which are not empty, belong to one frame: the rest of it, or its header and what is there of its
  // payload. They end where the frame does, or with `bytes`.
  std::size_t step(std::string_view bytes) {
    has_begun_ = false;
    if (left_ > 0) return pass(bytes.size());
    std::size_t taken = 0;
    while (taken < bytes.size() && seen_ < needed()) head_[seen_++] = bytes[taken++];
    if (seen_ < needed()) return taken;
    has_begun_ = true;
    left_ = kHeader + number(0, 3) - seen_;
    seen_ = 0;
    return taken + pass(bytes.size() - taken);
  }
  // A header was completed by that step: of PRIORITY together with what it says first.
  bool has_begun() const { return has_begun_; }
  nghttp2_frame_hd header() const {
    return {.length = number(0, 3), .stream_id = stream_at(5), .type = type(), .flags = byte(4), .reserved = 0};
  }
  // Of a PRIORITY frame that is as long as it must be: what its stream depends on. Else 0.
  std::int32_t dependency() const { return is_priority() ? stream_at(kHeader) : 0; }

 private:
  static constexpr std::size_t kHeader = 9;
  static constexpr std::size_t kStream = 4;  // bytes of an identifier

  std::size_t pass(std::size_t available) {
    const std::size_t passed = std::min(left_, available);
    left_ -= passed;
    return passed;
  }
  std::size_t needed() const { return seen_ >= kHeader && is_priority() ? kHeader + kStream : kHeader; }
  bool is_priority() const { return type() == NGHTTP2_PRIORITY && number(0, 3) == 5; }
  std::uint8_t type() const { return byte(3); }
  std::int32_t stream_at(std::size_t at) const { return static_cast<std::int32_t>(number(at, kStream) & 0x7fffffff); }
  std::uint8_t byte(std::size_t at) const { return static_cast<std::uint8_t>(head_[at]); }
  std::uint32_t number(std::size_t at, std::size_t bytes) const {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + bytes; ++i) value = value << 8 | byte(i);
    return value;
  }

  std::array<char, kHeader + kStream> head_{};
  std::size_t seen_ = 0;  // of the head
  std::size_t left_;      // of the payload, or the preface
  bool has_begun_ = false;
};

}  // namespace gladhand::codec
