// Reads the numbers and vectors in which TLS writes its messages (RFC 8446 section 3), and never past their end.
//
// The first thing that is missing makes the reader unsound for good: what is asked of it after that is zero and empty, so a
// message may be read straight through and judged once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gladhand::tls {

class Wire {
 public:
  // What is taken are views of `bytes`.
  explicit Wire(std::string_view bytes) : rest_(bytes) {}

  // Of so many bytes, the most significant one first.
  std::uint32_t number(std::size_t bytes) {
    std::uint32_t value = 0;
    for (const char byte : take(bytes)) value = value << 8 | static_cast<unsigned char>(byte);
    return value;
  }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::string_view take(std::size_t bytes) {
    if (bytes > rest_.size()) {
      is_sound_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return taken;
  }
  // Of so many bytes as the number in front of it says.
  std::string_view vector(std::size_t length_bytes) { return take(number(length_bytes)); }

  bool has_more() const { return !rest_.empty(); }
  bool is_sound() const { return is_sound_; }
  bool is_used_up() const { return is_sound_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool is_sound_ = true;
};

// The numbers of RFC 8446 that more than one file needs.
inline constexpr std::uint16_t kTls12 = 0x0303;
inline constexpr std::uint16_t kTls13 = 0x0304;

enum class MessageType : std::uint8_t { client_hello = 1, server_hello = 2, server_hello_done = 14 };

enum class Extension : std::uint16_t {
  server_name = 0,
  alpn = 16,
  pre_shared_key = 41,
  early_data = 42,
  supported_versions = 43,
  encrypted_client_hello = 0xfe0d,
};

}  // namespace gladhand::tls
