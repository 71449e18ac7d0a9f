#include "observe/recent.h"

#include <algorithm>
#include <cstring>

namespace gladhand::observe {
namespace {

template <std::size_t words, class T>
void take(const std::array<std::uint64_t, words>& sheet, std::size_t at, T& part) {
  std::memcpy(static_cast<void*>(&part), &sheet[at], sizeof part);
}

constexpr timeline::Phase kTunnelTcp = *std::ranges::find_if(timeline::kPhases, [](const timeline::Phase& phase) { return is_fact(phase, timeline::Fact::tunnel_tcp); });

}  // namespace

using timeline::ConnectionRecord;
using timeline::ExchangeRecord;

void RecentRing::handshake_ended(const ConnectionRecord& record) {
  Recent::Summary& summary = summaries_[place_of(record.id)];
  if (summary.id > record.id) return;  // it took so long that the place belongs to a younger one
  summary = Recent::Summary{};
  summary.id = record.id;
  put(record, summary);
  tell(record.id, false);
}

void RecentRing::connection_ended(const ConnectionRecord& record) {
  Recent::Summary& summary = summaries_[place_of(record.id)];
  if (summary.id != record.id) return;
  summary.is_closed = true;
  put(record, summary);
  tell(record.id, true);
}

void RecentRing::refresh(const ConnectionRecord& record) {
  Recent::Summary& summary = summaries_[place_of(record.id)];
  if (summary.id == record.id) put(record, summary);
}

void RecentRing::exchange_ended(const ExchangeRecord& record) {
  stage(record);
  put_staged(staged_.client, true);
  put_staged(staged_.upstream, true);
}

void RecentRing::put_open(const ExchangeRecord& tunnel) {
  stage(tunnel);
  put_staged(staged_.client, false);
  put_staged(staged_.upstream, false);
}

void RecentRing::put(const ConnectionRecord& record, Recent::Summary& summary) {
  staged_connection_.record = record;
  staged_connection_.keep_texts();
  auto& sheet = (*sheets_)[place_of(record.id)];
  sheet.begin();
  sheet.put(0, &summary, sizeof summary);
  sheet.put(kConnectionAt, &staged_connection_, staged_connection_.used_bytes());
  sheet.end();
}

// Of the target without the query, which may hold what is nobody else's business.
void RecentRing::stage(const ExchangeRecord& record) {
  // What came between the handshake and the first exchange is on record by now.
  if (record.is_first_of_client && record.client) refresh(*record.client);
  staged_.record = record;
  staged_.record.target = record.target.substr(0, record.target.find('?'));
  staged_.client = record.client ? record.client->id : 0;
  staged_.upstream = record.upstream ? record.upstream->id : 0;
  staged_.tunnel_tcp = duration(kTunnelTcp, record);
  staged_.record.client = staged_.record.upstream = nullptr;
  staged_.keep_texts();
}

void RecentRing::put_staged(std::uint64_t id, bool is_over) {
  Recent::Summary& summary = summaries_[place_of(id)];
  if (id == 0 || summary.id != id) return;
  const bool is_first = summary.exchanges == 0;
  (is_first ? summary.has_first : summary.has_latest) = true;
  summary.exchanges += is_over;
  summary.failed += is_over && staged_.record.error != Code::ok;
  auto& sheet = (*sheets_)[place_of(id)];
  sheet.begin();
  sheet.put(0, &summary, sizeof summary);
  sheet.put(is_first ? kFirstAt : kLatestAt, &staged_, staged_.used_bytes());
  sheet.end();
}

void RecentRing::tell(std::uint64_t id, bool is_end) {
  const std::uint64_t n = told_.load(std::memory_order_relaxed);
  events_[n % kEvents].store(id << 1 | (is_end ? 1 : 0), std::memory_order_release);
  told_.store(n + 1, std::memory_order_release);
}

std::unique_ptr<Recent> RecentRing::find(std::uint64_t id) const {
  auto recent = at(place_of(id));
  return recent && recent->summary.id == id ? std::move(recent) : nullptr;
}

std::unique_ptr<Recent> RecentRing::at(std::size_t place) const {
  Sheet<kWords>::Copy copy;
  if (!(*sheets_)[place].copy_to(copy)) return nullptr;
  auto recent = std::make_unique<Recent>();
  take(copy, 0, recent->summary);
  if (recent->summary.id == 0) return nullptr;
  take(copy, kConnectionAt, recent->connection);
  recent->connection.restore_texts();
  if (recent->summary.has_first) {
    take(copy, kFirstAt, recent->first);
    recent->first.restore_texts();
  }
  if (recent->summary.has_latest) {
    take(copy, kLatestAt, recent->latest);
    recent->latest.restore_texts();
  }
  return recent;
}

std::optional<RecentRing::Event> RecentRing::event(std::uint64_t n) const {
  if (n >= events()) return std::nullopt;  // asked before the word is read, which is there from then on
  const std::uint64_t word = events_[n % kEvents].load(std::memory_order_acquire);
  // The worker may have been writing over it since events() was kEvents ahead.
  if (events() - n >= kEvents) return std::nullopt;
  return Event{word >> 1, word % 2 == 1};
}

}  // namespace gladhand::observe
