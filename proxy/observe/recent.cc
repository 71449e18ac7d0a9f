#include "observe/recent.h"

#include <algorithm>
#include <cstring>

namespace gladhand::observe {
namespace {

template <class T>
void take(const std::uint64_t* from, T* to) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::memcpy(static_cast<void*>(to), from, sizeof *to);
}

// `part` of `whole`, which stands on the sheet from the word `at` on: how much further.
std::size_t words_to(const void* whole, const void* part) { return bytes_between(whole, part) / sizeof(std::uint64_t); }

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

void RecentRing::exchange_ended(const ExchangeRecord& record) { put_twice(record, true); }

void RecentRing::put(const ConnectionRecord& record, Recent::Summary& summary) {
  using At = Plan<KeptConnection>;
  KeptConnection::copy_texts(record, connection_texts_);
  auto& sheet = (*sheets_)[place_of(record.id)];
  sheet.begin();
  each_part(record, [&](const void* part, std::size_t bytes) { sheet.put(kConnectionAt + At::kRecordAt + words_to(&record, part), part, bytes); });
  sheet.put(kConnectionAt + At::kTextsAt, &connection_texts_, connection_texts_.used_bytes());
  sheet.put(0, &summary, sizeof summary);
  sheet.end();
}

// For the client's connection, and for the upstream's.
void RecentRing::put_twice(const ExchangeRecord& record, bool is_over) {
  // What came between the handshake and the first exchange is on record by now.
  if (record.is_first_of_client && record.client) refresh(*record.client);
  if (record.upstream) prefetch(record.upstream->id);
  const KeptExchange::Links links{record.client ? record.client->id : 0, record.upstream ? record.upstream->id : 0, duration(kTunnelTcp, record)};
  KeptExchange::copy_texts(record, exchange_texts_);
  put(record, links, links.client, is_over);
  put(record, links, links.upstream, is_over);
}

void RecentRing::prefetch(std::uint64_t id) const {
  __builtin_prefetch(&summaries_[place_of(id)], 1);
  __builtin_prefetch(&(*sheets_)[place_of(id)], 1);
}

void RecentRing::put(const ExchangeRecord& record, const KeptExchange::Links& links, std::uint64_t id, bool is_over) {
  using At = Plan<KeptExchange>;
  Recent::Summary& summary = summaries_[place_of(id)];
  if (id == 0 || summary.id != id) return;
  const bool is_first = summary.exchanges == 0;
  (is_first ? summary.has_first : summary.has_latest) = true;
  summary.exchanges += is_over;
  summary.failed += is_over && record.error != Code::ok && record.error != Code::answered_by_plugin;
  const std::size_t at = is_first ? kFirstAt : kLatestAt;
  auto& sheet = (*sheets_)[place_of(id)];
  sheet.begin();
  each_part(record, [&](const void* part, std::size_t bytes) { sheet.put(at + At::kRecordAt + words_to(&record, part), part, bytes); });
  sheet.put(at + At::kTextsAt, &exchange_texts_, exchange_texts_.used_bytes());
  sheet.put(at, &links, sizeof links);
  sheet.put(0, &summary, sizeof summary);
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

template <class Kept>
void RecentRing::read(const Copy& copy, std::size_t at, Kept& kept) {
  using At = Plan<Kept>;
  if constexpr (!std::is_empty_v<typename Kept::Links>) take<typename Kept::Links>(&copy[at], &kept);
  each_part(kept.record, [&](const void* part, std::size_t bytes) {
    std::memcpy(const_cast<void*>(part), &copy[at + At::kRecordAt + words_to(&kept.record, part)], bytes);
  });
  take(&copy[at + At::kTextsAt], &kept.texts);
  kept.restore_texts();
}

std::unique_ptr<Recent> RecentRing::at(std::size_t place) const {
  Copy copy;
  if (!(*sheets_)[place].copy_to(copy)) return nullptr;
  auto recent = std::make_unique<Recent>();
  take(copy.data(), &recent->summary);
  if (recent->summary.id == 0) return nullptr;
  read(copy, kConnectionAt, recent->connection);
  if (recent->summary.has_first) read(copy, kFirstAt, recent->first);
  if (recent->summary.has_latest) read(copy, kLatestAt, recent->latest);
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
