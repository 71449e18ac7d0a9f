// The strict reading of everything a peer can put into a message, for every version and both directions.
//
// Sources: RFC 9110 (fields, methods, Host), RFC 9112 (request target), RFC 3986 (URI). A message that passes cannot be
// read in two ways further on; what does not pass is refused, never mended.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/arena.h"
#include "base/error.h"

namespace gladhand::http {

namespace detail {
inline constexpr std::array<bool, 256> kToken = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[c] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  for (unsigned char c : std::string_view("!#$%&'*+-.^_`|~")) table[c] = true;
  return table;
}();
}  // namespace detail

constexpr bool is_token_char(char c) { return detail::kToken[static_cast<unsigned char>(c)]; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  const char l = static_cast<char>(c | 0x20);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

// A control character other than HTAB.
constexpr bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

// 1*tchar.
bool is_token(std::string_view text);
// No control characters but HTAB, no white space at either end. Bytes above 0x7f pass (obs-text).
bool is_field_value(std::string_view text);
// The first control character other than HTAB, or the end.
std::size_t find_control(std::string_view text);

// 1*DIGIT below 2^63. RFC 9110 section 8.6.
std::optional<std::uint64_t> content_length(std::string_view text);

// uri-host [ ":" port ] with a port of 1 to 65535, without userinfo. Empty is not an authority.
bool is_authority(std::string_view text);
// Without port, brackets kept.
std::string_view host_of(std::string_view authority);
// Of what is_authority(). Unset: there is none.
std::optional<std::uint16_t> port_of(std::string_view authority);

// Splits an absolute-form target (RFC 9112 section 3.2.2) into scheme, authority and origin-form. Bytes are kept.
struct AbsoluteTarget {
  std::string_view scheme, authority, target;
};
std::optional<AbsoluteTarget> split_absolute(std::string_view target);

// Checks an origin-form target and brings its path into the one form that routes, rules, log and upstream share: percent
// escapes of unreserved characters decoded, dot segments removed (RFC 3986 section 6.2.2). The query is kept. What has no
// such form is refused: controls, bad or overlong escapes, %00, a way out of the root, dot segments around %2F or %5C.
// Returns `target` itself when nothing had to change; else text in `arena`.
Expected<std::string_view> canonical_target(std::string_view target, Arena& arena);

}  // namespace gladhand::http
