// One line of the access log while it is written: JSON appended to memory that is used again for the next line.
//
// Text comes from strangers. It is escaped so that the line is one line of valid JSON and of valid UTF-8, and harmless
// on a terminal: control characters (C0, DEL and C1), quotes, the line separators U+2028 and U+2029 and the characters
// that reorder text are written as \uXXXX; each byte that is not UTF-8 becomes U+FFFD. Nothing here allocates.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace gladhand::observe {

class LogLine {
 public:
  static constexpr std::size_t kTextBytes = 2048;      // of one text, escaped, unless it is given less; a longer one is cut and ends in "…"
  static constexpr std::size_t kCapacity = 64 * 1024;  // more than a record has texts

  void clear() {
    size_ = 0;
    is_whole_ = true;
  }
  // JSON as it is.
  void raw(std::string_view json);
  void number(std::uint64_t n);
  // A JSON string, quotes included.
  void text(std::string_view bytes, std::size_t most_bytes = kTextBytes);
  // RFC 3339 in UTC with microseconds, quotes included.
  void timestamp(std::chrono::sys_time<Nanos> time);

  // False when something found no room: then the line is not to be used.
  bool is_whole() const { return is_whole_; }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, kCapacity> bytes_;
  std::size_t size_ = 0;
  bool is_whole_ = true;
  // The text of the second that was written last: many lines fall into one.
  std::chrono::sys_seconds second_ = std::chrono::sys_seconds::min();
  std::array<char, 20> second_text_;
};

}  // namespace gladhand::observe
