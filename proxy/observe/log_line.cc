#include "observe/log_line.h"

#include <charconv>
#include <cstring>

#include "observe/utf8.h"

namespace gladhand::observe {
namespace {

constexpr std::string_view kReplacement = "\\ufffd";

constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (int c = 0x20; c < 0x7f; ++c) plain[static_cast<std::size_t>(c)] = c != '"' && c != '\\';
  return plain;
}();

bool is_plain(char c) { return kPlain[static_cast<unsigned char>(c)]; }

// The longest run of plain characters at the start.
std::string_view plain_run(std::string_view bytes) {
  std::size_t n = 0;
  while (n < bytes.size() && is_plain(bytes[n])) ++n;
  return bytes.substr(0, n);
}

// What stands in a JSON string for the first character of `bytes`, which is not plain, and how many bytes that takes
// away.
struct Escape {
  std::array<char, 6> text;
  std::size_t size;
  std::size_t taken;

  std::string_view view() const { return {text.data(), size}; }
};
Escape copy(std::string_view text, std::size_t taken) {
  Escape escape{{}, text.size(), taken};
  std::memcpy(escape.text.data(), text.data(), text.size());
  return escape;
}
Escape by_number(char32_t c, std::size_t taken) {
  constexpr std::string_view kHex = "0123456789abcdef";
  return {{'\\', 'u', kHex[c >> 12 & 15], kHex[c >> 8 & 15], kHex[c >> 4 & 15], kHex[c & 15]}, 6, taken};
}
Escape escape_first(std::string_view bytes) {
  switch (const auto c = static_cast<unsigned char>(bytes.front()); c) {
    case '"': return copy("\\\"", 1);
    case '\\': return copy("\\\\", 1);
    case '\n': return copy("\\n", 1);
    case '\r': return copy("\\r", 1);
    case '\t': return copy("\\t", 1);
    default:
      if (c < 0x80) return by_number(c, 1);
  }
  const Character character = decode(bytes);
  if (!character.size) return copy(kReplacement, 1);
  if (is_harmful(character.value)) return by_number(character.value, character.size);
  return copy(bytes.substr(0, character.size), character.size);
}

void put_digits(char* to, unsigned value, int digits) {
  while (digits--) {
    to[digits] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

}  // namespace

void LogLine::raw(std::string_view json) {
  if (json.size() > kCapacity - size_) {
    is_whole_ = false;
    return;
  }
  std::memcpy(&bytes_[size_], json.data(), json.size());
  size_ += json.size();
}

void LogLine::number(std::uint64_t n) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr;
  raw({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void LogLine::text(std::string_view bytes, std::size_t most_bytes) {
  raw("\"");
  std::size_t room = most_bytes;
  while (!bytes.empty()) {
    if (const auto run = plain_run(bytes.substr(0, room)); !run.empty()) {
      raw(run);
      room -= run.size();
      bytes.remove_prefix(run.size());
      continue;
    }
    const Escape escape = room ? escape_first(bytes) : Escape{};
    if (escape.size > room || !room) {
      raw(kEllipsis);
      break;
    }
    raw(escape.view());
    room -= escape.size;
    bytes.remove_prefix(escape.taken);
  }
  raw("\"");
}

void LogLine::timestamp(std::chrono::sys_time<Nanos> time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  if (second != second_) {
    second_ = second;
    const auto day = std::chrono::floor<std::chrono::days>(second);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(second - day);
    std::memcpy(second_text_.data(), "0000-00-00T00:00:00.", second_text_.size());
    put_digits(&second_text_[0], static_cast<unsigned>(static_cast<int>(date.year())), 4);
    put_digits(&second_text_[5], static_cast<unsigned>(date.month()), 2);
    put_digits(&second_text_[8], static_cast<unsigned>(date.day()), 2);
    put_digits(&second_text_[11], static_cast<unsigned>(clock.hours().count()), 2);
    put_digits(&second_text_[14], static_cast<unsigned>(clock.minutes().count()), 2);
    put_digits(&second_text_[17], static_cast<unsigned>(clock.seconds().count()), 2);
  }
  std::array<char, 6> micros;
  put_digits(micros.data(), static_cast<unsigned>((time - second) / std::chrono::microseconds(1)), 6);
  raw("\"");
  raw({second_text_.data(), second_text_.size()});
  raw({micros.data(), micros.size()});
  raw("Z\"");
}

}  // namespace gladhand::observe
