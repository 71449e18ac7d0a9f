#include <set>

#include "observe/families.h"

namespace gladhand::observe {

void append_health_families(const std::vector<HealthFacts>& all, std::vector<prometheus::MetricFamily>& families) {
  auto healthy = Family::gauge("gladhand_upstream_endpoint_healthy", "1 when the health checks of an endpoint find it up, 0 when they find it down.");
  auto checks = Family::counter("gladhand_health_checks_total", "Health checks of an upstream's endpoints, by what came of them.");
  for (const HealthFacts& facts : all) {
    std::set<std::string_view> told;  // one that the configuration names twice is one to Prometheus
    for (const auto& [url, is_up] : facts.endpoints) {
      if (told.insert(url).second) healthy.add({{"upstream", facts.upstream}, {"endpoint", url}}, is_up ? 1 : 0);
    }
    for (const auto& [result, count] : facts.checks) checks.add({{"upstream", facts.upstream}, {"result", result}}, static_cast<double>(count));
  }
  std::move(healthy).move_to(families);
  std::move(checks).move_to(families);
}

}  // namespace gladhand::observe
