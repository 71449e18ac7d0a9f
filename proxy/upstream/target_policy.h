// Which targets the clients of one forward listener may reach.
//
// It is asked twice. Before a name is resolved, may_ask() refuses what no answer could make right; of every address
// that a name turns out to have, may_dial() says whether a connection may go there. The address that was judged is the
// one to dial: a name asked a second time may answer otherwise. Neither allocates.
//
// A target is allowed if one rule of `allow` matches its name or its address, and none of `deny` does. "private" in
// `deny` stands for what is not globally routable unicast (RFC 6890 and IANA's special-purpose address registries),
// with one exception: an address or network in `allow` that lies in one of those ranges as a whole was meant, and may
// be reached on its ports. A wider one was not: "0.0.0.0/0" opens no private address.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/target_rule.h"
#include "io/address.h"

namespace gladhand::upstream {

class TargetPolicy {
 public:
  // `forward` has been validated; it is not referred to any longer.
  explicit TargetPolicy(const config::Forward& forward);

  // `host` is what a client asked for: an IP address, IPv6 with or without brackets, or a name of letters, digits,
  // - _ and dots, compared without case and without a dot at its end. Anything else is refused, as is port 0. Nothing
  // but dotted quads counts as IPv4: "0x7f000001" is a name, and may_dial() will see what it stands for.
  bool may_ask(std::string_view host, std::uint16_t port) const;

  // `address` is one that `host` has; its own port does not matter.
  bool may_dial(std::string_view host, const io::Address& address, std::uint16_t port) const;

 private:
  struct Entry {
    config::TargetRule rule;
    std::optional<io::Network> network;  // if the rule has one
    bool is_ipv4 = false;                // the network, or what it maps into IPv6
    bool is_private = false;             // the network as a whole
  };

  std::vector<Entry> entries(const std::vector<std::string>& texts, config::TargetList list) const;
  // `name` is empty if the client asked for an address.
  bool allows(std::string_view name, const io::Address& address, std::uint16_t port) const;
  bool has_network(const Entry& entry, const io::Address& address) const;
  // Of an address, or of all addresses of a network.
  template <class Where>
  bool is_private(const Where& where) const;

  io::Network every_ipv4_;  // mapped into IPv6, too
  std::vector<io::Network> private_ipv4_;
  std::vector<io::Network> private_ipv6_;
  std::vector<Entry> allow_;
  std::vector<Entry> deny_;
};

}  // namespace gladhand::upstream
