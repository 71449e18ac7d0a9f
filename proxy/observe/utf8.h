// The characters of text that strangers sent (RFC 3629).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace gladhand::observe {

inline constexpr char32_t kReplacementCharacter = 0xfffd;
inline constexpr std::string_view kEllipsis = "\xe2\x80\xa6";

// The first character of `bytes`, which are not empty. `size` is 0 when it is not UTF-8: stray or missing continuation,
// overlong form, surrogate, or past U+10FFFF.
struct Character {
  char32_t value = 0;
  std::size_t size = 0;
};
constexpr Character decode(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  const std::size_t size = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || bytes.size() < size) return {};
  char32_t value = byte(0) & (0x7fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    value = value << 6 | (byte(i) & 0x3fu);
  }
  constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  if (value < kSmallest[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return {};
  return {value, size};
}

// Control characters (C0, DEL and C1), line separators and what reorders text: no terminal and no page should meet them.
constexpr bool is_harmful(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

// Calls `visit(value, bytes)` for each character. What is not UTF-8 comes as U+FFFD, byte by byte, and so does what is
// harmful: `bytes` are then those of U+FFFD.
template <class Visit>
constexpr void each_harmless(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const Character character = decode(text);
    const bool is_fine = character.size > 0 && !is_harmful(character.value);
    if (is_fine) {
      visit(character.value, text.substr(0, character.size));
    } else {
      visit(kReplacementCharacter, std::string_view("\xef\xbf\xbd"));
    }
    text.remove_prefix(character.size > 0 ? character.size : 1);
  }
}

}  // namespace gladhand::observe
