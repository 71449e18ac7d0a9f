// The grammar of what the clients of a forward proxy may ask for. Judging by it is upstream/target_policy.h's.
//
//     rule = host [ ":" port ]
//     host = "*" / name / "*." name / IPv4 [ "/" length ] / IPv6 [ "/" length ] / "private"
//     port = 1 to 65535 / "*"
//
// An IPv6 address or network may stand in brackets, its length within, and must if a port follows. A rule without a
// port means ports 80 and 443 if it allows, and every port if it denies. "private" only denies.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "config/diagnostic.h"

namespace gladhand::config {

struct TargetRule {
  enum class Kind : std::uint8_t {
    any,
    name,            // `text` is the name, in lower case
    subdomains,      // `text` is the name behind "*.", in lower case; meant is what stands below it, not itself
    network,         // `text` is as of normal_cidr()
    private_ranges,  // whatever is not globally routable unicast
  };
  enum class Ports : std::uint8_t {
    web,  // 80 and 443
    all,
    one,  // `port`
  };

  Kind kind = Kind::any;
  std::string text;
  Ports ports = Ports::all;
  std::uint16_t port = 0;

  // Port 0 is covered by nothing.
  bool covers(std::uint16_t asked) const;
  bool operator==(const TargetRule&) const = default;
};

// Where a rule stands.
enum class TargetList : std::uint8_t { allow, deny };

// Faults: bad_target_rule; bad_cidr, of a network.
std::expected<TargetRule, Fault> parse_target_rule(std::string_view text, TargetList list);

}  // namespace gladhand::config
