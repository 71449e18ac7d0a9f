#include "cli/probe_url.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/address.h"

namespace gladhand::cli {
namespace {

using config::Scheme;

std::string bracketed(const std::string& host) { return host.find(':') == std::string::npos ? host : '[' + host + ']'; }

std::unexpected<std::string> wrong(const config::Fault& fault) {
  return std::unexpected(fault.hint.empty() ? fault.message : fmt::format("{}; {}", fault.message, fault.hint));
}

}  // namespace

std::string ProbeUrl::host_and_port() const { return fmt::format("{}:{}", bracketed(host), port); }

std::expected<ProbeUrl, std::string> parse_probe_url(std::string_view text) {
  ProbeUrl url;
  url.text = text.substr(0, text.find('#'));
  const std::string_view whole = url.text;
  const bool is_plain_text = std::ranges::all_of(whole, [](char c) { return c > ' ' && c < 0x7f; });
  if (!is_plain_text) return std::unexpected("a URL is of ASCII letters without blanks: write a name in its xn-- form, and other characters as %XX");
  const std::size_t colon = whole.find("://");
  if (colon == std::string_view::npos) return std::unexpected(fmt::format("`{}` has no scheme; did you mean `https://{}`?", whole, whole));
  const std::string_view scheme = whole.substr(0, colon);
  url.is_websocket = scheme == "ws" || scheme == "wss";
  const std::string_view rest = whole.substr(colon + 3);
  const std::size_t path = std::min(rest.find_first_of("/?"), rest.size());
  if (rest.substr(0, path).contains('@')) return std::unexpected("user names and passwords are not sent; leave out what stands before the @");

  const std::string_view spoken = scheme == "ws" ? "http" : scheme == "wss" ? "https" : scheme;
  const auto endpoint = config::split_endpoint(fmt::format("{}://{}", spoken, rest.substr(0, path)));
  if (!endpoint) {
    if (endpoint.error().rule != config::Rule::unsupported_scheme) return wrong(endpoint.error());
    return std::unexpected(fmt::format("`{}` is no scheme that can be probed; there are http, https, h2c, ws and wss", scheme));
  }
  url.scheme = endpoint->scheme;
  url.host = endpoint->host;
  url.port = endpoint->port;
  url.authority = url.port == config::default_port(url.scheme) ? bracketed(url.host) : url.host_and_port();
  url.target = rest.substr(path);
  if (!url.target.starts_with('/')) url.target.insert(0, 1, '/');
  return url;
}

std::expected<ProbeUrl, std::string> parse_proxy_url(std::string_view text) {
  auto url = parse_probe_url(text);
  if (!url) return url;
  if (url->is_websocket || url->scheme == Scheme::h2c) return std::unexpected("a proxy is reached by http:// or https://");
  if (url->target != "/") return std::unexpected("a proxy has no path; write \"http://host:port\"");
  return url;
}

}  // namespace gladhand::cli
