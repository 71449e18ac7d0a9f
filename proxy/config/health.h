// What validation does about an upstream's health checks.
#pragma once

#include <string>

#include "config/report.h"

namespace gladhand::config {

// Reads the ranges of `status` too. `path` is that of the [upstream.NAME.health] table. Fault: bad_health_check.
void check_health(HealthCheck& health, const std::string& path, Report& report);

}  // namespace gladhand::config
