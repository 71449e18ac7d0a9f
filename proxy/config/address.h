// The grammar of addresses: strict, and without a look at the network.
//
// What is accepted is split into host and port and otherwise kept byte for byte. Hosts are IPv4 addresses, IPv6
// addresses in brackets, or names of letters, digits, - _ and dots. A host of digits and dots alone is an IPv4 address
// or nothing: "127.0.0.300" is not a name.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "config/diagnostic.h"

namespace gladhand::config {

struct HostPort {
  std::string host;  // without brackets
  std::uint16_t port = 0;

  bool operator==(const HostPort&) const = default;
};

// "host:port", "[v6]:port", or ":port" with an empty host, which stands for every address. Fault: bad_address.
std::expected<HostPort, Fault> split_address(std::string_view text);

struct EndpointUrl {
  Scheme scheme = Scheme::http;
  std::string host;  // without brackets
  std::uint16_t port = 0;

  bool operator==(const EndpointUrl&) const = default;
};

// "scheme://host:port", or "scheme://host" with the scheme's default port. Faults: bad_url, unsupported_scheme.
std::expected<EndpointUrl, Fault> split_endpoint(std::string_view url);

// A network as "address/length". An address without a length gets its full one; bits behind the length must be zero.
// Returned in the usual spelling, so that equal networks are equal texts. Fault: bad_cidr.
std::expected<std::string, Fault> normal_cidr(std::string_view text);

// 0 to 65535, in at most five digits and nothing else.
std::optional<std::uint16_t> parse_port(std::string_view text);

// Of at most 253 characters, in labels of at most 63.
bool is_host_name(std::string_view text);
bool is_ipv4(std::string_view text);
bool is_ipv6(std::string_view text);  // without brackets or zone

}  // namespace gladhand::config
