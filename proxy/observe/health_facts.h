// What there is to tell of the health checks of one upstream.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gladhand::observe {

struct HealthFacts {
  std::string upstream;
  std::vector<std::pair<std::string_view, std::uint64_t>> checks;  // by what came of them, since the start
  std::vector<std::pair<std::string, bool>> endpoints;             // the URL of each, and whether it is up
};

// Whoever checks is asked when somebody scrapes.
using HealthSource = std::function<std::vector<HealthFacts>()>;

}  // namespace gladhand::observe
