#include "config/address.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "config/printable.h"
#include "config/suggest.h"

namespace gladhand::config {

namespace {

constexpr std::string_view kDigits = "0123456789";
constexpr std::array<std::pair<std::string_view, Scheme>, 3> kSchemes{
    {{"http", Scheme::http}, {"https", Scheme::https}, {"h2c", Scheme::h2c}}};

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kDigits) == std::string_view::npos;
}

bool is_of_digits_and_dots(std::string_view text) {
  return text.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool is_address_of(int family, std::string_view text) {
  std::array<unsigned char, 16> bytes;
  // inet_pton reads to a NUL; nothing longer than this is an address.
  if (text.size() > 45 || text.contains('\0')) return false;
  return inet_pton(family, std::string(text).c_str(), bytes.data()) == 1;
}

// What both grammars share. `port` is empty if there is no colon behind the host.
struct Parts {
  std::string_view host;
  std::optional<std::string_view> port;
};

// The fault has the message only; the caller knows the rule and the hint.
std::expected<Parts, std::string> split(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::unexpected("the bracket is never closed");
    const std::string_view host = text.substr(1, close - 1);
    if (!is_ipv6(host)) return std::unexpected(fmt::format("{} is not an IPv6 address", back_quoted(host)));
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return Parts{host, std::nullopt};
    if (!rest.starts_with(':')) return std::unexpected(fmt::format("{} behind the bracket", back_quoted(rest)));
    return Parts{host, rest.substr(1)};
  }
  const std::size_t colon = text.find(':');
  if (colon != text.rfind(':')) return std::unexpected("an IPv6 address stands in brackets");
  const std::string_view host = text.substr(0, colon);
  if (!host.empty() && !is_host_name(host)) return std::unexpected(fmt::format("{} is not a host", back_quoted(host)));
  if (colon == std::string_view::npos) return Parts{host, std::nullopt};
  return Parts{host, text.substr(colon + 1)};
}

std::unexpected<Fault> bad_address(std::string_view text, std::string_view why, std::string hint = {}) {
  return std::unexpected(Fault{Rule::bad_address,
                               fmt::format("{} is not an address to listen on: {}", back_quoted(text), why),
                               std::move(hint)});
}

std::unexpected<Fault> bad_url(std::string_view text, std::string_view why, std::string hint = {}) {
  return std::unexpected(
      Fault{Rule::bad_url, fmt::format("{} is not an endpoint: {}", back_quoted(text), why), std::move(hint)});
}

}  // namespace

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  if (!is_digits(text) || text.size() > 5) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} ? std::optional(port) : std::nullopt;
}

bool is_ipv4(std::string_view text) { return is_address_of(AF_INET, text); }
bool is_ipv6(std::string_view text) { return is_address_of(AF_INET6, text); }

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  if (is_of_digits_and_dots(text)) return is_ipv4(text);
  while (true) {
    const std::string_view label = text.substr(0, text.find('.'));
    const bool is_fine =
        !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
        std::ranges::all_of(label, [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        });
    if (!is_fine) return false;
    if (label.size() == text.size()) return true;
    text.remove_prefix(label.size() + 1);
  }
}

std::expected<HostPort, Fault> split_address(std::string_view text) {
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    return bad_address(text, "it has a scheme", did_you_mean(text.substr(scheme + 3)));
  }
  if (text.starts_with("*:")) return bad_address(text, "a * is not a host", did_you_mean(text.substr(1)));
  if (is_digits(text))
    return bad_address(text, "the port stands behind a colon", did_you_mean(fmt::format(":{}", text)));
  if (is_ipv6(text)) return bad_address(text, "it has no port", did_you_mean(fmt::format("[{}]:8080", text)));

  const auto parts = split(text);
  if (!parts) return bad_address(text, parts.error(), "write \"host:port\", \"[v6]:port\" or \":port\"");
  if (!parts->port) return bad_address(text, "it has no port", did_you_mean(fmt::format("{}:8080", text)));
  const auto port = parse_port(*parts->port);
  if (!port)
    return bad_address(text, fmt::format("{} is not a port", back_quoted(*parts->port)), "ports are 0 to 65535");
  return HostPort{std::string(parts->host), *port};
}

std::expected<EndpointUrl, Fault> split_endpoint(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos)
    return bad_url(url, "it has no scheme", did_you_mean(fmt::format("http://{}", url)));
  const std::string_view scheme = url.substr(0, colon);
  const std::string_view authority = url.substr(colon + 3);
  const auto known = std::ranges::find(kSchemes, scheme, &std::pair<std::string_view, Scheme>::first);
  if (known == kSchemes.end()) {
    const std::string_view meant = scheme == "wss" || scheme == "HTTPS" ? "https" : "http";
    return std::unexpected(Fault{
        Rule::unsupported_scheme,
        fmt::format("{} is not an endpoint: the scheme is {}", back_quoted(url), back_quoted(scheme)),
        did_you_mean(fmt::format("{}://{}", meant, authority))});
  }
  if (authority.contains('@')) return bad_url(url, "user names and passwords are not sent to upstreams");
  if (const std::size_t path = authority.find_first_of("/?#"); path != std::string_view::npos) {
    return bad_url(url, "the request brings its own path", did_you_mean(url.substr(0, colon + 3 + path)));
  }

  const auto parts = split(authority);
  if (!parts) return bad_url(url, parts.error(), "write \"http://host:port\" or \"http://[v6]:port\"");
  if (parts->host.empty()) return bad_url(url, "it has no host", "write \"http://host:port\"");
  if (!parts->port) return EndpointUrl{known->second, std::string(parts->host), default_port(known->second)};
  const auto port = parse_port(*parts->port);
  if (!port || *port == 0) {
    return bad_url(url, fmt::format("{} is not a port", back_quoted(*parts->port)), "ports are 1 to 65535");
  }
  return EndpointUrl{known->second, std::string(parts->host), *port};
}

std::expected<std::string, Fault> normal_cidr(std::string_view text) {
  const auto bad = [&](std::string_view why, std::string hint) {
    return std::unexpected(
        Fault{Rule::bad_cidr, fmt::format("{} is not a network: {}", back_quoted(text), why), std::move(hint)});
  };
  const std::size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const bool is_v4 = is_ipv4(address);
  if (!is_v4 && !is_ipv6(address)) {
    return bad(fmt::format("{} is not an IP address", back_quoted(address)), "write \"10.0.0.0/8\" or \"fd00::/8\"");
  }
  const int family = is_v4 ? AF_INET : AF_INET6;
  const std::uint16_t most = is_v4 ? 32 : 128;
  const auto length = slash == std::string_view::npos ? most : parse_port(text.substr(slash + 1));
  if (!length || *length > most) return bad("the prefix length is wrong", fmt::format("it is 0 to {}", most));

  std::array<unsigned char, 16> bytes{};
  inet_pton(family, std::string(address).c_str(), bytes.data());
  const auto given = bytes;
  for (unsigned bit = *length; bit < most; ++bit) bytes[bit / 8] &= static_cast<unsigned char>(~(0x80u >> (bit % 8)));
  std::array<char, INET6_ADDRSTRLEN> normal{};
  inet_ntop(family, bytes.data(), normal.data(), normal.size());
  std::string network = fmt::format("{}/{}", normal.data(), *length);
  if (given != bytes) return bad(fmt::format("bits behind the first {} are set", *length), did_you_mean(network));
  return network;
}

}  // namespace gladhand::config
