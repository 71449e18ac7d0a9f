#include "codec/http1_writer.h"

#include <charconv>

#include "base/text.h"
#include "http/reason.h"

namespace gladhand::codec {
namespace {

using http::FieldId;
using http::Framing;

// Pieces below this are copied: that costs less than one more slice in a system call, and lets their block go.
constexpr std::size_t kCopyBelow = 4096;

class Writer {
 public:
  explicit Writer(char* at) : begin_(at), at_(at) {}
  Writer& operator<<(std::string_view text) {
    at_ = put(at_, text);
    return *this;
  }
  Writer& number(std::uint64_t value, int base = 10) {
    at_ = std::to_chars(at_, at_ + 20, value, base).ptr;
    return *this;
  }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
};

bool is_written_by_us(FieldId id) {
  return id == FieldId::content_length || id == FieldId::transfer_encoding || id == FieldId::connection || id == FieldId::host;
}

constexpr std::size_t kExtra = 160;  // the framing and persistence fields, digits and line ends

std::size_t size_of(const http::Headers& fields) {
  std::size_t size = 0;
  for (const http::Field& field : fields) size += field.name.size() + field.value.size() + 4;
  return size;
}

void write_fields(const http::Headers& fields, Writer& to) {
  for (const http::Field& field : fields) {
    if (!is_written_by_us(field.id)) to << field.name << ": " << field.value << "\r\n";
  }
}

void write_upgrade(const http::Head& head, Writer& to) {
  if (!head.protocol.empty()) to << "Connection: Upgrade\r\nUpgrade: " << head.protocol << "\r\n";
}

}  // namespace

void write_request_head(const http::Head& head, Framing framing, Buffer& out) {
  Writer to(out.reserve(head.method.size() + head.target.size() + head.authority.size() + head.protocol.size() + size_of(head.fields) + kExtra));
  to << head.method << " " << head.target << " HTTP/1.1\r\nHost: " << head.authority << "\r\n";
  if (framing.kind == Framing::Kind::length || (framing.kind == Framing::Kind::none && head.content_length)) {
    (to << "Content-Length: ").number(framing.length) << "\r\n";
  } else if (framing.kind == Framing::Kind::chunked) {
    to << "Transfer-Encoding: chunked\r\n";
  }
  write_upgrade(head, to);
  if (head.fields.find(FieldId::te)) to << "Connection: TE\r\n";  // RFC 9110 section 10.1.4
  write_fields(head.fields, to);
  to << "\r\n";
  out.commit(to.size());
}

void write_response_head(const http::Head& head, Framing framing, Persistence persistence, Buffer& out) {
  const std::string_view reason = head.reason.empty() ? http::reason_phrase(head.status) : head.reason;
  Writer to(out.reserve(reason.size() + head.protocol.size() + size_of(head.fields) + kExtra));
  (to << "HTTP/1.1 ").number(head.status) << " " << reason << "\r\n";
  if (framing.kind == Framing::Kind::chunked) {
    to << "Transfer-Encoding: chunked\r\n";
  } else if (framing.kind == Framing::Kind::length) {
    (to << "Content-Length: ").number(framing.length) << "\r\n";
  } else if (head.content_length && !head.is_informational() && head.status != 204) {
    (to << "Content-Length: ").number(*head.content_length) << "\r\n";
  }
  write_upgrade(head, to);
  if (persistence == Persistence::close) to << "Connection: close\r\n";
  if (persistence == Persistence::keep_alive) to << "Connection: keep-alive\r\n";
  write_fields(head.fields, to);
  to << "\r\n";
  out.commit(to.size());
}

void write_body(Buffer&& body, Buffer& out) {
  for (const Slice& slice : body.slices()) {
    if (slice.size() < kCopyBelow) {
      out.append(slice.view());
    } else {
      out.append(slice);
    }
  }
  body.clear();
}

void write_chunk(Buffer&& body, Buffer& out) {
  Writer to(out.reserve(24));
  to.number(body.size(), 16) << "\r\n";
  out.commit(to.size());
  write_body(std::move(body), out);
  out.append(std::string_view("\r\n"));
}

void write_last_chunk(const http::Headers& trailers, Buffer& out) {
  Writer to(out.reserve(size_of(trailers) + 8));
  to << "0\r\n";
  write_fields(trailers, to);
  to << "\r\n";
  out.commit(to.size());
}

}  // namespace gladhand::codec
