#include "observe/recents.h"

#include <algorithm>

#include "observe/outcome.h"
#include "timeline/phases.h"

namespace gladhand::observe {
namespace {

using timeline::ConnectionMark;
using timeline::kPhases;

bool is_younger(const std::unique_ptr<Recent>& a, const std::unique_ptr<Recent>& b) {
  const Nanos at_a = a->record().timeline.at(ConnectionMark::started);
  const Nanos at_b = b->record().timeline.at(ConnectionMark::started);
  return at_a != at_b ? at_a > at_b : a->summary.id > b->summary.id;
}

// Of the connection, or of an exchange that is kept with it.
bool has_phase_over(const Recent& recent, std::string_view name, Nanos over) {
  return std::ranges::any_of(kPhases, [&](const timeline::Phase& phase) {
    const auto is_over = [&](std::optional<Nanos> took) { return took && *took >= over; };
    if (phase.name != name) return false;
    if (phase.side == recent.record().side && is_over(duration(phase, recent.record()))) return true;
    return (recent.summary.has_first && is_over(duration(phase, recent.first.record))) ||
           (recent.summary.has_latest && is_over(duration(phase, recent.latest.record)));
  });
}

}  // namespace

const Recent* Story::partner(std::uint64_t id) const {
  const auto found = std::ranges::find_if(partners, [id](const auto& partner) { return partner->summary.id == id; });
  return found == partners.end() ? nullptr : found->get();
}

Recents::Recents(const config::Config& config, std::size_t workers) : names_(config) {
  for (std::size_t i = 0; i < workers; ++i) rings_.push_back(std::make_unique<RecentRing>());
}

std::unique_ptr<Recent> Recents::find(std::uint64_t id) const {
  const std::uint64_t worker = id >> kWorkerBit;
  return worker < rings_.size() ? rings_[worker]->find(id) : nullptr;
}

std::optional<Story> Recents::story(std::uint64_t id) const {
  Story story{find(id), {}};
  if (!story.subject) return std::nullopt;
  const bool is_client = story.subject->record().side == timeline::Side::client;
  const auto join = [&](KeptExchange& exchange) {
    const std::uint64_t other = is_client ? exchange.upstream : exchange.client;
    if (!story.partner(other)) {
      if (auto found = find(other)) story.partners.push_back(std::move(found));
    }
    const Recent* partner = story.partner(other);
    const timeline::ConnectionRecord* far = partner ? &partner->record() : nullptr;
    exchange.record.client = is_client ? &story.subject->record() : far;
    exchange.record.upstream = is_client ? far : &story.subject->record();
  };
  if (story.subject->summary.has_first) join(story.subject->first);
  if (story.subject->summary.has_latest) join(story.subject->latest);
  return story;
}

std::vector<std::unique_ptr<Recent>> Recents::list(const RecentFilter& filter) const {
  std::vector<std::unique_ptr<Recent>> found;
  const auto since = filter.since == 0 ? nullptr : find(filter.since);
  const auto keep_youngest = [&] {
    std::ranges::sort(found, is_younger);
    if (found.size() > filter.limit) found.resize(filter.limit);
  };
  for (const auto& ring : rings_) {
    for (std::size_t place = 0; place < RecentRing::kConnections; ++place) {
      auto recent = ring->at(place);
      if (!recent || !matches(filter, *recent) || (since && !is_younger(recent, since))) continue;
      found.push_back(std::move(recent));
      if (found.size() >= 2 * filter.limit + RecentRing::kConnections) keep_youngest();
    }
  }
  keep_youngest();
  return found;
}

bool Recents::matches(const RecentFilter& filter, const Recent& recent) const {
  const timeline::ConnectionRecord& record = recent.record();
  if (filter.side && record.side != *filter.side) return false;
  if (!filter.name.empty() && name_of(record) != filter.name) return false;
  const Code result = handshake_result(record.result);
  if (filter.result && result != *filter.result) return false;
  if (filter.is_failed && result == Code::ok) return false;
  if (!filter.phase.empty()) return has_phase_over(recent, filter.phase, filter.over);
  if (filter.over == Nanos::zero()) return true;
  const auto took = handshake_duration(record);
  return took && *took >= filter.over;
}

}  // namespace gladhand::observe
