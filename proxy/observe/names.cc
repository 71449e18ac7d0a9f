#include "observe/names.h"

#include <algorithm>
#include <string_view>

#include "config/address.h"

namespace gladhand::observe {
namespace {

void add_unique(std::vector<std::string>& names, std::string name, std::string_view reserved = {}) {
  const auto is_taken = [&](const std::string& candidate) {
    return candidate == reserved || std::ranges::find(names, candidate) != names.end();
  };
  std::string candidate = name;
  for (int n = 2; is_taken(candidate); ++n) candidate = name + "#" + std::to_string(n);
  names.push_back(std::move(candidate));
}

std::string route_name(const config::Match& match) {
  std::string name;
  if (!match.host.empty()) name += match.host.front();
  if (!match.path.empty()) name += match.path.front();
  return name.empty() ? "*" : name;
}

}  // namespace

Names::Names(const config::Config& config) {
  for (const auto& listener : config.listeners) {
    add_unique(listeners, listener.name.empty() ? listener.address : listener.name);
    listener_is_tls.push_back(listener.has_tls);
    listener_is_fast_open.push_back(listener.fast_open > 0);
    listener_takes_early_data.push_back(listener.tls.early_data);
    listener_is_forward.push_back(listener.mode == config::Mode::forward);
  }
  for (const auto& upstream : config.upstreams) {
    add_unique(upstreams, upstream.name);
    upstream_is_fast_open.push_back(upstream.fast_open);
    const auto has_name = [](const config::Endpoint& e) { return !e.host.empty() && !config::is_ipv4(e.host) && !config::is_ipv6(e.host); };
    upstream_has_name.push_back(std::ranges::any_of(upstream.endpoints, has_name));
    const auto is_https = [](const config::Endpoint& e) { return e.scheme == config::Scheme::https; };
    upstream_is_tls.push_back(std::ranges::any_of(upstream.endpoints, is_https));
  }
  for (const auto& route : config.routes) add_unique(routes, route_name(route.match), kNoRoute);
}

}  // namespace gladhand::observe
