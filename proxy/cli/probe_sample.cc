#include "cli/probe_sample.h"

#include <algorithm>

namespace gladhand::cli {
namespace {

using timeline::Phase;
using timeline::Side;

constexpr const Phase& row_of(Side side, std::string_view name) {
  return *std::ranges::find_if(timeline::kPhases, [&](const Phase& phase) { return phase.side == side && phase.name == name; });
}

// Seen from the client that asks; the table has it as the proxy that answers sees it.
constexpr const Phase& kConnectTunnel = row_of(Side::client, "connect_tunnel");
constexpr const Phase& kFirstByte = row_of(Side::upstream, "first_byte");

std::optional<Nanos> instant(const Phase& phase, const Leg& leg) {
  const auto at = [](const auto& timeline, auto mark) { return timeline.has(mark) ? std::optional(timeline.at(mark)) : std::nullopt; };
  const auto& marks = leg.connection.timeline;
  switch (phase.source) {
    case Phase::Source::connection_marks: return at(marks, timeline::ConnectionMark(phase.from));
    case Phase::Source::exchange_marks: return at(leg.exchange.timeline, timeline::ExchangeMark(phase.from));
    case Phase::Source::fact: break;
  }
  if (timeline::Fact(phase.from) == timeline::Fact::close) return at(marks, timeline::ConnectionMark::closing);
  const auto verified = at(marks, timeline::ConnectionMark::cert_verified);
  if (timeline::Fact(phase.from) == timeline::Fact::tls_verify && verified) return *verified - *leg.connection.tls.verify;
  return std::nullopt;
}

}  // namespace

std::vector<PhaseTime> phases_of(const Leg& leg, Nanos begun) {
  std::vector<PhaseTime> times;
  for (const Phase& phase : timeline::kPhases) {
    if (phase.side != Side::upstream || (phase.tls_only && !leg.connection.timeline.has(timeline::ConnectionMark::client_hello))) continue;
    auto took = timeline::duration(phase, leg.connection);
    if (!took) took = timeline::duration(phase, leg.exchange);
    if (!took) continue;
    const auto at = instant(phase, leg);
    const bool is_tunnel = &phase == &kFirstByte && leg.exchange.purpose == timeline::Purpose::connect;
    times.push_back({is_tunnel ? kConnectTunnel.name : phase.name, &phase, at ? std::optional(*at - begun) : std::nullopt, *took});
  }
  return times;
}

}  // namespace gladhand::cli
