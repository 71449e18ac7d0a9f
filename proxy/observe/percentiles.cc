#include "observe/percentiles.h"

#include <algorithm>
#include <numeric>

namespace gladhand::observe {
namespace {

Nanos interpolated(std::span<const std::uint64_t, kBuckets> buckets, std::uint64_t count, std::uint64_t percent) {
  const double rank = static_cast<double>(count) * static_cast<double>(percent) / 100;
  double below = 0;
  for (std::size_t i = 0; i < kBounds.size(); ++i) {
    const auto inside = static_cast<double>(buckets[i]);
    if (inside > 0 && below + inside >= rank) {
      const double from = i > 0 ? static_cast<double>(kBounds[i - 1]) : 0;
      return Nanos(static_cast<std::int64_t>(from + (static_cast<double>(kBounds[i]) - from) * (rank - below) / inside));
    }
    below += inside;
  }
  return Nanos(static_cast<std::int64_t>(kBounds.back()));
}

}  // namespace

Percentiles percentiles_of(std::vector<Nanos>& values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const auto at = [&](std::size_t percent) { return values[(values.size() * percent + 99) / 100 - 1]; };
  return {values.size(), at(50), at(95), at(99)};
}

Percentiles percentiles_of(std::span<const std::uint64_t, kBuckets> buckets) {
  const std::uint64_t count = std::accumulate(buckets.begin(), buckets.end(), std::uint64_t{0});
  if (count == 0) return {};
  return {count, interpolated(buckets, count, 50), interpolated(buckets, count, 95), interpolated(buckets, count, 99)};
}

}  // namespace gladhand::observe
