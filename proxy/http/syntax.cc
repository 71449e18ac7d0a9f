#include "http/syntax.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include "http/headers.h"

namespace gladhand::http {
namespace {

bool is_unreserved(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_' || c == '~';
}

bool is_host_char(char c) { return is_unreserved(c) || std::string_view("!$&'()*+;=").contains(c); }

bool is_ipv6(std::string_view text) {
  char address[INET6_ADDRSTRLEN] = "";
  if (text.size() >= sizeof address) return false;
  std::ranges::copy(text, address);
  in6_addr ignored;
  return !text.contains('\0') && inet_pton(AF_INET6, address, &ignored) == 1;
}

constexpr Error kBadTarget{Code::bad_request, "the request target is not a valid origin-form"};
constexpr Error kBadEscape{Code::bad_request, "the path has a percent escape that is malformed or forbidden"};
constexpr Error kAboveRoot{Code::bad_request, "the path climbs above its root"};
constexpr Error kHiddenDots{Code::bad_request, "the path hides a dot segment behind an escaped slash"};

bool is_dots(std::string_view segment) { return segment == "." || segment == ".."; }

// A segment that a server which decodes %2F or %5C would read as one with dot segments in it.
bool hides_dots(std::string_view segment) {
  std::size_t start = 0;
  bool has_separator = false;
  for (std::size_t i = 0; i <= segment.size(); ++i) {
    const bool at_end = i == segment.size();
    std::size_t width = 0;
    if (!at_end && segment[i] == '\\') width = 1;
    if (!at_end && segment[i] == '%' && (equals_ignoring_case(segment.substr(i, 3), "%2f") || equals_ignoring_case(segment.substr(i, 3), "%5c"))) width = 3;
    if (!at_end && width == 0) continue;
    has_separator |= !at_end;
    if (has_separator && is_dots(segment.substr(start, i - start))) return true;
    if (at_end) break;
    i += width - 1;
    start = i + 1;
  }
  return false;
}

// The byte that the escape at `at` stands for, or -1.
int escaped_byte(std::string_view path, std::size_t at) {
  if (at + 2 >= path.size() || path[at] != '%') return -1;
  const int high = hex_value(path[at + 1]);
  const int low = hex_value(path[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// UTF-8 that is longer than an ASCII character needs: "%c0%ae" and "%e0%80%ae" are dots in disguise.
bool is_overlong(std::string_view path, std::size_t at) {
  const int first = escaped_byte(path, at);
  const int second = escaped_byte(path, at + 3);
  const int third = escaped_byte(path, at + 6);
  if (first == 0xc0 || first == 0xc1) return second >= 0x80 && second <= 0xbf;
  if (first == 0xe0) return second == 0x80 || second == 0x81;
  return first == 0xf0 && second == 0x80 && (third == 0x80 || third == 0x81);
}

// Decodes the escapes of unreserved characters into `out`, which has room for `path`. The size, or why not.
Expected<std::size_t> decode_unreserved(std::string_view path, char* out) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out[n++] = path[i];
      continue;
    }
    const int byte = escaped_byte(path, i);
    if (byte < 0x20 || byte == 0x7f || is_overlong(path, i)) return std::unexpected(kBadEscape);
    if (is_unreserved(static_cast<char>(byte))) {
      out[n++] = static_cast<char>(byte);
    } else {
      out[n++] = '%';
      out[n++] = path[i + 1];
      out[n++] = path[i + 2];
    }
    i += 2;
  }
  return n;
}

// RFC 3986 section 5.2.4, in place. The size, or why not.
Expected<std::size_t> remove_dot_segments(char* path, std::size_t size) {
  std::size_t out = 0;
  std::size_t i = 0;
  while (i < size) {  // path[i] is a slash
    std::size_t end = i + 1;
    while (end < size && path[end] != '/') ++end;
    const std::string_view segment(path + i + 1, end - i - 1);
    if (hides_dots(segment)) return std::unexpected(kHiddenDots);
    if (segment == "..") {
      if (out == 0) return std::unexpected(kAboveRoot);
      while (path[--out] != '/') {
      }
    }
    if (is_dots(segment)) {
      if (end == size) path[out++] = '/';
    } else {
      std::memmove(path + out, path + i, end - i);
      out += end - i;
    }
    i = end;
  }
  if (out == 0) path[out++] = '/';
  return out;
}

}  // namespace

bool is_token(std::string_view text) {
  for (char c : text) {
    if (!is_token_char(c)) return false;
  }
  return !text.empty();
}

namespace {

// Of a word from memory, the place of the first byte that is not zero.
std::size_t first_byte(std::uint64_t word) {
  return static_cast<std::size_t>(std::endian::native == std::endian::little ? std::countr_zero(word) : std::countl_zero(word)) / 8;
}

}  // namespace

std::size_t find_control(std::string_view text) {
  using Bytes [[gnu::vector_size(16)]] = unsigned char;
  std::size_t i = 0;
  for (; i + sizeof(Bytes) <= text.size(); i += sizeof(Bytes)) {
    Bytes bytes;
    std::memcpy(&bytes, text.data() + i, sizeof bytes);
    const auto found = ((bytes < 0x20) & (bytes != '\t')) | (bytes == 0x7f);
    std::uint64_t words[2];
    std::memcpy(words, &found, sizeof words);
    if (words[0]) return i + first_byte(words[0]);
    if (words[1]) return i + 8 + first_byte(words[1]);
  }
  while (i < text.size() && !is_control(text[i])) ++i;
  return i;
}

bool is_field_value(std::string_view text) {
  if (text.empty()) return true;
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  return !is_space(text.front()) && !is_space(text.back()) && find_control(text) == text.size();
}

std::optional<std::uint64_t> content_length(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : text) {
    if (!is_digit(c) || value > INT64_MAX / 10) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
    if (value > INT64_MAX) return std::nullopt;
  }
  return value;
}

std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

std::optional<std::uint16_t> port_of(std::string_view authority) {
  const std::string_view digits = authority.substr(host_of(authority).size());
  std::uint16_t port = 0;
  if (digits.size() < 2 || std::from_chars(digits.data() + 1, digits.data() + digits.size(), port).ec != std::errc{}) return std::nullopt;
  return port;
}

bool is_authority(std::string_view text) {
  if (text.empty()) return false;
  std::string_view host = text;
  std::string_view port;
  if (text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos || !is_ipv6(text.substr(1, close - 1))) return false;
    host = text.substr(0, close + 1);
    port = text.substr(close + 1);
  } else {
    host = host_of(text);
    port = text.substr(host.size());
    if (host.empty() || host.size() > 253) return false;
    for (char c : host) {
      if (!is_host_char(c)) return false;
    }
  }
  if (port.empty()) return true;
  if (port.front() != ':') return false;
  const std::uint64_t number = content_length(port.substr(1)).value_or(0);
  return number >= 1 && number <= 65535;
}

std::optional<AbsoluteTarget> split_absolute(std::string_view target) {
  const std::size_t colon = target.find("://");
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  AbsoluteTarget parts;
  parts.scheme = target.substr(0, colon);
  target.remove_prefix(colon + 3);
  const std::size_t end = target.find_first_of("/?#");
  parts.authority = target.substr(0, end);
  parts.target = end == std::string_view::npos ? std::string_view{} : target.substr(end);
  return parts;
}

Expected<std::string_view> canonical_target(std::string_view target, Arena& arena) {
  if (target.empty() || target.front() != '/') return std::unexpected(kBadTarget);
  bool is_plain = true;  // nothing to decode, nothing to remove
  std::size_t path_size = target.size();
  for (std::size_t i = 0; i < target.size(); ++i) {
    const unsigned char c = static_cast<unsigned char>(target[i]);
    if (c <= 0x20 || c >= 0x7f || c == '#') return std::unexpected(kBadTarget);
    if (i >= path_size) continue;
    if (c == '?') path_size = i;
    if (c == '%' || c == '\\' || (c == '.' && target[i - 1] == '/')) is_plain = false;
  }
  if (is_plain) return target;
  char* const text = arena.allocate(target.size() + 1);
  const auto decoded = decode_unreserved(target.substr(0, path_size), text);
  if (!decoded) return std::unexpected(decoded.error());
  const auto clean = remove_dot_segments(text, *decoded);
  if (!clean) return std::unexpected(clean.error());
  std::memcpy(text + *clean, target.data() + path_size, target.size() - path_size);
  return std::string_view(text, *clean + target.size() - path_size);
}

}  // namespace gladhand::http
