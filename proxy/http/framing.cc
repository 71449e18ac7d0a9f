#include "http/framing.h"

#include "http/syntax.h"

namespace gladhand::http {
namespace {

struct Declared {
  bool is_chunked = false;
  std::optional<std::uint64_t> length;
};

Expected<Declared> declared(const Head& head, Code bad, Code unknown_coding) {
  Declared found;
  bool has_coding = false;
  for (const Field& field : head.fields) {
    if (field.id == FieldId::content_length) {
      if (found.length) return failure(bad, "more than one Content-Length");
      found.length = content_length(field.value);
      if (!found.length) return failure(bad, "Content-Length is not a number below 2^63");
    } else if (field.id == FieldId::transfer_encoding) {
      if (has_coding) return failure(bad, "more than one Transfer-Encoding");
      has_coding = true;
      found.is_chunked = equals_ignoring_case(field.value, "chunked");
      if (!found.is_chunked) return failure(unknown_coding, "Transfer-Encoding is not exactly `chunked`");
    }
  }
  if (has_coding && found.length) return failure(bad, "both Content-Length and Transfer-Encoding");
  if (has_coding && head.version == Version::http1_0) return failure(bad, "Transfer-Encoding in HTTP/1.0");
  return found;
}

Framing with_length(std::uint64_t length) {
  return length ? Framing{Framing::Kind::length, length} : Framing{};
}

}  // namespace

Expected<Framing> request_framing(const Head& head) {
  const auto found = declared(head, Code::bad_request, Code::not_implemented);
  if (!found) return std::unexpected(found.error());
  if (found->is_chunked) return Framing{Framing::Kind::chunked};
  return with_length(found->length.value_or(0));
}

Expected<Framing> response_framing(const Head& head, std::string_view method) {
  const auto found = declared(head, Code::bad_response, Code::bad_response);
  if (!found) return std::unexpected(found.error());
  const bool is_bodiless = head.is_informational() || head.status == 204;
  if (is_bodiless && (found->is_chunked || found->length.value_or(0) > 0)) {
    return failure(Code::bad_response, "a body where the status code allows none");
  }
  const bool opens_tunnel = method == "CONNECT" && head.status / 100 == 2;
  if (is_bodiless || head.status == 304 || method == "HEAD" || opens_tunnel) return Framing{};
  if (found->is_chunked) return Framing{Framing::Kind::chunked};
  if (found->length) return with_length(*found->length);
  return Framing{Framing::Kind::until_close};
}

}  // namespace gladhand::http
