#include "config/target_rule.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "config/address.h"
#include "config/name.h"
#include "config/printable.h"
#include "config/suggest.h"

namespace gladhand::config {

namespace {

constexpr std::string_view kPrivate = "private";
constexpr std::string_view kFormsHint = "write \"*.example.com\", \"*\", or a network such as \"10.0.0.0/8\"";

// Of a rule. `port` is nothing if no colon stands behind the host.
struct Parts {
  std::string_view host;
  std::optional<std::string_view> port;
};

std::unexpected<Fault> bad(std::string_view text, std::string_view why, std::string hint) {
  return std::unexpected(
      Fault{Rule::bad_target_rule, fmt::format("{} is not a target: {}", back_quoted(text), why), std::move(hint)});
}

std::string_view before_slash(std::string_view text) { return text.substr(0, text.find('/')); }

std::expected<Parts, Fault> split_brackets(std::string_view text) {
  const std::size_t close = text.find(']');
  if (close == std::string_view::npos) {
    return bad(text, "the bracket is never closed", "write \"[2001:db8::/32]:443\"");
  }
  const std::string_view host = text.substr(1, close - 1);
  const std::string_view rest = text.substr(close + 1);
  if (!is_ipv6(before_slash(host))) {
    return bad(text, fmt::format("{} is not an IPv6 address", back_quoted(before_slash(host))),
               "brackets are for IPv6, without a zone");
  }
  if (rest.empty()) return Parts{host, std::nullopt};
  if (rest.starts_with('/')) {
    const std::size_t colon = std::min(rest.find(':'), rest.size());
    return bad(text, "the length stands in the brackets, too",
               did_you_mean(fmt::format("[{}{}]{}", host, rest.substr(0, colon), rest.substr(colon))));
  }
  if (!rest.starts_with(':')) {
    return bad(text, fmt::format("{} behind the bracket", back_quoted(rest)), "write \"[2001:db8::/32]:443\"");
  }
  return Parts{host, rest.substr(1)};
}

std::expected<Parts, Fault> split(std::string_view text) {
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    return bad(text, "it has a scheme", did_you_mean(before_slash(text.substr(scheme + 3))));
  }
  if (text.starts_with('[')) return split_brackets(text);
  const std::size_t colon = text.rfind(':');
  if (is_ipv6(before_slash(text))) {
    // The last colon may be the address's own; one behind the slash is not.
    if (const std::size_t slash = text.find('/'); slash != std::string_view::npos && colon > slash) {
      return bad(text, "before a port, an IPv6 network stands in brackets",
                 did_you_mean(fmt::format("[{}]{}", text.substr(0, colon), text.substr(colon))));
    }
    return Parts{text, std::nullopt};
  }
  if (colon == std::string_view::npos) return Parts{text, std::nullopt};
  if (text.find(':') != colon) {
    return bad(text, "it has several colons and is no IPv6 address", "write \"[2001:db8::1]:443\"");
  }
  return Parts{text.substr(0, colon), text.substr(colon + 1)};
}

// Of a rule that is `text` as a whole, to which its faults refer.
std::expected<TargetRule, Fault> parse_host(std::string_view text, std::string_view host, TargetList list) {
  using Kind = TargetRule::Kind;
  const auto corrected = [&](std::string_view right) {
    return did_you_mean(fmt::format("{}{}", right, text.substr(host.size())));
  };
  if (host.empty()) return bad(text, "it has no host", corrected("*"));
  if (host == "*") return TargetRule{.kind = Kind::any, .text = {}};
  if (lower_case(host) == kPrivate) {
    if (host != kPrivate) return bad(text, fmt::format("{} is a word in lower case", kPrivate), corrected(kPrivate));
    if (list == TargetList::deny) return TargetRule{.kind = Kind::private_ranges, .text = {}};
    return bad(text, "`private` stands only in `deny`", "name the networks that you mean, such as \"10.1.0.0/16\"");
  }
  if (is_ipv4(before_slash(host)) || is_ipv6(before_slash(host))) {
    auto network = normal_cidr(host);
    if (!network) return std::unexpected(std::move(network.error()));
    return TargetRule{.kind = Kind::network, .text = *std::move(network)};
  }
  if (host.contains('/')) return bad(text, "paths are not compared", corrected(before_slash(host)));
  if (host.starts_with('.')) return bad(text, "it begins with a dot", corrected(fmt::format("*{}", host)));
  if (host.ends_with('.')) return bad(text, "it ends in a dot", corrected(host.substr(0, host.size() - 1)));

  const bool has_star = host.starts_with("*.");
  const std::string_view name = has_star ? host.substr(2) : host;
  if (name.contains('*'))
    return bad(text, "a * stands only for the first labels or for every host", std::string(kFormsHint));
  if (has_star && is_ipv4(name)) return bad(text, "an address has no subdomains", std::string(kFormsHint));
  if (!is_host_name(name)) {
    return bad(text, fmt::format("{} is neither a name nor an address", back_quoted(name)), std::string(kFormsHint));
  }
  return TargetRule{.kind = has_star ? Kind::subdomains : Kind::name, .text = lower_case(name)};
}

}  // namespace

bool TargetRule::covers(std::uint16_t asked) const {
  switch (ports) {
    case Ports::web: return asked == 80 || asked == 443;
    case Ports::all: return asked != 0;
    case Ports::one: return asked != 0 && asked == port;
  }
  return false;
}

std::expected<TargetRule, Fault> parse_target_rule(std::string_view text, TargetList list) {
  const auto parts = split(text);
  if (!parts) return std::unexpected(parts.error());
  auto rule = parse_host(text, parts->host, list);
  if (!rule) return rule;
  if (!parts->port) {
    rule->ports = list == TargetList::allow ? TargetRule::Ports::web : TargetRule::Ports::all;
  } else if (*parts->port == "*") {
    rule->ports = TargetRule::Ports::all;
  } else if (const auto port = parse_port(*parts->port); port && *port > 0) {
    rule->ports = TargetRule::Ports::one;
    rule->port = *port;
  } else {
    return bad(text, fmt::format("{} is not a port", back_quoted(*parts->port)), "ports are 1 to 65535, or * for all");
  }
  return rule;
}

}  // namespace gladhand::config
