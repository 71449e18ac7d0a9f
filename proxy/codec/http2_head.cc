#include "codec/http2_head.h"

#include <algorithm>
#include <charconv>

#include "http/syntax.h"
#include "http/upgrade.h"

namespace gladhand::codec {

using http::FieldId;

// ---- reading

void FieldReader::begin() {
  bytes_ = count_ = cookies_ = 0;
  cookie_ = status_ = {};
}

Expected<void> FieldReader::add(std::string_view name, std::string_view value, Arena& arena, http::Head& head, bool is_sensitive) {
  // Counted before it is looked at, crumbs too: a reference of one byte may stand for 4 KB.
  bytes_ += name.size() + value.size() + 4;  // as the same line of HTTP/1
  if (++count_ > limits_.fields + 5 || bytes_ > limits_.section_bytes) return failure(too_large_);
  if (name.starts_with(':')) return add_pseudo(name, value, arena, head);
  if (!http::is_token(name)) return failure(bad_, "a field name that is not a token");
  if (!http::is_field_value(value)) return failure(bad_, "a field value with control characters or outer white space");
  const FieldId id = http::field_id(name);
  if (id == FieldId::cookie) {
    cookie_ = cookies_++ == 0 ? arena.copy(value) : arena.join({cookie_, "; ", value});
    return {};
  }
  head.fields.add(id, id == FieldId::other ? arena.copy(name) : http::field_name(id), arena.copy(value), is_sensitive);
  return {};
}

Expected<void> FieldReader::add_pseudo(std::string_view name, std::string_view value, Arena& arena, http::Head& head) {
  if (value.size() > limits_.start_line_bytes) return failure(name == ":path" ? Code::uri_too_long : too_large_);
  if (http::find_control(value) != value.size()) return failure(bad_, "a control character in a pseudo-header field");
  const std::string_view text = arena.copy(value);
  if (name == ":method") head.method = text;
  if (name == ":scheme") head.scheme = text;
  if (name == ":authority") head.authority = text;
  if (name == ":path") head.target = text;
  if (name == ":protocol") head.protocol = text;
  if (name == ":status") status_ = text;
  return {};
}

// :authority and Host, of which at least one must be there, say the same (RFC 9113 section 8.3.1).
Expected<void> FieldReader::finish_authority(http::Head& head) {
  const http::Field* host = nullptr;
  for (const http::Field& field : head.fields) {
    if (field.id != FieldId::host) continue;
    if (host) return failure(bad_, "more than one Host");
    host = &field;
  }
  if (head.authority.empty() && host) head.authority = host->value;
  if (!http::is_authority(head.authority)) return failure(bad_, "the authority is not a host with an optional port");
  if (host && !http::equals_ignoring_case(host->value, head.authority)) return failure(bad_, "Host and :authority name different hosts");
  return {};
}

Expected<void> FieldReader::finish_length(http::Head& head) {
  for (const http::Field& field : head.fields) {
    if (field.id == FieldId::transfer_encoding) return failure(bad_, "Transfer-Encoding in HTTP/2");
    if (field.id != FieldId::content_length) continue;
    if (head.content_length) return failure(bad_, "more than one Content-Length");
    head.content_length = http::content_length(field.value);
    if (!head.content_length) return failure(bad_, "Content-Length is not a number below 2^63");
  }
  return {};
}

Expected<void> FieldReader::finish_request(std::string_view scheme, Arena& arena, http::Head& head) {
  head.version = http::Version::http2;
  if (cookies_ > 0) head.fields.add(FieldId::cookie, cookie_);
  if (!http::is_token(head.method)) return failure(bad_, "the method is not a token");
  if (auto fit = finish_authority(head); !fit) return fit;
  if (auto fit = finish_length(head); !fit) return fit;
  if (head.method == "CONNECT") {
    head.must_change = true;
    if (head.content_length) return failure(bad_, "CONNECT with Content-Length");
    if (head.protocol.empty()) return finish_connect(head);
    if (!http::is_token(head.protocol)) return failure(bad_, "the :protocol is not a token");
    head.method = "GET";  // what asks for the same in HTTP/1.1 (RFC 8441 section 5)
  }
  if (head.scheme != "http" && head.scheme != "https") return failure(bad_, "the scheme is neither http nor https");
  if (!scheme.empty()) head.scheme = scheme;
  if (head.target == "*") {
    return head.method == "OPTIONS" ? Expected<void>{} : failure(bad_, "the target * is for OPTIONS alone");
  }
  if (!head.target.starts_with('/')) return failure(bad_, "the request target is not a path");
  const auto canonical = http::canonical_target(head.target, arena);
  if (!canonical) return std::unexpected(canonical.error());
  head.target = *canonical;
  return {};
}

Expected<void> FieldReader::finish_connect(http::Head& head) {
  if (!head.target.empty() || !head.scheme.empty()) return failure(bad_, "CONNECT with :scheme or :path");
  if (http::host_of(head.authority).size() == head.authority.size()) return failure(bad_, "the target of CONNECT is not a host with a port");
  head.target = head.authority;
  return {};
}

Expected<void> FieldReader::finish_response(http::Head& head) {
  head.version = http::Version::http2;
  if (cookies_ > 0) head.fields.add(FieldId::cookie, cookie_);
  if (status_.size() != 3 || !std::ranges::all_of(status_, http::is_digit) || status_[0] == '0') return failure(bad_, "the status code is not three digits");
  head.status = 0;
  for (char digit : status_) head.status = static_cast<std::uint16_t>(head.status * 10 + (digit - '0'));
  return finish_length(head);
}

// ---- writing

namespace {

// What HTTP/2 says in another way, or not at all (RFC 9113 section 8.2.2).
bool belongs_to_connection(FieldId id) {
  switch (id) {
    case FieldId::host:
    case FieldId::connection:
    case FieldId::keep_alive:
    case FieldId::proxy_connection:
    case FieldId::transfer_encoding:
    case FieldId::content_length:  // written from the head's own value
    case FieldId::upgrade: return true;
    default: return false;
  }
}

// Secrets that a compression oracle could guess at stay out of the dynamic table (RFC 7541 section 7.1.3).
bool is_secret(FieldId id) { return id == FieldId::authorization || id == FieldId::proxy_authorization; }

// Proves to a client of HTTP/1.1 that its question was understood, which in HTTP/2 nobody doubts (RFC 8441 section 5).
bool is_proof(const http::Field& field) {
  return http::equals_ignoring_case(field.name, http::kWebsocketKey) || http::equals_ignoring_case(field.name, http::kWebsocketAccept);
}

std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); }

}  // namespace

void FieldWriter::add(std::string_view name, std::string_view value, std::uint8_t flags) {
  fields_.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(), flags});
}

void FieldWriter::add_fields(const http::Headers& fields, bool opens_tunnel) {
  for (const http::Field& field : fields) {
    if (belongs_to_connection(field.id) || (opens_tunnel && is_proof(field))) continue;
    const std::uint8_t flags = field.is_sensitive || is_secret(field.id) ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
    if (field.id == FieldId::other) {
      add(field.name, field.value, flags);
    } else {
      add_known(http::field_name(field.id), field.value, flags);
    }
  }
}

std::string_view FieldWriter::written(std::uint64_t value, Digits& to) {
  return {to.data(), static_cast<std::size_t>(std::to_chars(to.begin(), to.end(), value).ptr - to.data())};
}

std::vector<nghttp2_nv>& FieldWriter::request(const http::Head& head, std::string_view scheme) {
  fields_.clear();
  const bool is_extended = !head.protocol.empty();
  add_known(":method", is_extended ? "CONNECT" : head.method);
  if (is_extended) add_known(":protocol", head.protocol);
  if (head.method != "CONNECT") {
    add_known(":scheme", scheme);
    add_known(":path", head.target);
  }
  add_known(":authority", head.authority);
  if (head.content_length) add_length(*head.content_length);
  add_fields(head.fields, is_extended);
  return fields_;
}

std::vector<nghttp2_nv>& FieldWriter::response(const http::Head& head) {
  fields_.clear();
  const bool opens_tunnel = !head.protocol.empty();
  add_known(":status", opens_tunnel ? "200" : written(head.status, status_));
  if (head.content_length && !head.is_informational() && head.status != 204) add_length(*head.content_length);
  add_fields(head.fields, opens_tunnel);
  return fields_;
}

std::vector<nghttp2_nv>& FieldWriter::trailers(const http::Headers& fields) {
  fields_.clear();
  add_fields(fields);
  return fields_;
}

}  // namespace gladhand::codec
