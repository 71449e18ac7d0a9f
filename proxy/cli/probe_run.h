// The repetitions of a probe, one after the other, on a loop of their own.
#pragma once

#include <vector>

#include "cli/probe_attempt.h"

namespace gladhand::cli {

struct RunSettings {
  std::size_t count = 1;
  bool resumes = false;  // what one connection was given to resume, the next one uses
  Nanos interval{};      // between the end of one and the start of the next
  bool has_progress = false;  // standard error is a terminal, on which whoever waits may be told how far it is
};

struct RunResult {
  std::vector<Sample> samples;
  bool was_interrupted = false;  // by SIGINT: the samples are those that were complete
};

// Blocks until all is done.
RunResult run_attempts(const ProbePlan& plan, const RunSettings& settings);

}  // namespace gladhand::cli
