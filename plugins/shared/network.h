// Addresses and networks of either family, as 16 bytes: IPv4 is mapped into IPv6.
#pragma once

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace plugins {

struct Address {
  std::array<unsigned char, 16> bytes{};
  bool is_v4 = false;
};

inline std::optional<Address> parse_address(std::string_view text) {
  const std::string copy(text);
  Address address;
  if (inet_pton(AF_INET6, copy.c_str(), address.bytes.data()) == 1) return address;
  address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  address.is_v4 = true;
  if (inet_pton(AF_INET, copy.c_str(), address.bytes.data() + 12) == 1) return address;
  return std::nullopt;
}

struct Network {
  Address base;
  unsigned bits = 128;

  // The first `bits` are the same.
  bool contains(const Address& address) const {
    const unsigned whole = bits / 8;
    if (std::memcmp(base.bytes.data(), address.bytes.data(), whole) != 0) return false;
    const unsigned rest = bits % 8;
    return rest == 0 || ((base.bytes[whole] ^ address.bytes[whole]) >> (8 - rest)) == 0;
  }
};

// "10.0.0.0/8", "fd00::/8", or an address alone, which is a network of one.
inline std::optional<Network> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto base = parse_address(text.substr(0, slash));
  if (!base) return std::nullopt;
  Network network{*base};
  if (slash == std::string_view::npos) return network;
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size() || bits > (base->is_v4 ? 32u : 128u)) return std::nullopt;
  network.bits = base->is_v4 ? bits + 96 : bits;
  return network;
}

}  // namespace plugins
