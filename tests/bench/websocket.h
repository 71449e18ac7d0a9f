// HTTP/1.1 heads and the WebSocket protocol of RFC 6455, as far as wire.cc needs them. What is returned as a view lives as
// long as the bytes it was found in.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>
#include <strings.h>

namespace gladhand::bench {

// The head at the front with its blank line; nothing as long as it has not all come.
inline std::optional<std::string_view> read_head(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  return end == std::string_view::npos ? std::nullopt : std::optional(bytes.substr(0, end + 4));
}

// A field's value in a head; empty when it is not there.
inline std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (::strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    const std::size_t begin = line.find_first_not_of(' ', name.size() + 1);
    return begin == std::string_view::npos ? "" : line.substr(begin);
  }
  return "";
}

// What a client must say to be understood as one of WebSocket: section 4.2.1.
inline bool wants_websocket(std::string_view head) {
  const auto says = [&](std::string_view name, const char* what) {
    return ::strcasestr(std::string(field(head, name)).c_str(), what) != nullptr;
  };
  return says("upgrade", "websocket") && says("connection", "upgrade") && field(head, "sec-websocket-version") == "13";
}

// Of at most 45 bytes.
inline std::string base64(std::string_view bytes) {
  std::array<unsigned char, 64> text;
  const int size = EVP_EncodeBlock(text.data(), reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  return {text.begin(), text.begin() + size};
}

// What proves that a server has understood the key: RFC 6455, section 4.2.2.
inline std::string websocket_accept(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// A frame of RFC 6455, section 5.2.
struct Frame {
  enum Opcode : std::uint8_t { binary = 2, close = 8, ping = 9, pong = 10 };
  static constexpr std::uint8_t kFinal = 0x80, kMasked = 0x80;

  std::uint8_t first;                    // opcode, and whether the message ends here
  std::optional<std::string_view> mask;  // four bytes
  std::string_view payload;              // as it was sent, masked or not
  std::size_t size_bytes;                // all of it

  Opcode opcode() const { return static_cast<Opcode>(first & 0x0f); }

  // The frame at the front; nothing as long as it has not all come.
  static std::optional<Frame> read(std::string_view bytes) {
    const auto octet = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
    if (bytes.size() < 2) return std::nullopt;
    const bool is_masked = (octet(1) & kMasked) != 0;
    std::size_t length = octet(1) & 0x7f, at = 2;
    if (length >= 126) {
      const std::size_t octets = length == 126 ? 2 : 8;
      if (bytes.size() < at + octets) return std::nullopt;
      for (length = 0; at < 2 + octets; ++at) length = length << 8 | octet(at);
    }
    const std::size_t mask_bytes = is_masked ? 4 : 0;
    if (bytes.size() < at + mask_bytes || bytes.size() - at - mask_bytes < length) return std::nullopt;
    Frame frame{octet(0), std::nullopt, bytes.substr(at + mask_bytes, length), at + mask_bytes + length};
    if (is_masked) frame.mask = bytes.substr(at, mask_bytes);
    return frame;
  }

  static std::string header(std::uint8_t first, std::uint8_t masked, std::size_t length) {
    std::string text(1, static_cast<char>(first));
    const int octets = length < 126 ? 0 : length <= UINT16_MAX ? 2 : 8;
    const std::size_t short_length = octets == 0 ? length : octets == 2 ? 126 : 127;
    text += static_cast<char>(masked | short_length);
    for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) text += static_cast<char>(length >> shift);
    return text;
  }
};

// Masks, and takes the mask off again: section 5.3.
inline std::string masked(std::string_view payload, std::string_view mask) {
  std::string text(payload);
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(text[i] ^ mask[i % 4]);
  return text;
}

}  // namespace gladhand::bench
