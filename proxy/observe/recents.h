// The recent connections of all workers, to look through.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "observe/names.h"
#include "observe/recent.h"

namespace gladhand::observe {

// In a connection's id: from this bit on stands the number of its worker, so that ids are unique in the process.
inline constexpr int kWorkerBit = 48;

// Which of them somebody wants to see. What is not said is not asked for.
struct RecentFilter {
  static constexpr std::size_t kUsualLimit = 100;

  std::optional<timeline::Side> side;
  std::string name;            // of the listener or upstream
  std::optional<Code> result;  // of the handshake
  bool is_failed = false;      // any result but ok
  std::string phase;           // a name of kPhases: of that, and not of the handshake as a whole, speaks `over`
  Nanos over{};                // at least so long
  std::uint64_t since = 0;     // an id: what began after that connection. One that is forgotten has nothing before it
  std::size_t limit = kUsualLimit;
};

// How long the handshakes took together: from the beginning to the last mark before they ended, well or not.
inline std::optional<Nanos> handshake_duration(const timeline::ConnectionRecord& record) {
  return record.timeline.between(timeline::ConnectionMark::started, record.stage);
}

// A connection, and those on the other side that its first and its latest exchange went over, as far as they are known. The
// records of these exchanges point to the records of both.
struct Story {
  std::unique_ptr<Recent> subject;
  std::vector<std::unique_ptr<Recent>> partners;

  const Recent* partner(std::uint64_t id) const;
};

class Recents {
 public:
  // `config` is not kept.
  Recents(const config::Config& config, std::size_t workers);
  // Names that there are from now on. On the thread that asks.
  void learn(const Names& names) { names_ = names; }

  // The recorder of one worker, and what it has kept.
  RecentRing& ring(std::size_t worker) { return *rings_[worker]; }
  const RecentRing& ring(std::size_t worker) const { return *rings_[worker]; }
  std::size_t workers() const { return rings_.size(); }
  const Names& names() const { return names_; }
  // The name of the listener or upstream that a connection belongs to.
  std::string_view name_of(const timeline::ConnectionRecord& record) const { return names_.owners(record.side)[record.owner].name; }

  // Null, or nothing: it is not remembered.
  std::unique_ptr<Recent> find(std::uint64_t id) const;
  std::optional<Story> story(std::uint64_t id) const;
  // The one that began last comes first.
  std::vector<std::unique_ptr<Recent>> list(const RecentFilter& filter) const;

 private:
  bool matches(const RecentFilter& filter, const Recent& recent) const;

  Names names_;
  std::vector<std::unique_ptr<RecentRing>> rings_;
};

}  // namespace gladhand::observe
