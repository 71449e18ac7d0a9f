// The names under which listeners, upstreams and routes appear in metrics and in the access log, and their ids.
//
// Only names that an operator wrote become labels, never what a client sent. A name is unique among its kind: where two
// are equal, the later one in the configuration gets "#2", and so on.
//
// An id is a name's for as long as the process lives, whatever configuration it comes up in: so counters never go backwards,
// and a record of an old configuration can be told apart. Ids of the first configuration are its own positions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "timeline/marks.h"

namespace gladhand::observe {

// What stands in for the route of an exchange that met none. No route is ever called so.
inline constexpr std::string_view kNoRoute = "none";

// Of each listener, upstream and route of one configuration.
struct Ids {
  std::vector<std::uint16_t> listeners;
  std::vector<std::uint16_t> upstreams;
  std::vector<std::uint16_t> routes;
};

// A listener or an upstream.
struct Owner {
  std::string name;
  bool is_listed = false;  // the latest configuration has it
  bool is_tls = false;     // its connections may speak TLS; of an upstream, those to one of its endpoints at least
  bool is_fast_open = false;
  bool is_forward = false;        // a listener of that mode
  bool takes_early_data = false;  // a listener
  bool has_name = false;          // an upstream of whose endpoints at least one is no address: it may have several
};

struct RouteName {
  std::string name;
  bool is_listed = false;
};

class Names {
 public:
  Names() = default;
  explicit Names(const config::Config& config) { learn(config); }

  // The latest configuration. Nothing: it has more new names than there are ids left, and is not learnt.
  //
  // A route is called after the first host and the first path that it matches: "example.com/api/*", "example.com",
  // "/api/*", or "*" when it matches everything.
  std::optional<Ids> learn(const config::Config& config);

  // By id: all that there ever were.
  const std::vector<Owner>& owners(timeline::Side side) const {
    return side == timeline::Side::upstream ? upstreams : listeners;
  }

  // Whether there can be such phases at all: tunnels go through forward proxies only.
  bool has_phases(timeline::Side side, std::size_t owner) const { return side != timeline::Side::tunnel || listeners[owner].is_forward; }

  std::vector<Owner> listeners;
  std::vector<Owner> upstreams;
  std::vector<RouteName> routes;

 private:
  using Index = std::unordered_map<std::string, std::uint16_t>;

  Index listener_ids_, upstream_ids_, route_ids_;
};

}  // namespace gladhand::observe
