// A socket address, IPv4 or IPv6, as a value.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace gladhand::io {

class Address {
 public:
  Address() = default;
  Address(const sockaddr* address, socklen_t size);
  // `host` is a numeric address without brackets; empty means every address (dual stack).
  static Expected<Address> numeric(std::string_view host, std::uint16_t port);

  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  int family() const { return storage_.ss_family; }
  std::uint16_t port() const;

  std::string host() const;       // without brackets; an IPv4 address mapped into IPv6 as IPv4
  std::string to_string() const;  // host:port, [host]:port

  bool operator==(const Address& other) const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

// A network in CIDR notation, "10.0.0.0/8" or "2001:db8::/32"; a bare address is itself.
class Network {
 public:
  static Expected<Network> parse(std::string_view text);
  bool contains(const Address& address) const;
  bool contains(const Network& other) const;  // all of it

 private:
  bool contains(const unsigned char (&other)[16]) const;

  unsigned char bytes_[16] = {};
  int bits_ = 0;  // of the 128 of an IPv6 address; IPv4 is mapped
};

}  // namespace gladhand::io
