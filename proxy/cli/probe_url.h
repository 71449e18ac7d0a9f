// The URLs that `gladhand probe` takes.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "config/config.h"

namespace gladhand::cli {

struct ProbeUrl {
  std::string text;  // without its fragment
  config::Scheme scheme = config::Scheme::http;
  bool is_websocket = false;  // ws:// or wss://
  std::string host;           // without brackets
  std::uint16_t port = 0;
  std::string authority;  // as a Host field names it
  std::string target;     // path and query

  bool is_tls() const { return scheme == config::Scheme::https; }
  // host:port, as CONNECT names it.
  std::string host_and_port() const;
};

// http, https, h2c, ws and wss. The error says what is wrong, and what to write instead.
std::expected<ProbeUrl, std::string> parse_probe_url(std::string_view text);
// Of a forward proxy: http or https, and no path.
std::expected<ProbeUrl, std::string> parse_proxy_url(std::string_view text);

}  // namespace gladhand::cli
