#include "upstream/target_policy.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "http/headers.h"

namespace gladhand::upstream {
namespace {

using Kind = config::TargetRule::Kind;

// RFC 6890 and the IANA IPv4 Special-Purpose Address Registry; multicast is RFC 5771.
constexpr std::array<std::string_view, 15> kPrivateIpv4{
    "0.0.0.0/8",        // this network
    "10.0.0.0/8",       // private use
    "100.64.0.0/10",    // behind a carrier's NAT
    "127.0.0.0/8",      // loopback
    "169.254.0.0/16",   // link local; clouds keep their metadata here
    "172.16.0.0/12",    // private use
    "192.0.0.0/24",     // IETF protocol assignments
    "192.0.2.0/24",     // documentation
    "192.88.99.0/24",   // 6to4 relays, deprecated
    "192.168.0.0/16",   // private use
    "198.18.0.0/15",    // benchmarking
    "198.51.100.0/24",  // documentation
    "203.0.113.0/24",   // documentation
    "224.0.0.0/4",      // multicast
    "240.0.0.0/4",      // reserved, and broadcast
};

// RFC 6890 and the IANA IPv6 Special-Purpose Address Registry. Of all IPv6, IANA gives out 2000::/3 alone as global
// unicast, so the rest is listed as a whole. IPv4 addresses mapped into IPv6 are judged as IPv4.
constexpr std::array<std::string_view, 7> kPrivateIpv6{
    "::/3",           // ::, ::1, 64:ff9b::/96 and 64:ff9b:1::/48 (NAT64: they hide IPv4 addresses), 100::/64 (discard)
    "2001::/23",      // IETF protocol assignments; Teredo hides IPv4 addresses, too
    "2001:db8::/32",  // documentation
    "2002::/16",      // 6to4 hides IPv4 addresses
    "3fff::/20",      // documentation
    "4000::/2",       // reserved, and 5f00::/16 (segment routing)
    "8000::/1",       // fc00::/7 (unique local), fe80::/10 (link local), fec0::/10 (site local), ff00::/8 (multicast)
};

std::vector<io::Network> networks(std::span<const std::string_view> texts) {
  std::vector<io::Network> out;
  for (const std::string_view text : texts) out.push_back(io::Network::parse(text).value());
  return out;
}

// What a client asked for: an address, or a name without a dot at its end.
struct Host {
  std::optional<io::Address> address;
  std::string_view name;  // empty if it is an address
};

// Of text that may become one; inet_pton reads to a NUL.
std::optional<std::array<char, INET6_ADDRSTRLEN>> terminated(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (text.size() >= out.size() || text.contains('\0')) return std::nullopt;
  std::ranges::copy(text, out.begin());
  return out;
}

std::optional<io::Address> ipv4(std::string_view text) {
  sockaddr_in socket{};
  socket.sin_family = AF_INET;
  const auto address = terminated(text);
  if (!address || inet_pton(AF_INET, address->data(), &socket.sin_addr) != 1) return std::nullopt;
  return io::Address(reinterpret_cast<const sockaddr*>(&socket), sizeof socket);
}

std::optional<io::Address> ipv6(std::string_view text) {
  sockaddr_in6 socket{};
  socket.sin6_family = AF_INET6;
  const auto address = terminated(text);
  if (!address || inet_pton(AF_INET6, address->data(), &socket.sin6_addr) != 1) return std::nullopt;
  return io::Address(reinterpret_cast<const sockaddr*>(&socket), sizeof socket);
}

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

std::optional<Host> read(std::string_view text) {
  const bool has_brackets = text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (has_brackets) text = text.substr(1, text.size() - 2);
  if (has_brackets || text.contains(':')) {
    const auto address = ipv6(text);
    return address ? std::optional(Host{address, {}}) : std::nullopt;
  }
  if (text.ends_with('.')) text.remove_suffix(1);
  // Empty labels are not DNS, and would let a name pass for another's subdomain.
  const bool is_name = !text.empty() && text.front() != '.' && text.back() != '.' && !text.contains("..") &&
                       std::ranges::all_of(text, is_name_char);
  if (!is_name) return std::nullopt;
  if (const auto address = ipv4(text)) return Host{address, {}};
  return Host{std::nullopt, text};
}

bool has_name(const config::TargetRule& rule, std::string_view name) {
  switch (rule.kind) {
    case Kind::any: return true;
    case Kind::name: return http::equals_ignoring_case(rule.text, name);
    case Kind::subdomains:
      return name.size() > rule.text.size() + 1 && name[name.size() - rule.text.size() - 1] == '.' &&
             http::equals_ignoring_case(rule.text, name.substr(name.size() - rule.text.size()));
    case Kind::network:
    case Kind::private_ranges: return false;
  }
  return false;
}

}  // namespace

TargetPolicy::TargetPolicy(const config::Forward& forward)
    : every_ipv4_(io::Network::parse("0.0.0.0/0").value()),
      private_ipv4_(networks(kPrivateIpv4)),
      private_ipv6_(networks(kPrivateIpv6)),
      allow_(entries(forward.allow, config::TargetList::allow)),
      deny_(entries(forward.deny, config::TargetList::deny)) {}

std::vector<TargetPolicy::Entry> TargetPolicy::entries(const std::vector<std::string>& texts,
                                                       config::TargetList list) const {
  std::vector<Entry> out;
  for (const std::string& text : texts) {
    Entry entry{.rule = config::parse_target_rule(text, list).value(), .network = std::nullopt};
    if (entry.rule.kind == Kind::network) {
      entry.network = io::Network::parse(entry.rule.text).value();
      entry.is_ipv4 = every_ipv4_.contains(*entry.network);
      entry.is_private = is_private(*entry.network);
    }
    out.push_back(std::move(entry));
  }
  return out;
}

bool TargetPolicy::may_ask(std::string_view host, std::uint16_t port) const {
  const auto asked = read(host);
  if (!asked) return false;
  if (asked->address) return allows({}, *asked->address, port);
  const auto has_it = [&](const Entry& entry) { return entry.rule.covers(port) && has_name(entry.rule, asked->name); };
  const auto may_have_it = [&](const Entry& entry) {
    return has_it(entry) || (entry.network && entry.rule.covers(port));
  };
  return std::ranges::none_of(deny_, has_it) && std::ranges::any_of(allow_, may_have_it);
}

bool TargetPolicy::may_dial(std::string_view host, const io::Address& address, std::uint16_t port) const {
  const auto asked = read(host);
  const bool is_ip = address.family() == AF_INET || address.family() == AF_INET6;
  return asked && is_ip && allows(asked->name, address, port);
}

bool TargetPolicy::allows(std::string_view name, const io::Address& address, std::uint16_t port) const {
  const auto matches = [&](const Entry& entry) {
    return entry.rule.covers(port) && (has_name(entry.rule, name) || has_network(entry, address));
  };
  const auto is_pardon = [&](const Entry& entry) { return entry.is_private && matches(entry); };
  const auto refuses = [&](const Entry& entry) {
    if (entry.rule.kind != Kind::private_ranges) return matches(entry);
    return entry.rule.covers(port) && is_private(address) && std::ranges::none_of(allow_, is_pardon);
  };
  return std::ranges::any_of(allow_, matches) && std::ranges::none_of(deny_, refuses);
}

// To io::Network, "::/0" has every IPv4 address in it, since it maps them. Who writes it means IPv6.
bool TargetPolicy::has_network(const Entry& entry, const io::Address& address) const {
  return entry.network && entry.network->contains(address) && entry.is_ipv4 == every_ipv4_.contains(address);
}

template <class Where>
bool TargetPolicy::is_private(const Where& where) const {
  return std::ranges::any_of(every_ipv4_.contains(where) ? private_ipv4_ : private_ipv6_,
                             [&](const io::Network& range) { return range.contains(where); });
}

}  // namespace gladhand::upstream
