// A few short texts in memory of a fixed size, one behind the other.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include "observe/utf8.h"

namespace gladhand::observe {

// Trivially copyable, and of whole words, so that it can be moved about as such.
template <std::size_t count, std::size_t bytes>
class alignas(std::uint64_t) ShortTexts {
  static_assert(bytes <= std::numeric_limits<std::uint16_t>::max());

 public:
  // To be called for i = 0, 1, 2 …; the sum of all `most` must not be more than there are bytes. Text longer than `most`
  // is cut and ends in "…".
  void put(std::size_t i, std::string_view text, std::size_t most) {
    std::size_t at = i == 0 ? 0 : ends_[i - 1];
    const bool is_cut = text.size() > most;
    if (is_cut) text = text.substr(0, whole_characters(text, most - kEllipsis.size()));
    at += copy(text, at);
    if (is_cut) at += copy(kEllipsis, at);
    ends_[i] = static_cast<std::uint16_t>(at);
  }

  std::string_view at(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
    return {&bytes_[begin], ends_[i] - begin};
  }

  // Up to the end of the last text: what comes after it has no meaning.
  std::size_t used_bytes() const { return static_cast<std::size_t>(&bytes_[ends_.back()] - reinterpret_cast<const char*>(this)); }

 private:
  // At most `most`, without the beginnings of a character whose end is cut off.
  static std::size_t whole_characters(std::string_view text, std::size_t most) {
    std::size_t size = most;
    while (size > 0 && most - size < 3 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
    return size;
  }
  std::size_t copy(std::string_view text, std::size_t at) {
    if (!text.empty()) std::memcpy(&bytes_[at], text.data(), text.size());
    return text.size();
  }

  std::array<std::uint16_t, count> ends_{};
  std::array<char, bytes> bytes_;
};

}  // namespace gladhand::observe
