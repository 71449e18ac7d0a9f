#include "http/link.h"

#include <algorithm>
#include <utility>

#include "http/headers.h"
#include "http/syntax.h"

namespace gladhand::http {
namespace {

// RFC 3986 section 2: what stands in a URI reference.
bool is_uri_char(char c) { return c > 0x20 && c < 0x7f && std::string_view("<>\"\\^`{|}").find(c) == std::string_view::npos; }

// Types are separated by spaces.
bool names_preload(std::string_view relations) {
  while (!relations.empty()) {
    const std::size_t end = std::min(relations.find(' '), relations.size());
    if (equals_ignoring_case(relations.substr(0, end), "preload")) return true;
    relations.remove_prefix(std::min(end + 1, relations.size()));
  }
  return false;
}

}  // namespace

std::optional<Link> LinkReader::next() {
  do skip_space(); while (skip(','));  // members may be empty (RFC 9110 section 5.6.1.2)
  if (left_.empty()) return std::nullopt;
  auto link = read();
  skip_space();
  if (link && (left_.empty() || skip(','))) return link;
  left_ = {};
  return std::nullopt;
}

std::optional<Link> LinkReader::read() {
  Link link;
  const auto target = read_target();
  if (!target) return std::nullopt;
  link.target = *target;
  bool has_relation = false;
  for (skip_space(); skip(';'); skip_space()) {
    skip_space();
    if (!read_parameter(link, has_relation)) return std::nullopt;
  }
  return link;
}

bool LinkReader::read_parameter(Link& link, bool& has_relation) {
  const std::string_view name = read_token();
  if (name.empty()) return false;
  std::string_view value;
  skip_space();
  if (skip('=')) {
    skip_space();
    const auto read = read_value();
    if (!read) return false;
    value = *read;
  }
  link.has_nopush |= equals_ignoring_case(name, "nopush");
  link.has_anchor |= equals_ignoring_case(name, "anchor");
  // The first one counts (RFC 8288 section 3.3).
  if (equals_ignoring_case(name, "rel") && !std::exchange(has_relation, true)) link.is_preload = names_preload(value);
  return true;
}

std::optional<std::string_view> LinkReader::read_target() {
  if (!skip('<')) return std::nullopt;
  std::size_t size = 0;
  while (size < left_.size() && is_uri_char(left_[size])) ++size;
  const std::string_view target = left_.substr(0, size);
  left_.remove_prefix(size);
  if (!skip('>')) return std::nullopt;
  return target;
}

std::string_view LinkReader::read_token() {
  std::size_t size = 0;
  while (size < left_.size() && is_token_char(left_[size])) ++size;
  const std::string_view token = left_.substr(0, size);
  left_.remove_prefix(size);
  return token;
}

std::optional<std::string_view> LinkReader::read_value() {
  if (skip('"')) return read_quoted();
  const std::string_view token = read_token();
  if (token.empty()) return std::nullopt;
  return token;
}

// As it was written: whoever escapes what needs no escape is not understood.
std::optional<std::string_view> LinkReader::read_quoted() {
  for (std::size_t i = 0; i < left_.size(); ++i) {
    if (is_control(left_[i])) return std::nullopt;
    if (left_[i] == '\\') {
      ++i;
      continue;
    }
    if (left_[i] != '"') continue;
    const std::string_view text = left_.substr(0, i);
    left_.remove_prefix(i + 1);
    return text;
  }
  return std::nullopt;
}

bool LinkReader::skip(char wanted) {
  if (!left_.starts_with(wanted)) return false;
  left_.remove_prefix(1);
  return true;
}

void LinkReader::skip_space() {
  while (left_.starts_with(' ') || left_.starts_with('\t')) left_.remove_prefix(1);
}

}  // namespace gladhand::http
