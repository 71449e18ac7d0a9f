// The names under which listeners, upstreams and routes appear in metrics and in the access log.
//
// Only names that an operator wrote become labels, never what a client sent. A name is unique among its kind: where two
// are equal, the later one in the configuration gets "#2", and so on.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "timeline/marks.h"

namespace gladhand::observe {

// What stands in for the route of an exchange that met none. No route is ever called so.
inline constexpr std::string_view kNoRoute = "none";

struct Names {
  // A route is called after the first host and the first path that it matches: "example.com/api/*", "example.com",
  // "/api/*", or "*" when it matches everything.
  explicit Names(const config::Config& config);

  const std::vector<std::string>& owners(timeline::Side side) const {
    return side == timeline::Side::upstream ? upstreams : listeners;
  }

  // Whether there can be such phases at all: tunnels go through forward proxies only.
  bool has_phases(timeline::Side side, std::size_t owner) const { return side != timeline::Side::tunnel || listener_is_forward[owner]; }

  // Whether its connections may speak TLS.
  bool may_be_tls(timeline::Side side, std::size_t owner) const {
    return side == timeline::Side::client ? listener_is_tls[owner] : upstream_is_tls[owner];
  }

  bool is_fast_open(timeline::Side side, std::size_t owner) const {
    return side == timeline::Side::client ? listener_is_fast_open[owner] : upstream_is_fast_open[owner];
  }

  std::vector<std::string> listeners;
  std::vector<bool> listener_is_tls;
  std::vector<bool> listener_is_forward;
  std::vector<bool> listener_is_fast_open;
  std::vector<bool> listener_takes_early_data;
  std::vector<std::string> upstreams;
  std::vector<bool> upstream_is_tls;  // of its endpoints at least one is
  std::vector<bool> upstream_is_fast_open;
  std::vector<bool> upstream_has_name;  // of its endpoints at least one is no address: it may have several
  std::vector<std::string> routes;
};

}  // namespace gladhand::observe
