// A probe's findings as text for a person.
#pragma once

#include <span>
#include <string>

#include "cli/probe_attempt.h"

namespace gladhand::cli {

// One connection: what it is, its phases as bars over time, and its certificates. `now` is the wall clock's. In colour where
// `is_coloured`; without it there is no byte of an escape sequence.
std::string waterfall_text(const ProbePlan& plan, const Sample& sample, std::chrono::sys_seconds now, bool is_coloured);

// Many: what the first one says of the server, and how the phases are distributed.
std::string summary_text(const ProbePlan& plan, std::span<const Sample> samples, std::chrono::sys_seconds now, bool is_coloured);

}  // namespace gladhand::cli
