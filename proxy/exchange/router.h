// Which upstream a request is for: the first route of the configuration that matches.
#pragma once

#include <string_view>
#include <vector>

#include "config/config.h"
#include "http/message.h"

namespace gladhand::exchange {

// What of a request a route does not match.
enum class Misfit : std::uint8_t { none, host, path };

class Router {
 public:
  // `routes` outlives the router.
  explicit Router(const std::vector<config::Route>& routes) : routes_(routes) {}

  // The index of the route, or kNone of the timeline's records. `target` is in canonical form.
  std::uint16_t match(std::string_view authority, std::string_view target) const;
  // Of the route with that index alone.
  Misfit misfit(std::size_t route, std::string_view authority, std::string_view target) const;

 private:
  const std::vector<config::Route>& routes_;
};

}  // namespace gladhand::exchange
