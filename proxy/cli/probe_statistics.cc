#include "cli/probe_statistics.h"

#include <algorithm>
#include <functional>

namespace gladhand::cli {
namespace {

Nanos percentile(const std::vector<Nanos>& sorted, std::size_t percent) {
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[rank - 1];
}

void add(std::vector<PhaseStatistics>& phases, std::string_view leg, std::string_view name, std::vector<Nanos>& values) {
  if (!values.empty()) phases.push_back({leg, name, distribution_of(values)});
}

using LegOf = const Leg* (*)(const Sample&);

void add_leg(std::vector<PhaseStatistics>& phases, std::string_view leg, const std::vector<const Sample*>& samples, LegOf leg_of) {
  // By row, not by name: the row of a phase is where it stands.
  std::array<std::vector<Nanos>, timeline::kPhases.size()> values;
  std::array<std::string_view, timeline::kPhases.size()> names;
  for (const Sample* sample : samples) {
    const Leg* found = leg_of(*sample);
    if (!found) continue;
    for (const PhaseTime& phase : phases_of(*found, sample->begun)) {
      const auto row = static_cast<std::size_t>(phase.row - timeline::kPhases.data());
      values[row].push_back(phase.took);
      names[row] = phase.name;
    }
  }
  for (std::size_t row = 0; row < values.size(); ++row) add(phases, leg, names[row], values[row]);
}

Group group_of(std::string_view name, const std::vector<const Sample*>& samples) {
  Group group{name, samples.size(), {}};
  add_leg(group.phases, "proxy", samples, [](const Sample& sample) { return sample.proxy ? &*sample.proxy : nullptr; });
  add_leg(group.phases, "target", samples, [](const Sample& sample) { return &sample.target; });
  std::vector<Nanos> totals;
  for (const Sample* sample : samples) totals.push_back(sample->took);
  add(group.phases, "target", "total", totals);
  return group;
}

}  // namespace

Distribution distribution_of(std::vector<Nanos>& values) {
  std::ranges::sort(values);
  return {values.size(), values.front(), percentile(values, 50), percentile(values, 95), percentile(values, 99), values.back()};
}

std::vector<Group> groups_of(std::span<const Sample> samples) {
  std::vector<const Sample*> full, resumed;
  bool is_tls = false;
  for (const Sample& sample : samples) {
    if (sample.status == 0) continue;
    is_tls |= sample.target.connection.is_tls;
    (sample.is_resumed() ? resumed : full).push_back(&sample);
  }
  std::vector<Group> groups;
  if (!full.empty()) groups.push_back(group_of(is_tls ? "full" : "all", full));
  if (!resumed.empty()) groups.push_back(group_of("resumed", resumed));
  return groups;
}

}  // namespace gladhand::cli
