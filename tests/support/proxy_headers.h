// PROXY headers as load balancers write them, and as they should not.
#pragma once

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gladhand::test {

// What the bytes 13 and 14 of version 2 may be.
enum : std::uint8_t { kLocalCommand = 0x20, kProxyCommand = 0x21 };
enum : std::uint8_t { kUnspecified = 0x00, kTcpOverIpv4 = 0x11, kUdpOverIpv4 = 0x12, kTcpOverIpv6 = 0x21, kUnixSocket = 0x31 };

// The client of most headers, at port 4711.
inline constexpr std::string_view kClientIpv4 = "192.0.2.7";
inline constexpr std::string_view kClientIpv6 = "2001:db8::7";

inline std::string proxy_line(std::string_view protocol = "TCP4", std::string_view client = kClientIpv4) {
  const std::string_view proxy = protocol == "TCP6" ? "2001:db8::1" : "198.51.100.1";
  return "PROXY " + std::string(protocol) + ' ' + std::string(client) + ' ' + std::string(proxy) + " 4711 443\r\n";
}

inline std::string two_bytes(std::size_t n) { return {static_cast<char>(n >> 8), static_cast<char>(n)}; }

inline std::string proxy_block(std::uint8_t command, std::uint8_t kind, const std::string& rest) {
  return std::string("\r\n\r\n\0\r\nQUIT\n", 12) + static_cast<char>(command) + static_cast<char>(kind) + two_bytes(rest.size()) + rest;
}
inline std::string tcp4_addresses() { return std::string("\xc0\x00\x02\x07\xc6\x33\x64\x01", 8) + two_bytes(4711) + two_bytes(443); }
inline std::string tcp6_addresses() {
  std::array<char, 16> client{}, proxy{};
  inet_pton(AF_INET6, kClientIpv6.data(), client.data());
  inet_pton(AF_INET6, "2001:db8::1", proxy.data());
  return std::string(client.data(), 16) + std::string(proxy.data(), 16) + two_bytes(4711) + two_bytes(443);
}
inline std::string tlv(std::uint8_t type, std::string_view value) { return static_cast<char>(type) + two_bytes(value.size()) + std::string(value); }

// CRC32c bit by bit, as a polynomial division and without a table.
constexpr std::uint32_t crc32c_of(std::string_view bytes) {
  std::uint32_t crc = 0xffffffff;
  for (const char byte : bytes) {
    crc ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0x82f63b78u & (0u - (crc & 1)));
  }
  return ~crc;
}
static_assert(crc32c_of("123456789") == 0xe3069283, "the check value that catalogues of CRCs give");

// A header of version 2 that ends with a checksum of itself.
inline std::string with_checksum(std::uint8_t kind, const std::string& rest) {
  std::string header = proxy_block(kProxyCommand, kind, rest + tlv(3, std::string(4, '\0')));
  const std::uint32_t crc = crc32c_of(header);
  header.replace(header.size() - 4, 4, two_bytes(crc >> 16) + two_bytes(crc & 0xffff));
  return header;
}

}  // namespace gladhand::test
