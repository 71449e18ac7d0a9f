// A probe's findings as one JSON document: microseconds, and the access log's names.
#pragma once

#include <span>
#include <string>

#include "cli/probe_attempt.h"

namespace gladhand::cli {

std::string probe_json(const ProbePlan& plan, std::span<const Sample> samples, std::chrono::sys_seconds now);

}  // namespace gladhand::cli
