// What one worker has counted.
//
// The worker calls the Recorder's functions, and only they write. Any thread may read the cells at any time; Metrics
// does, and adds up the shards. Every cell exists from the start and is found by index, so that an observation costs a
// few nanoseconds, allocates nothing and looks nothing up. The ids in records are those of Names that make_room() was told of.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "observe/cell.h"
#include "observe/growing.h"
#include "observe/names.h"
#include "observe/outcome.h"
#include "observe/phase_slots.h"
#include "observe/tls_table.h"
#include "timeline/alerts.h"
#include "timeline/recorder.h"

namespace gladhand::observe {

inline constexpr std::size_t kCacheLine = 64;

inline constexpr std::size_t kCodes = static_cast<std::size_t>(Code::count_);
inline constexpr std::size_t kStages = timeline::index(timeline::ConnectionMark::count_);

// The connections of one listener or one upstream.
struct ConnectionCells {
  Count attempted;
  Count handshakes_ended;
  Count opened;  // handshakes that ended well
  Count closed;  // of those that were opened
  std::array<std::array<Count, timeline::kMannerNames.size()>, timeline::kCloserNames.size()> closes;  // of those, too
  std::array<Count, timeline::kCloserNames.size()> idle_closes;  // of those, where nothing was under way
  Count retransmits;
  Count data_retransmits;
  std::array<Count, static_cast<std::size_t>(timeline::RttDoubt::count_)> degraded;
  std::array<Count, static_cast<std::size_t>(timeline::FastOpen::count_)> fast_open;
  Count fast_open_saved_nanos;
  Count retried;  // by a HelloRetryRequest, whatever came of it
  Count truncated;
  std::array<Count, timeline::kEarlyDataNames.size()> early_data;  // whatever came of the handshake
  std::array<Count, timeline::kAlertSlots> alerts_sent, alerts_received;
  std::array<std::array<Count, kStages>, kCodes> results;  // by handshake_result() and stage
  TlsTable tls;
};

// The exchanges of one listener on one route.
struct RouteCells {
  std::array<Count, kStatusClasses.size()> responses;
  Histogram duration;
};

struct alignas(kCacheLine) ListenerCells {
  ConnectionCells connections;
  std::array<Histogram, count_slots(timeline::Side::client)> phases;
  std::array<Histogram, count_slots(timeline::Side::tunnel)> tunnel_phases;
  Count requests_received;
  Count request_body_bytes;
  Count response_body_bytes;
  Count accept_pauses;
  std::array<Count, kCodes> resets;         // exchanges that ended without a response, by error
  std::array<Count, kCodes> local_replies;  // by error
  Growing<RouteCells> routes;               // by route_slot()
};

// Exchanges that met no route have the first slot.
constexpr std::size_t route_slot(std::uint16_t route) { return route == timeline::kNone ? 0 : route + std::size_t{1}; }

struct alignas(kCacheLine) UpstreamCells {
  ConnectionCells connections;
  std::array<Histogram, count_slots(timeline::Side::upstream)> phases;
  std::array<Count, kStatusClasses.size()> responses;  // of the upstream itself, by class
  Count unanswered;
  Count retries;
  Count reuses;
  std::array<std::array<Count, timeline::kDialNames.size()>, timeline::kFamilyNames.size()> dials;  // attempts that ended
};

class Shard final : public timeline::Recorder {
 public:
  explicit Shard(const Names& names) { make_room(names); }

  // For ids that are new; while the worker goes on, but before it hears of them. Always on the same thread.
  void make_room(const Names& names);

  void connection_attempted(timeline::Side side, std::uint16_t owner) override;
  void handshake_ended(const timeline::ConnectionRecord& record) override;
  void settings_exchanged(const timeline::ConnectionRecord& record) override;
  void connection_ended(const timeline::ConnectionRecord& record) override;
  void request_received(std::uint16_t listener) override;
  void exchange_ended(const timeline::ExchangeRecord& record) override;
  void tunnel_opened(const timeline::ExchangeRecord& record) override;
  void tunnel_secured(const timeline::ExchangeRecord& record) override;
  void accept_paused(std::uint16_t listener) override;

  const ListenerCells& listener(std::size_t i) const { return listeners_[i]; }
  const UpstreamCells& upstream(std::size_t i) const { return upstreams_[i]; }
  const ConnectionCells& connections(timeline::Side side, std::size_t owner) const {
    return side == timeline::Side::client ? listeners_[owner].connections : upstreams_[owner].connections;
  }
  std::span<const Histogram> phases(timeline::Side side, std::size_t owner) const {
    if (side == timeline::Side::client) return listeners_[owner].phases;
    if (side == timeline::Side::tunnel) return listeners_[owner].tunnel_phases;
    return upstreams_[owner].phases;
  }
  // `route` is an id, or kNone.
  const RouteCells& route(std::size_t listener, std::uint16_t route) const { return listeners_[listener].routes[route_slot(route)]; }

 private:
  ConnectionCells& cells(timeline::Side side, std::uint16_t owner);
  std::span<Histogram> histograms(timeline::Side side, std::uint16_t owner);
  static void count_fast_open(ConnectionCells& cells, const timeline::TcpFacts& facts);
  template <timeline::Known known>
  void observe_opening(const timeline::ExchangeRecord& record);
  void observe_handshake(const timeline::ConnectionRecord& record);
  void observe_response(const timeline::ExchangeRecord& record);
  void observe_upstream(const timeline::ExchangeRecord& record);

  Growing<ListenerCells> listeners_;
  Growing<UpstreamCells> upstreams_;
};

}  // namespace gladhand::observe
