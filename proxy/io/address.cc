#include "io/address.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>

namespace gladhand::io {
namespace {

constexpr unsigned char kMappedPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// The 16 bytes of an address, IPv4 mapped into IPv6.
void bytes_of(const Address& address, unsigned char (&out)[16]) {
  if (address.family() == AF_INET) {
    std::memcpy(out, kMappedPrefix, 12);
    std::memcpy(out + 12, &reinterpret_cast<const sockaddr_in*>(address.raw())->sin_addr, 4);
  } else {
    std::memcpy(out, &reinterpret_cast<const sockaddr_in6*>(address.raw())->sin6_addr, 16);
  }
}

}  // namespace

Address::Address(const sockaddr* address, socklen_t size) : size_(size) { std::memcpy(&storage_, address, size); }

Expected<Address> Address::numeric(std::string_view host, std::uint16_t port) {
  const std::string text(host);
  if (text.contains('\0')) return failure(Code::dns_failure, "not a numeric address");
  sockaddr_in v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return Address(reinterpret_cast<const sockaddr*>(&v4), sizeof v4);
  }
  sockaddr_in6 v6{};
  if (text.empty() || inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    return Address(reinterpret_cast<const sockaddr*>(&v6), sizeof v6);
  }
  return failure(Code::dns_failure, "not a numeric address");
}

std::uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in*>(&storage_)->sin_port);
  return ntohs(reinterpret_cast<const sockaddr_in6*>(&storage_)->sin6_port);
}

std::string Address::host() const {
  char text[INET6_ADDRSTRLEN] = "";
  unsigned char bytes[16] = {};
  if (size_ == 0) return "unknown";
  bytes_of(*this, bytes);
  if (std::memcmp(bytes, kMappedPrefix, 12) == 0) {
    // By hand: inet_ntop goes through printf, and this runs once for each connection.
    char* at = text;
    for (int i = 12; i < 16; ++i) {
      at = std::to_chars(at, at + 3, bytes[i]).ptr;
      *at++ = i < 15 ? '.' : '\0';
    }
  } else {
    inet_ntop(AF_INET6, bytes, text, sizeof text);
  }
  return text;
}

std::string Address::to_string() const {
  std::string text = host();
  if (text.find(':') != std::string::npos) text = '[' + text + ']';
  char port_text[6] = ":";
  const char* end = std::to_chars(port_text + 1, std::end(port_text), size_ == 0 ? 0 : port()).ptr;
  return text.append(port_text, static_cast<std::size_t>(end - port_text));
}

bool Address::operator==(const Address& other) const {
  return size_ == other.size_ && std::memcmp(&storage_, &other.storage_, size_) == 0;
}

Expected<Network> Network::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = Address::numeric(text.substr(0, slash), 0);
  if (text.empty() || slash == 0 || !address) return failure(Code::bad_request, "not an address");
  Network network;
  const int width = address->family() == AF_INET ? 32 : 128;
  int bits = width;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits < 0 || bits > width) {
      return failure(Code::bad_request, "not a prefix length");
    }
  }
  bytes_of(*address, network.bytes_);
  network.bits_ = 128 - width + bits;
  return network;
}

bool Network::contains(const Address& address) const {
  unsigned char other[16];
  bytes_of(address, other);
  return contains(other);
}

bool Network::contains(const Network& other) const { return bits_ <= other.bits_ && contains(other.bytes_); }

bool Network::contains(const unsigned char (&other)[16]) const {
  const int whole = bits_ / 8;
  if (std::memcmp(bytes_, other, static_cast<std::size_t>(whole)) != 0) return false;
  if (bits_ % 8 == 0) return true;
  const unsigned mask = 0xffu << (8 - bits_ % 8);
  return (bytes_[whole] & mask) == (other[whole] & mask);
}

}  // namespace gladhand::io
