#include "exchange/server_timing.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "timeline/phases.h"

namespace gladhand::exchange {
namespace {

using timeline::ConnectionMark;
using timeline::ExchangeMark;
using timeline::ExchangeRecord;
using timeline::Side;

using Duration = std::optional<Nanos>;

consteval const timeline::Phase& phase(Side side, std::string_view name) {
  return *std::ranges::find_if(timeline::kPhases, [=](const timeline::Phase& p) { return p.side == side && p.name == name; });
}

Duration of_handshake(const timeline::Phase& phase, const ExchangeRecord& record) {
  return record.is_first_of_client ? timeline::duration(phase, *record.client) : std::nullopt;
}

Duration connect(const ExchangeRecord& record) {
  if (!record.is_first_of_upstream || !record.upstream) return std::nullopt;
  const auto& upstream = record.upstream->timeline;
  // Who boarded a SYN has not waited: the round trip is part of the origin's.
  if (upstream.at(ConnectionMark::ready) > record.timeline.at(ExchangeMark::upstream_ready)) return std::nullopt;
  return upstream.between(ConnectionMark::started, ConnectionMark::ready);
}

Duration queue(const ExchangeRecord& record) {
  const Duration wait = record.timeline.between(ExchangeMark::upstream_asked, ExchangeMark::upstream_ready);
  if (!wait) return std::nullopt;
  return std::max(*wait - connect(record).value_or(Nanos::zero()), Nanos::zero());  // others may have asked for the connection before
}

struct Row {
  std::string_view name;
  Duration (*of)(const ExchangeRecord& record);
};

constexpr std::array kRows{
    Row{"tcp", [](const ExchangeRecord& record) { return of_handshake(phase(Side::client, "tcp"), record); }},
    Row{"tls", [](const ExchangeRecord& record) { return of_handshake(phase(Side::client, "tls"), record); }},
    Row{"retry", [](const ExchangeRecord& record) { return record.lost_in_attempts(); }},
    Row{"queue", queue},
    Row{"connect", connect},
    Row{"origin", [](const ExchangeRecord& record) { return timeline::duration(phase(Side::upstream, "first_byte"), record); }},
};

}  // namespace

void add_server_timing(http::Headers& fields, const ExchangeRecord& record, Arena& arena) {
  fmt::memory_buffer text;
  for (const Row& row : kRows) {
    const Duration duration = row.of(record);
    if (!duration) continue;
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(*duration).count();
    fmt::format_to(std::back_inserter(text), "{}{};dur={}.{:03}", text.size() > 0 ? ", " : "", row.name, us / 1000, us % 1000);
  }
  if (text.size() > 0) fields.add(http::FieldId::other, "Server-Timing", arena.copy({text.data(), text.size()}));
}

void add_timing_allow_origin(http::Headers& fields, std::span<const std::string> origins, Arena& arena) {
  std::string_view all;
  for (const std::string& origin : origins) all = all.empty() ? std::string_view(origin) : arena.join({all, ", ", origin});
  if (!all.empty()) fields.add(http::FieldId::other, "Timing-Allow-Origin", all);
}

}  // namespace gladhand::exchange
