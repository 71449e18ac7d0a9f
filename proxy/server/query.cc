#include "server/query.h"

#include <charconv>
#include <optional>

namespace gladhand::server {
namespace {

std::optional<std::string> decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned char byte = 0;
    const auto end = digits.data() + digits.size();
    if (digits.size() < 2 || std::from_chars(digits.data(), end, byte, 16).ptr != end) return std::nullopt;
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

}  // namespace

std::expected<Query, std::string> parse_query(std::string_view target) {
  Query query;
  const std::size_t mark = target.find('?');
  std::string_view rest = mark == target.npos ? std::string_view() : target.substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view piece = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(piece.size() + 1, rest.size()));
    if (piece.empty()) continue;
    const std::size_t equals = piece.find('=');
    auto name = decoded(piece.substr(0, equals));
    auto value = decoded(equals == piece.npos ? "" : piece.substr(equals + 1));
    if (!name || !value) return std::unexpected(std::string(piece));
    query.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

}  // namespace gladhand::server
