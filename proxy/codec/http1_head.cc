#include "codec/http1_head.h"

#include <cstring>

#include "http/syntax.h"

namespace gladhand::codec {
namespace {

using http::FieldId;

// The text up to the next CRLF, which is taken off `raw` with it.
std::string_view take_line(std::string_view& raw) {
  const char* end = static_cast<const char*>(std::memchr(raw.data(), '\r', raw.size()));
  const std::string_view line(raw.data(), static_cast<std::size_t>(end - raw.data()));
  raw.remove_prefix(line.size() + 2);
  return line;
}

Expected<http::Version> read_version(std::string_view text, Code bad, Code unsupported) {
  if (text == "HTTP/1.1") return http::Version::http1_1;
  if (text == "HTTP/1.0") return http::Version::http1_0;
  const bool is_version = text.size() == 8 && text.starts_with("HTTP/") && http::is_digit(text[5]) && text[6] == '.' && http::is_digit(text[7]);
  return failure(is_version ? unsupported : bad, "not HTTP/1.0 or HTTP/1.1");
}

// The one Host field, or nothing where HTTP/1.0 sent none.
Expected<std::string_view> read_host(const http::Head& head) {
  const http::Field* host = nullptr;
  for (const http::Field& field : head.fields) {
    if (field.id != FieldId::host) continue;
    if (host) return failure(Code::bad_request, "more than one Host");
    host = &field;
  }
  if (!host && head.version == http::Version::http1_0) return std::string_view{};
  if (!host) return failure(Code::bad_request, "no Host");
  if (!http::is_authority(host->value)) return failure(Code::bad_request, "Host is not a host with an optional port");
  return host->value;
}

// RFC 9112 section 3.2.3. Some clients leave the port out of Host; nobody may name another host there.
Expected<void> read_tunnel_target(http::Head& head) {
  const std::string_view host = http::host_of(head.target);
  if (host.size() == head.target.size() || !http::is_authority(head.target)) return failure(Code::bad_request, "the target of CONNECT is not a host with a port");
  const bool is_same = http::equals_ignoring_case(head.authority, head.target) || http::equals_ignoring_case(head.authority, host);
  if (!head.authority.empty() && !is_same) return failure(Code::bad_request, "Host and the target of CONNECT name different hosts");
  head.authority = head.target;
  for (const http::Field& field : head.fields) {
    if (field.id == FieldId::content_length || field.id == FieldId::transfer_encoding) return failure(Code::bad_request, "CONNECT with a body");
  }
  return {};
}

Expected<void> read_target(Arena& arena, http::Head& head) {
  const auto host = read_host(head);
  if (!host) return std::unexpected(host.error());
  head.authority = *host;
  if (head.method == "CONNECT") return read_tunnel_target(head);
  if (head.target == "*") {
    if (head.method != "OPTIONS") return failure(Code::bad_request, "the target * is for OPTIONS alone");
    return {};
  }
  if (head.target.front() != '/') {
    const auto parts = http::split_absolute(head.target);
    if (!parts || !(http::equals_ignoring_case(parts->scheme, "http") || http::equals_ignoring_case(parts->scheme, "https")) ||
        !http::is_authority(parts->authority)) {
      return failure(Code::bad_request, "the request target is neither a path nor an http URI");
    }
    // RFC 9112 section 3.2.2 lets the target win. Two readers could still differ, so they must agree.
    if (!head.authority.empty() && !http::equals_ignoring_case(parts->authority, head.authority)) {
      return failure(Code::bad_request, "Host and the request target name different hosts");
    }
    head.scheme = parts->scheme.size() == 4 ? "http" : "https";
    head.authority = parts->authority;
    if (parts->target.empty() && head.method == "OPTIONS") {  // RFC 9112 section 3.2.4
      head.target = "*";
      return {};
    }
    head.target = parts->target.empty() ? "/" : parts->target.front() == '?' ? arena.join({"/", parts->target}) : parts->target;
  }
  const auto canonical = http::canonical_target(head.target, arena);
  if (!canonical) return std::unexpected(canonical.error());
  head.target = *canonical;
  return {};
}

}  // namespace

Expected<void> read_field_lines(std::string_view raw, Code bad, http::Headers& fields) {
  while (true) {
    const std::string_view line = take_line(raw);
    if (line.empty()) return {};
    std::size_t colon = 0;
    while (colon < line.size() && http::is_token_char(line[colon])) ++colon;
    // A space before the colon, a folded line and a line without a colon all end up here.
    if (colon == 0 || colon == line.size() || line[colon] != ':') return failure(bad, "a field line without a valid name");
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
    while (!value.empty() && (value.back() == ' ' || value.back() == '\t')) value.remove_suffix(1);
    const std::string_view name = line.substr(0, colon);
    fields.add(http::field_id(name), name, value);
  }
}

Expected<void> read_request_head(std::string_view raw, Arena& arena, http::Head& head) {
  const std::string_view line = take_line(raw);
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return failure(Code::bad_request, "the request line has not three parts");
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, last - first - 1);
  if (!http::is_token(head.method)) return failure(Code::bad_request, "the method is not a token");
  const auto version = read_version(line.substr(last + 1), Code::bad_request, Code::version_not_supported);
  if (!version) return std::unexpected(version.error());
  head.version = *version;
  if (head.target.empty() || head.target.find(' ') != std::string_view::npos) return failure(Code::bad_request, "the request line has not three parts");
  if (auto read = read_field_lines(raw, Code::bad_request, head.fields); !read) return read;
  return read_target(arena, head);
}

Expected<void> read_response_head(std::string_view raw, http::Head& head) {
  const std::string_view line = take_line(raw);
  const auto version = read_version(line.substr(0, 8), Code::bad_response, Code::bad_response);
  if (!version) return std::unexpected(version.error());
  head.version = *version;
  // "HTTP/1.1 200" and, where there is more, one space before the reason.
  if (line.size() < 12 || line[8] != ' ' || (line.size() > 12 && line[12] != ' ')) return failure(Code::bad_response, "the status line is malformed");
  for (std::size_t i = 9; i < 12; ++i) {
    if (!http::is_digit(line[i])) return failure(Code::bad_response, "the status code is not three digits");
    head.status = static_cast<std::uint16_t>(head.status * 10 + (line[i] - '0'));
  }
  if (head.status < 100) return failure(Code::bad_response, "the status code is below 100");
  if (line.size() > 13) head.reason = line.substr(13);
  return read_field_lines(raw, Code::bad_response, head.fields);
}

}  // namespace gladhand::codec
