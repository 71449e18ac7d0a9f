// How the phases of many repetitions are distributed.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "cli/probe_sample.h"

namespace gladhand::cli {

struct Distribution {
  std::size_t count = 0;  // of the repetitions in which the phase took place
  Nanos least{}, p50{}, p95{}, p99{}, most{};
};

// Percentiles are by nearest rank: each is a value that was measured, and of few values p99 is the greatest. `values` are
// not empty, and sorted by the call.
Distribution distribution_of(std::vector<Nanos>& values);

struct PhaseStatistics {
  std::string_view leg;  // "proxy" or "target"
  std::string_view name;
  Distribution times;
};

// One group: of the repetitions in which all went well, those whose TLS session was resumed, or those where it was not.
struct Group {
  std::string_view name;  // "full", "resumed"; of probes without TLS "all"
  std::size_t count = 0;
  std::vector<PhaseStatistics> phases;  // in the order of their rows, the proxy's first; "total" comes last
};

std::vector<Group> groups_of(std::span<const Sample> samples);

}  // namespace gladhand::cli
