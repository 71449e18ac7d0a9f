// What the two fuzzers of HTTP/1 share: bytes cut by the fuzzer's own choice, and messages kept as values.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/http1.h"
#include "support/http1_rig.h"
#include "support/slices.h"

namespace gladhand::test {

// The first byte: flags, and in its low half the number of cuts. As many bytes follow, the lengths of the pieces. Then the
// bytes themselves.
struct Input {
  std::uint8_t flags = 0;
  std::vector<std::string_view> pieces;
  std::string_view whole;

  Input(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return;
    flags = data[0];
    const std::size_t cuts = std::min<std::size_t>(flags & 0x0f, size - 1);
    whole = {reinterpret_cast<const char*>(data) + 1 + cuts, size - 1 - cuts};
    std::string_view rest = whole;
    for (std::size_t i = 0; i < cuts; ++i) {
      pieces.push_back(rest.substr(0, data[1 + i]));
      rest.remove_prefix(pieces.back().size());
    }
    pieces.push_back(rest);
  }
};

inline void require_equal(std::string_view what, std::string_view a, std::string_view b) {
  if (a == b) return;
  std::fprintf(stderr, "%.*s differs:\n%.*s\n---- and\n%.*s\n", static_cast<int>(what.size()), what.data(), static_cast<int>(a.size()), a.data(),
               static_cast<int>(b.size()), b.data());
  std::abort();
}

using Lines = std::vector<std::pair<std::string, std::string>>;

// One message, copied out of a codec.
struct Message {
  std::string method, authority, target, reason;
  std::uint16_t status = 0;
  bool has_body = false;
  std::optional<std::uint64_t> content_length;
  Lines fields;
  std::string body;
  Lines trailers;
  bool is_complete = false;

  // Its fields point into this message.
  http::Head head() const {
    http::Head head;
    head.method = method;
    head.scheme = "http";
    head.authority = authority;
    head.target = target;
    head.status = status;
    head.reason = reason;
    head.content_length = content_length;
    head.has_body = has_body;
    head.fields = headers(fields);
    return head;
  }
  static http::Headers headers(const Lines& lines) {
    http::Headers headers;
    for (const auto& [name, value] : lines) headers.add(http::field_id(name), name, value);
    return headers;
  }
  void send_through(http::Stream& stream) const {
    stream.send_head(head(), has_body ? http::End::no : http::End::yes);
    if (!has_body) return;
    if (!body.empty()) stream.send_body(buffer_of(body), http::End::no);
    stream.send_trailers(headers(trailers));
  }
  // Everything that must survive being written and read again. Not what the writer says in its own way.
  std::string essence() const {
    std::string text = fmt::format("{} {} {} {} {}\n", method, authority, target, status, reason);
    for (const Lines* lines : {&fields, &trailers}) {
      for (const auto& [name, value] : *lines) {
        const http::FieldId id = http::field_id(name);
        if (id == http::FieldId::host || id == http::FieldId::connection || id == http::FieldId::content_length || id == http::FieldId::transfer_encoding) continue;
        text += fmt::format("{}: {}\n", name, value);
      }
      text += '\n';
    }
    return text + body;
  }
};

// A listener that keeps whole messages. Informational heads are counted only.
class Collector final : public http::StreamEvents, public http::CodecEvents {
 public:
  Collector(http::Role role, const codec::Settings& settings) : codec(role, *this, settings) {}

  codec::Http1 codec;
  http::StreamGrip grip;
  std::vector<Message> messages;
  bool is_over = false;

  // Reads all of `bytes`; a server answers each request.
  void read(std::string_view bytes) {
    Buffer in = buffer_of(bytes);
    do {
      if (!codec.receive(in)) return;
    } while (answer() && !in.empty());
  }
  std::string output() {
    Buffer out;
    codec.produce(out);
    return out.to_string();
  }
  void open() { on_stream(*codec.open()); }

  void on_stream(http::Stream& stream) override {
    grip = http::StreamGrip(stream);
    grip->listen(*this);
    is_over = false;
  }
  void on_change() override {}
  void on_head(http::Head& head) override {
    if (head.is_informational()) return;
    Message& message = messages.emplace_back();
    message.method = head.method;
    message.authority = head.authority;
    message.target = head.target;
    message.reason = head.reason;
    message.status = head.status;
    message.has_body = head.has_body;
    message.content_length = head.content_length;
    for (const http::Field& field : head.fields) message.fields.emplace_back(field.name, field.value);
  }
  void on_body(Buffer&& body) override {
    messages.back().body += body.to_string();
    grip->consumed(body.size());
  }
  void on_trailers(const http::Headers& trailers) override {
    for (const http::Field& field : trailers) messages.back().trailers.emplace_back(field.name, field.value);
  }
  void on_end() override { messages.back().is_complete = is_over = true; }
  void on_writable() override {}
  void on_aborted(Error) override { is_over = true; }
  void on_reset(Error) override { is_over = true; }

  bool answer() {
    if (!is_over || !grip) return false;
    if (!messages.empty() && messages.back().status == 0) grip->send_head(ServerRig::answer(), http::End::yes);
    grip.drop();
    return true;
  }
};

// Larger than what the fuzzer's first reader allows: writing may add to a head.
inline codec::Settings roomy() { return {.head = {.section_bytes = 1 << 20, .start_line_bytes = 1 << 20, .fields = 1 << 16}}; }

}  // namespace gladhand::test
