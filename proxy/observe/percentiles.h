// How durations are distributed: exactly, where each of them is known, or as well as a histogram can tell.
#pragma once

#include <span>
#include <vector>

#include "observe/cell.h"

namespace gladhand::observe {

struct Percentiles {
  std::uint64_t count = 0;  // 0: the others mean nothing
  Nanos p50{}, p95{}, p99{};
};

// By nearest rank: each is one of the values, and of few values p99 is the greatest. Sorts them.
Percentiles percentiles_of(std::vector<Nanos>& values);
// Interpolated, as Prometheus' histogram_quantile() does: linear within a bucket, and never past the last bound.
Percentiles percentiles_of(std::span<const std::uint64_t, kBuckets> buckets);

}  // namespace gladhand::observe
