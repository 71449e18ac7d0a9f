#include "config/printable.h"

#include <cstdint>

namespace gladhand::config {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::size_t kMostQuoted = 80;

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

CodePoint decode(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if (first < 0x80) return {first, 1, true};
  const std::size_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < bytes) return {};
  std::uint32_t value = first & (0x7Fu >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return {};
    value = (value << 6) | (next & 0x3Fu);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kSmallest[bytes] || value > 0x10FFFF || is_surrogate) return {};
  return {value, bytes, true};
}

bool is_printable(std::uint32_t c) {
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return c == '\t';
  const bool is_separator = c == 0x2028 || c == 0x2029 || c == 0xFEFF;
  // Marks that turn the direction of writing: a message must read as it was written.
  const bool turns =
      c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return !is_separator && !turns;
}

}  // namespace

std::size_t code_point_bytes(std::string_view text) { return text.empty() ? 0 : decode(text).bytes; }

std::size_t valid_utf8_bytes(std::string_view text) {
  std::size_t offset = 0;
  for (; offset < text.size(); offset += decode(text.substr(offset)).bytes) {
    if (!decode(text.substr(offset)).valid) break;
  }
  return offset;
}

std::size_t count_code_points(std::string_view text) {
  std::size_t n = 0;
  for (; !text.empty(); ++n) text.remove_prefix(decode(text).bytes);
  return n;
}

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  for (; !text.empty(); --most) {
    if (most == 0) return out + "…";
    const CodePoint c = decode(text);
    out += c.valid && is_printable(c.value) ? text.substr(0, c.bytes) : kReplacement;
    text.remove_prefix(c.bytes);
  }
  return out;
}

std::string back_quoted(std::string_view text) { return "`" + printable(text, kMostQuoted) + "`"; }

}  // namespace gladhand::config
