#include "observe/shard.h"

namespace gladhand::observe {

using timeline::ConnectionRecord;
using timeline::ExchangeMark;
using timeline::ExchangeRecord;
using timeline::Known;
using timeline::kPhases;
using timeline::Side;

void Shard::make_room(const Names& names) {
  listeners_.grow_to(names.listeners.size());
  upstreams_.grow_to(names.upstreams.size());
  for (std::size_t i = 0; i < names.listeners.size(); ++i) listeners_[i].routes.grow_to(names.routes.size() + 1);
}

ConnectionCells& Shard::cells(Side side, std::uint16_t owner) {
  return side == Side::client ? listeners_[owner].connections : upstreams_[owner].connections;
}

std::span<Histogram> Shard::histograms(Side side, std::uint16_t owner) {
  if (side == Side::client) return listeners_[owner].phases;
  return upstreams_[owner].phases;
}

void Shard::connection_attempted(Side side, std::uint16_t owner) { cells(side, owner).attempted.add(); }

void Shard::handshake_ended(const ConnectionRecord& record) {
  ConnectionCells& c = cells(record.side, record.owner);
  c.results[static_cast<std::size_t>(handshake_result(record.result))][timeline::index(record.stage)].add();
  if (record.tcp.retransmits) c.retransmits.add(record.tcp.retransmits);
  if (record.tcp.doubt != timeline::RttDoubt::none) c.degraded[timeline::index(record.tcp.doubt)].add();
  if (record.tcp.fast_open != timeline::FastOpen::unasked) count_fast_open(c, record.tcp);
  if (record.dial != timeline::Dial::undecided) upstreams_[record.owner].dials[timeline::index(record.family)][timeline::index(record.dial)].add();
  if (record.tls.retried) c.retried.add();
  if (record.tls.early_data != timeline::EarlyData::not_sent) c.early_data[timeline::index(record.tls.early_data)].add();
  if (record.result == Code::ok) {
    c.opened.add();
    if (record.is_tls) c.tls.count(record.tls);
    observe_handshake(record);
  }
  c.handshakes_ended.add();
}

// A client's round trip is not known yet when its data comes; an upstream's is what its answer took.
void Shard::count_fast_open(ConnectionCells& cells, const timeline::TcpFacts& facts) {
  cells.fast_open[timeline::index(facts.fast_open)].add();
  if (facts.fast_open != timeline::FastOpen::accepted || !facts.handshake_rtt) return;
  cells.fast_open_saved_nanos.add(static_cast<std::uint64_t>(facts.handshake_rtt->count()));
}

void Shard::observe_handshake(const ConnectionRecord& record) {
  const auto phases = histograms(record.side, record.owner);
  const std::size_t kind = tls_kind(record.tls.version, record.tls.resumed);
  each_phase<Known::at_handshake_end>(record.side, [&]<std::size_t row>() {
    if (kPhases[row].tls_only && !record.is_tls) return;
    if (const auto took = duration(kPhases[row], record))
      phases[first_slot(row) + (kPhases[row].tls_only ? kind : 0)].observe(*took);
  });
}

void Shard::settings_exchanged(const ConnectionRecord& record) {
  const auto phases = histograms(record.side, record.owner);
  each_phase<Known::at_settings>(record.side, [&]<std::size_t row>() {
    static_assert(!kPhases[row].tls_only);
    if (const auto took = duration(kPhases[row], record)) phases[first_slot(row)].observe(*took);
  });
}

void Shard::connection_ended(const ConnectionRecord& record) {
  ConnectionCells& c = cells(record.side, record.owner);
  if (record.tcp.data_retransmits) c.data_retransmits.add(record.tcp.data_retransmits);
  if (record.tls.alert_sent) c.alerts_sent[timeline::alert_slot(*record.tls.alert_sent)].add();
  if (record.tls.alert_received) c.alerts_received[timeline::alert_slot(*record.tls.alert_received)].add();
  if (record.tls.truncated) c.truncated.add();
  if (record.result != Code::ok) return;
  c.closed.add();
  c.closes[static_cast<std::size_t>(record.close.closer)][static_cast<std::size_t>(record.close.manner)].add();
  if (record.close.is_idle) c.idle_closes[static_cast<std::size_t>(record.close.closer)].add();
  const auto phases = histograms(record.side, record.owner);
  each_phase<Known::at_close>(record.side, [&]<std::size_t row>() {
    static_assert(!kPhases[row].tls_only);
    if (const auto took = duration(kPhases[row], record)) phases[first_slot(row)].observe(*took);
  });
}

void Shard::request_received(std::uint16_t listener) {
  listeners_[listener].requests_received.add();
}

void Shard::exchange_ended(const ExchangeRecord& record) {
  ListenerCells& listener = listeners_[record.listener];
  if (record.request_body_bytes) listener.request_body_bytes.add(record.request_body_bytes);
  if (record.response_body_bytes) listener.response_body_bytes.add(record.response_body_bytes);
  if (record.error != Code::ok && is_local_reply(record))
    listener.local_replies[static_cast<std::size_t>(record.error)].add();

  if (record.is_first_of_client && record.client) {
    each_phase<Known::at_first_exchange>(Side::client, [&]<std::size_t row>() {
      static_assert(!kPhases[row].tls_only);
      if (const auto took = duration(kPhases[row], *record.client)) listener.phases[first_slot(row)].observe(*took);
    });
  }
  if (record.upstream_index != timeline::kNone && record.attempts > 0) observe_upstream(record);

  if (record.status == 0) {
    listener.resets[static_cast<std::size_t>(record.error)].add();
  } else {
    observe_response(record);
  }
}

void Shard::observe_response(const ExchangeRecord& record) {
  RouteCells& cells = listeners_[record.listener].routes[route_slot(record.route)];
  if (!is_tunnel(record)) {
    if (const auto took = record.timeline.between(ExchangeMark::head_received, ExchangeMark::finished))
      cells.duration.observe(*took);
  }
  cells.responses[status_class(record.status)].add();
}

void Shard::observe_upstream(const ExchangeRecord& record) {
  UpstreamCells& upstream = upstreams_[record.upstream_index];
  each_phase<Known::at_exchange_end>(Side::upstream, [&]<std::size_t row>() {
    static_assert(!kPhases[row].tls_only);
    if (const auto took = duration(kPhases[row], record)) upstream.phases[first_slot(row)].observe(*took);
  });
  if (record.attempts > 1) upstream.retries.add(record.attempts - 1u);
  if (record.upstream && !record.is_first_of_upstream) upstream.reuses.add();

  const bool is_answered = record.status != 0 && !is_local_reply(record);
  (is_answered ? upstream.responses[status_class(record.status)] : upstream.unanswered).add();
}

void Shard::tunnel_opened(const ExchangeRecord& record) { observe_opening<Known::at_tunnel_opened>(record); }
void Shard::tunnel_secured(const ExchangeRecord& record) { observe_opening<Known::at_tunnel_secured>(record); }

template <Known known>
void Shard::observe_opening(const ExchangeRecord& record) {
  const auto observe = [&](Side side, std::span<Histogram> phases) {
    each_phase<known>(side, [&]<std::size_t row>() {
      static_assert(!kPhases[row].tls_only);
      if (const auto took = duration(kPhases[row], record)) phases[first_slot(row)].observe(*took);
    });
  };
  observe(Side::client, listeners_[record.listener].phases);
  observe(Side::upstream, upstreams_[record.upstream_index].phases);
  observe(Side::tunnel, listeners_[record.listener].tunnel_phases);
}

void Shard::accept_paused(std::uint16_t listener) {
  listeners_[listener].accept_pauses.add();
}

}  // namespace gladhand::observe
