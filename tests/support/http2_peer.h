// The other end of an HTTP/2 connection, by hand: frames written byte by byte, right or wrong, and frames read as lines.
//
//   settings · settings ack · ping · ping ack
//   headers 1 :status=200 content-length=2 end      the fields in order; "end": END_STREAM
//   data 1 hi end                                   long ones as "(16384 bytes)"
//   promise 1 2 :method=GET :path=/a                the stream, and the one that is promised
//   window 1 +65535 · reset 1 CANCEL · goaway 3 NO_ERROR
//
// Only the field compression is nghttp2's, and it keeps its state: frames must be fed in the order in which they were made.
#pragma once

#include <fmt/format.h>
#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/message.h"

namespace gladhand::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

class Http2Peer {
 public:
  Http2Peer() {
    nghttp2_hd_deflater* deflater = nullptr;
    nghttp2_hd_inflater* inflater = nullptr;
    nghttp2_hd_deflate_new(&deflater, 4096);
    nghttp2_hd_inflate_new(&inflater);
    deflater_.reset(deflater);
    inflater_.reset(inflater);
  }

  // ---- frames to feed

  static std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload = {}) {
    std::string bytes = number(payload.size(), 3);
    bytes += static_cast<char>(type);
    bytes += static_cast<char>(flags);
    return bytes.append(number(stream, 4)).append(payload);
  }
  static std::string magic() { return NGHTTP2_CLIENT_MAGIC; }
  static std::string settings(const std::vector<std::pair<std::uint16_t, std::uint32_t>>& entries = {}) {
    std::string payload;
    for (const auto& [id, value] : entries) payload += number(id, 2) + number(value, 4);
    return frame(NGHTTP2_SETTINGS, 0, 0, payload);
  }
  static std::string settings_ack() { return frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0); }
  static std::string data(std::uint32_t stream, std::string_view body, http::End end = http::End::no) {
    return frame(NGHTTP2_DATA, flag_of(end), stream, body);
  }
  static std::string reset(std::uint32_t stream, std::uint32_t code) { return frame(NGHTTP2_RST_STREAM, 0, stream, number(code, 4)); }
  static std::string goaway(std::uint32_t last, std::uint32_t code = NGHTTP2_NO_ERROR) {
    return frame(NGHTTP2_GOAWAY, 0, 0, number(last, 4) + number(code, 4));
  }
  static std::string window(std::uint32_t stream, std::uint32_t bytes) { return frame(NGHTTP2_WINDOW_UPDATE, 0, stream, number(bytes, 4)); }
  static std::string ping() { return frame(NGHTTP2_PING, 0, 0, "12345678"); }
  static std::string ping_ack(std::string_view payload = "draining") { return frame(NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, payload); }

  std::string headers(std::uint32_t stream, const Fields& fields, http::End end = http::End::yes) {
    return frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | flag_of(end), stream, compress(fields));
  }
  // The same in a HEADERS frame and CONTINUATIONs of `size` bytes each.
  std::string headers_in_pieces(std::uint32_t stream, const Fields& fields, std::size_t size, http::End end = http::End::yes) {
    const std::string block = compress(fields);
    std::string bytes;
    for (std::size_t at = 0; at < block.size(); at += size) {
      const std::uint8_t last = at + size >= block.size() ? NGHTTP2_FLAG_END_HEADERS : 0;
      const std::uint8_t flags = at == 0 ? flag_of(end) | last : last;
      bytes += frame(at == 0 ? NGHTTP2_HEADERS : NGHTTP2_CONTINUATION, flags, stream, block.substr(at, size));
    }
    return bytes;
  }
  std::string compress(const Fields& fields) {
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) list.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
    std::string block(nghttp2_hd_deflate_bound(deflater_.get(), list.data(), list.size()), '\0');
    const auto size = nghttp2_hd_deflate_hd(deflater_.get(), reinterpret_cast<std::uint8_t*>(block.data()), block.size(), list.data(), list.size());
    block.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return block;
  }

  // In the order in which they were made: operators may evaluate their operands in any.
  static std::string joined(std::initializer_list<std::string> frames) {
    std::string bytes;
    for (const std::string& one : frames) bytes += one;
    return bytes;
  }

  // ---- what came back

  // Adds the lines of `bytes`, which are whole frames.
  void read(std::string_view bytes) {
    if (bytes.starts_with(magic())) {
      lines_ += "magic\n";
      bytes.remove_prefix(magic().size());
    }
    while (bytes.size() >= 9) {
      const std::size_t size = value_of(bytes.substr(0, 3));
      const auto flags = static_cast<std::uint8_t>(bytes[4]);
      if (bytes.size() < 9 + size) break;
      read_frame(static_cast<std::uint8_t>(bytes[3]), flags, value_of(bytes.substr(5, 4)), bytes.substr(9, size));
      bytes.remove_prefix(9 + size);
    }
    if (!bytes.empty()) lines_ += "half a frame\n";
  }
  // The lines since the last call.
  std::string lines() { return std::exchange(lines_, {}); }
  // All DATA of a stream.
  const std::string& body(std::uint32_t stream) { return bodies_[stream]; }
  // The frames' payloads that count against a window and have not been credited by the test.
  std::size_t uncredited(std::uint32_t stream) { return std::exchange(uncredited_[stream], 0); }
  // What the codec lets us send more, by its WINDOW_UPDATEs, since the last call.
  std::size_t credit(std::uint32_t stream) { return std::exchange(credits_[stream], 0); }

 private:
  struct Free {
    void operator()(nghttp2_hd_deflater* deflater) const { nghttp2_hd_deflate_del(deflater); }
    void operator()(nghttp2_hd_inflater* inflater) const { nghttp2_hd_inflate_del(inflater); }
  };

  static std::string number(std::size_t value, int bytes) {
    std::string text;
    while (bytes-- > 0) text += static_cast<char>(value >> (8 * bytes));
    return text;
  }
  static std::uint32_t value_of(std::string_view bytes) {
    std::uint32_t value = 0;
    for (char c : bytes) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  }
  static std::uint8_t flag_of(http::End end) { return end == http::End::yes ? NGHTTP2_FLAG_END_STREAM : 0; }
  static std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); }

  void read_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    const char* end = (flags & NGHTTP2_FLAG_END_STREAM) != 0 ? " end" : "";
    const char* ack = (flags & NGHTTP2_FLAG_ACK) != 0 ? " ack" : "";
    switch (type) {
      case NGHTTP2_SETTINGS: lines_ += fmt::format("settings{}\n", ack); break;
      case NGHTTP2_PING: lines_ += fmt::format("ping{}\n", ack); break;
      case NGHTTP2_HEADERS: lines_ += fmt::format("headers {}{}{}\n", stream, fields_of(payload), end); break;
      case NGHTTP2_DATA: read_data(stream, payload, end); break;
      case NGHTTP2_RST_STREAM: lines_ += fmt::format("reset {} {}\n", stream, nghttp2_http2_strerror(value_of(payload))); break;
      case NGHTTP2_GOAWAY:
        lines_ += fmt::format("goaway {} {}\n", value_of(payload.substr(0, 4)), nghttp2_http2_strerror(value_of(payload.substr(4, 4))));
        break;
      case NGHTTP2_WINDOW_UPDATE:
        lines_ += fmt::format("window {} +{}\n", stream, value_of(payload));
        credits_[stream] += value_of(payload);
        break;
      case NGHTTP2_PUSH_PROMISE:
        lines_ += fmt::format("promise {} {}{}\n", stream, value_of(payload.substr(0, 4)), fields_of(payload.substr(4)));
        break;
      default: lines_ += fmt::format("frame of type {}\n", type);
    }
  }
  void read_data(std::uint32_t stream, std::string_view payload, const char* end) {
    constexpr std::size_t kShown = 40;
    const std::string shown = payload.size() > kShown ? fmt::format("({} bytes)", payload.size()) : std::string(payload);
    lines_ += fmt::format("data {} {}{}\n", stream, shown, end);
    bodies_[stream] += payload;
    uncredited_[stream] += payload.size();
    uncredited_[0] += payload.size();
  }
  std::string fields_of(std::string_view block) {
    std::string text;
    const auto* at = reinterpret_cast<const std::uint8_t*>(block.data());
    std::size_t left = block.size();
    for (;;) {
      nghttp2_nv field;
      int flags = 0;
      const auto used = nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags, at, left, 1);
      if (used < 0) return text + " (broken)";
      at += used;
      left -= static_cast<std::size_t>(used);
      if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0) {
        text += fmt::format(" {}={}{}", std::string_view(reinterpret_cast<char*>(field.name), field.namelen),
                            std::string_view(reinterpret_cast<char*>(field.value), field.valuelen), (field.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0 ? " (never indexed)" : "");
      }
      if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    }
    nghttp2_hd_inflate_end_headers(inflater_.get());
    return text;
  }

  std::unique_ptr<nghttp2_hd_deflater, Free> deflater_;
  std::unique_ptr<nghttp2_hd_inflater, Free> inflater_;
  std::string lines_;
  std::map<std::uint32_t, std::string> bodies_;
  std::map<std::uint32_t, std::size_t> uncredited_, credits_;
};

}  // namespace gladhand::test
