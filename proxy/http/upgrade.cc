#include "http/upgrade.h"

#include <algorithm>

#include "http/syntax.h"

namespace gladhand::http {
namespace {

// "name" or "name/version" (RFC 9110 section 7.8).
bool is_protocol(std::string_view text) {
  const std::size_t slash = text.find('/');
  return is_token(text.substr(0, slash)) && (slash == std::string_view::npos || is_token(text.substr(slash + 1)));
}

bool is_base64(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/'; }

// What changes this connection alone, and would be wrong on the next: TLS (RFC 2817) and the abandoned h2c (RFC 9113 section 3.1).
bool is_for_one_hop(std::string_view protocol) {
  return equals_ignoring_case(protocol, "h2c") || equals_ignoring_case(protocol.substr(0, protocol.find('/')), "tls");
}

}  // namespace

std::string_view named_protocol(const Head& head) {
  if (head.version != Version::http1_1 || !head.fields.find(FieldId::upgrade)) return {};
  std::string_view protocol;
  bool is_nominated = false;
  for (const Field& field : head.fields) {
    if (field.id == FieldId::upgrade) {
      if (!protocol.empty() || !is_protocol(field.value)) return {};
      protocol = field.value;
    } else if (field.id == FieldId::connection) {
      for_each_token(field.value, [&](std::string_view token) { is_nominated |= equals_ignoring_case(token, "upgrade"); });
    }
  }
  return is_nominated && !is_for_one_hop(protocol) ? protocol : std::string_view{};
}

bool is_websocket(std::string_view protocol) { return equals_ignoring_case(protocol, "websocket"); }

Expected<void> check_websocket_request(const Head& head) {
  if (head.method != "GET") return failure(Code::bad_request, "a WebSocket opens with GET");
  const auto is_key = [](const Field& field) { return equals_ignoring_case(field.name, kWebsocketKey); };
  const auto keys = std::ranges::count_if(head.fields, is_key);
  if (keys == 0 && head.must_change) return {};
  if (keys != 1) return failure(Code::bad_request, "a WebSocket opens with one Sec-WebSocket-Key");
  const std::string_view key = value_of(head.fields, kWebsocketKey);
  // 22 digits hold 128 bits and four that must not be missed by decoders who differ; RFC 4648 pads them to 24.
  if (key.size() != 24 || !key.ends_with("==") || !std::ranges::all_of(key.substr(0, 22), is_base64)) {
    return failure(Code::bad_request, "Sec-WebSocket-Key is not sixteen bytes in base64");
  }
  return {};
}

std::string_view value_of(const Headers& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (equals_ignoring_case(field.name, name)) return field.value;
  }
  return {};
}

}  // namespace gladhand::http
