// The connections of one worker that began last, with all that is known of them: what /api/v1/handshakes shows.
//
// A connection has its place from the end of its handshake on, well ended or not, and so is seen while it is open; what
// happens before that is not, because nobody tells it. Its first and its latest exchange are kept with it, those in
// between are counted. An exchange is kept when it is over (a tunnel's also when it opens, and when TLS inside it is
// established), with the client's connection as well as with the upstream's. A connection that outlives kConnections younger ones loses
// its place; what happens to it afterwards is not kept any more.
//
// The worker writes some 300 bytes for an exchange, twice, into memory that was allocated before: it waits for nobody and takes
// no lock. Any thread reads, and never sees half of what was written (sheet.h).
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <optional>

#include "observe/kept.h"
#include "observe/sheet.h"
#include "timeline/recorder.h"

namespace gladhand::observe {

// One connection as it was at the moment of reading.
struct Recent {
  struct Summary {
    std::uint64_t id = 0;
    std::uint32_t exchanges = 0;  // that have ended
    std::uint32_t failed = 0;     // of those, with an error
    bool has_first = false;
    bool has_latest = false;
    bool is_closed = false;
  };

  Recent() = default;
  Recent(const Recent&) = delete;  // the records' texts are views into it
  Recent& operator=(const Recent&) = delete;

  const timeline::ConnectionRecord& record() const { return connection.record; }

  Summary summary;
  KeptConnection connection;
  KeptExchange first;   // only where the summary says so
  KeptExchange latest;  // not the first
};

class RecentRing final : public timeline::Recorder {
 public:
  static constexpr std::size_t kConnections = 1024;
  static constexpr std::size_t kEvents = 4096;

  // The worker's. Ids of its connections count up by one.
  void connection_attempted(timeline::Side, std::uint16_t) override {}
  void handshake_ended(const timeline::ConnectionRecord& record) override;
  void settings_exchanged(const timeline::ConnectionRecord& record) override { refresh(record); }
  void connection_ended(const timeline::ConnectionRecord& record) override;
  void request_received(std::uint16_t) override {}
  void exchange_ended(const timeline::ExchangeRecord& record) override;
  void tunnel_opened(const timeline::ExchangeRecord& record) override { put_twice(record, false); }
  void tunnel_secured(const timeline::ExchangeRecord& record) override { put_twice(record, false); }
  void accept_paused(std::uint16_t) override {}

  // From any thread. Null: not here, or not any more.
  std::unique_ptr<Recent> find(std::uint64_t id) const;
  // What is at one of the kConnections places.
  std::unique_ptr<Recent> at(std::size_t place) const;

  // What happened, in order: handshakes that ended, and connections. Of all events the last kEvents are remembered.
  struct Event {
    std::uint64_t id = 0;
    bool is_end = false;  // of the connection
  };
  std::uint64_t events() const { return told_.load(std::memory_order_acquire); }
  // The n-th of them, from 0. Nothing: forgotten.
  std::optional<Event> event(std::uint64_t n) const;

 private:
  static constexpr std::size_t kCacheLine = 64;

  // Where the parts of a Recent are on its sheet, in words.
  template <class Kept>
  struct Plan {
    static constexpr std::size_t kRecordAt = kWordsOf<typename Kept::Links>;
    static constexpr std::size_t kTextsAt = kRecordAt + kWordsOf<decltype(Kept::record)>;
    static constexpr std::size_t kWords = kTextsAt + kWordsOf<typename Kept::Texts>;
  };
  static constexpr std::size_t kConnectionAt = kWordsOf<Recent::Summary>;
  static constexpr std::size_t kFirstAt = kConnectionAt + Plan<KeptConnection>::kWords;
  static constexpr std::size_t kLatestAt = kFirstAt + Plan<KeptExchange>::kWords;
  static constexpr std::size_t kWords = kLatestAt + Plan<KeptExchange>::kWords;
  using Copy = Sheet<kWords>::Copy;

  static std::size_t place_of(std::uint64_t id) { return id % kConnections; }
  void put(const timeline::ConnectionRecord& record, Recent::Summary& summary);
  void refresh(const timeline::ConnectionRecord& record);
  // Into the cache, which has forgotten them when there are many connections.
  void prefetch(std::uint64_t id) const;
  void put_twice(const timeline::ExchangeRecord& record, bool is_over);
  void put(const timeline::ExchangeRecord& record, const KeptExchange::Links& links, std::uint64_t id, bool is_over);
  template <class Kept>
  static void read(const Copy& copy, std::size_t at, Kept& kept);
  void tell(std::uint64_t id, bool is_end);

  std::unique_ptr<std::array<Sheet<kWords>, kConnections>> sheets_ = std::make_unique<std::array<Sheet<kWords>, kConnections>>();
  std::array<Recent::Summary, kConnections> summaries_;  // the worker's own copy
  KeptConnection::Texts connection_texts_;
  KeptExchange::Texts exchange_texts_;
  std::array<std::atomic<std::uint64_t>, kEvents> events_{};
  alignas(kCacheLine) std::atomic<std::uint64_t> told_{0};
};

}  // namespace gladhand::observe
