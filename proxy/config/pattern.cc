#include "config/pattern.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "config/address.h"
#include "config/printable.h"
#include "config/suggest.h"

namespace gladhand::config {

namespace {

Fault bad_host(std::string_view text, std::string_view why, std::string hint = {}) {
  return {Rule::bad_host_pattern, fmt::format("{} is not a host to match: {}", back_quoted(text), why),
          std::move(hint)};
}

Fault bad_path(std::string_view text, std::string_view why, std::string hint = {}) {
  return {Rule::bad_path_pattern, fmt::format("{} is not a path to match: {}", back_quoted(text), why),
          std::move(hint)};
}

}  // namespace

std::optional<Fault> check_host_pattern(std::string_view text) {
  if (text == "*") return bad_host(text, "every host matches anyway", "leave `host` out");
  if (text.starts_with('[') && text.ends_with(']') && is_ipv6(text.substr(1, text.size() - 2))) return std::nullopt;
  if (is_ipv6(text))
    return bad_host(text, "an IPv6 address stands in brackets", did_you_mean(fmt::format("[{}]", text)));
  if (text.contains("://")) return bad_host(text, "it has a scheme", "write the name only");
  if (text.contains('/')) return bad_host(text, "it has a path", "paths go into `path`");
  if (const std::size_t colon = text.rfind(':'); colon != std::string_view::npos) {
    return bad_host(text, "ports are not compared", did_you_mean(text.substr(0, colon)));
  }
  if (text.starts_with('.')) return bad_host(text, "it begins with a dot", did_you_mean(fmt::format("*{}", text)));
  if (text.ends_with('.')) return bad_host(text, "it ends in a dot", did_you_mean(text.substr(0, text.size() - 1)));

  const std::string_view name = text.starts_with("*.") ? text.substr(2) : text;
  if (name.contains('*')) return bad_host(text, "a * stands only for the first label", "write \"*.example.com\"");
  if (!is_host_name(name)) return bad_host(text, fmt::format("{} is not a name", back_quoted(name)), "write \"example.com\" or \"*.example.com\"");
  if (name.size() != text.size() && is_ipv4(name)) return bad_host(text, "an address has no subdomains");
  return std::nullopt;
}

std::optional<Fault> check_origin(std::string_view text) {
  if (text == "*") return std::nullopt;
  const auto bad = [text](std::string_view why, std::string hint = {}) {
    return Fault{Rule::bad_origin, fmt::format("{} is not an origin: {}", back_quoted(text), why), std::move(hint)};
  };
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return bad("it has no scheme", did_you_mean(fmt::format("https://{}", text)));
  const std::string_view scheme = text.substr(0, colon), authority = text.substr(colon + 3);
  if (scheme != "https" && scheme != "http") return bad("its scheme is neither https nor http");
  if (const std::size_t slash = authority.find('/'); slash != std::string_view::npos) {
    return bad("it has a path", did_you_mean(text.substr(0, colon + 3 + slash)));
  }
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (std::ranges::any_of(authority, is_upper)) return bad("browsers write it in lower case");
  const auto split = split_address(authority.contains(':') && !authority.ends_with(']') ? std::string(authority) : fmt::format("{}:1", authority));
  if (!split || split->host.empty()) return bad(fmt::format("{} is not a host and a port", back_quoted(authority)));
  return std::nullopt;
}

std::optional<Fault> check_path_prefix(std::string_view text) {
  const auto bad = [text](std::string_view why, std::string hint) {
    return Fault{Rule::bad_prefix, fmt::format("{} is not a prefix of paths: {}", back_quoted(text), why), std::move(hint)};
  };
  if (text.ends_with("/*")) return bad("everything below is meant anyway", did_you_mean(text.substr(0, text.size() - 2)));
  if (text.size() > 1 && text.ends_with('/')) return bad("it ends in a /", did_you_mean(text.substr(0, text.size() - 1)));
  if (!text.starts_with('/')) return bad("it does not begin with /", did_you_mean(fmt::format("/{}", text)));
  if (text.size() == 1) return bad("every path begins with it", "leave it out");
  const bool is_path = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F && c != '?' && c != '#' && c != '*'; });
  if (!is_path) return bad("it holds what is no part of a path", "percent-encode it, or leave it out");
  return std::nullopt;
}

std::optional<Fault> check_path_pattern(std::string_view text) {
  if (!text.starts_with('/')) {
    return bad_path(text, "it does not begin with /", "write \"/exact\" or \"/prefix/*\"");
  }
  if (text.contains('?'))
    return bad_path(text, "the query is not compared", did_you_mean(text.substr(0, text.find('?'))));
  if (text.contains('#'))
    return bad_path(text, "a fragment never reaches a proxy", did_you_mean(text.substr(0, text.find('#'))));
  const bool is_visible = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F; });
  if (!is_visible) return bad_path(text, "it holds characters that no request line can have", "percent-encode them");

  const std::size_t star = text.find('*');
  if (star == std::string_view::npos) return std::nullopt;
  if (star + 1 != text.size()) return bad_path(text, "a * stands only at the end", "write \"/prefix/*\"");
  if (text[star - 1] != '/') {
    return bad_path(text, "a * stands only behind a /", did_you_mean(fmt::format("{}/*", text.substr(0, star))));
  }
  return std::nullopt;
}

}  // namespace gladhand::config
