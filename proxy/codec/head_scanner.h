// Finds the end of a head or of a trailer section in raw bytes, however they are cut, and refuses what no reader should see.
//
// Lines end with CRLF; a bare CR, a bare LF or any other control character but HTAB is an error (RFC 9112 section 2.2 lets
// a server refuse them, and every smuggling trick needs them). Counts and sizes are bounded while the bytes still arrive.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"

namespace gladhand::codec {

struct HeadLimits {
  std::uint32_t section_bytes = 32 * 1024;
  std::uint32_t start_line_bytes = 8 * 1024;
  std::uint32_t fields = 100;
};

class HeadScanner {
 public:
  enum class Kind : std::uint8_t { request, response, trailers };

  HeadScanner(Kind kind, const HeadLimits& limits) : kind_(kind), limits_(limits) {}

  // Looks at `bytes`, which follow those of the last call. True: the section ended, after `used` of them.
  Expected<bool> feed(std::string_view bytes, std::size_t& used);
  // Whether any byte was seen beyond a leading empty line.
  bool is_started() const { return size_ > leading_; }
  // Of the section so far, final line end included.
  std::size_t size() const { return size_; }
  // Of an empty line before a request, which RFC 9112 section 2.2 asks servers to tolerate.
  std::size_t leading_bytes() const { return leading_; }
  void restart() { size_ = leading_ = line_size_ = lines_ = 0, after_cr_ = false; }

 private:
  Expected<bool> end_line();
  std::unexpected<Error> excess() const;
  bool is_start_line_too_long() const { return lines_ == 0 && kind_ == Kind::request && line_size_ > limits_.start_line_bytes; }
  bool is_too_large() const { return size_ > limits_.section_bytes || lines_ > (kind_ == Kind::trailers ? 0U : 1U) + limits_.fields; }

  Kind kind_;
  HeadLimits limits_;
  bool after_cr_ = false;
  std::size_t size_ = 0;
  std::size_t leading_ = 0;
  std::size_t line_size_ = 0;
  std::size_t lines_ = 0;
};

}  // namespace gladhand::codec
