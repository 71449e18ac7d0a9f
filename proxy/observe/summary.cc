#include "observe/summary.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "observe/awaited.h"
#include "observe/outcome.h"
#include "timeline/phases.h"

namespace gladhand::observe {
namespace {

using timeline::ConnectionMark;
using timeline::ConnectionRecord;
using timeline::kPhases;
using timeline::Phase;
using timeline::Side;

using Listed = std::vector<std::unique_ptr<Recent>>;

// How often each of some names was met.
class Tally {
 public:
  void add(std::string_view name) { ++counts_[name.empty() ? std::string("none") : std::string(name)]; }

  void write(Json& json, std::string_view key) const {
    std::vector<std::pair<std::string_view, std::uint64_t>> sorted(counts_.begin(), counts_.end());
    std::ranges::stable_sort(sorted, std::ranges::greater{}, &std::pair<std::string_view, std::uint64_t>::second);
    json.open_list(key);
    for (const auto& [name, count] : sorted) {
      json.open();
      json.text("name", name);
      json.number("count", count);
      json.close();
    }
    json.close();
  }

 private:
  std::map<std::string, std::uint64_t> counts_;
};

void write(Json& json, const Percentiles& figures) {
  json.number("count", figures.count);
  if (figures.count == 0) return;
  json.time("p50", figures.p50);
  json.time("p95", figures.p95);
  json.time("p99", figures.p99);
}

// The durations of every phase that connections and their exchanges had.
class Durations {
 public:
  void add(const ConnectionRecord& record) {
    for (std::size_t i = 0; i < kPhases.size(); ++i) {
      if (kPhases[i].side == record.side && (record.is_tls || !kPhases[i].tls_only)) add(i, duration(kPhases[i], record));
    }
  }
  void add(const KeptExchange& kept) {
    for (std::size_t i = 0; i < kPhases.size(); ++i) add(i, duration(kPhases[i], kept));
  }
  std::vector<PhaseFigures> figures(Side side) {
    std::vector<PhaseFigures> found;
    for (std::size_t i = 0; i < kPhases.size(); ++i) {
      if (kPhases[i].side == side && !durations_[i].empty()) found.push_back({&kPhases[i], percentiles_of(durations_[i])});
    }
    return found;
  }

 private:
  void add(std::size_t phase, std::optional<Nanos> took) {
    if (took) durations_[phase].push_back(*took);
  }

  std::array<std::vector<Nanos>, kPhases.size()> durations_;
};

// Where the time of handshakes went.
class Spent {
 public:
  void add(const ConnectionRecord& record) { record.side == Side::client ? add_client(record) : add_upstream(record); }

  void write(Json& json, std::string_view peer) const {
    if (connections_ == 0) return;
    json.open("spent");
    json.number("connections", connections_);
    json.time("total", total_);
    json.time("network", network_);
    json.time(peer, peer_);
    json.time("self", self_);
    json.time("rest", total_ - network_ - peer_ - self_);
    json.close();
  }

 private:
  void add_client(const ConnectionRecord& record) {
    const auto tls = record.timeline.between(ConnectionMark::first_byte, ConnectionMark::secured);
    const auto flight = record.timeline.between(ConnectionMark::server_flight, ConnectionMark::client_finished);
    if (!tls || !flight || !record.tcp.handshake_rtt) return;
    add(*tls, std::min(*record.tcp.handshake_rtt, *flight), *flight, record.tls.compute);
  }
  void add_upstream(const ConnectionRecord& record) {
    const auto tcp = record.timeline.between(ConnectionMark::started, ConnectionMark::connected);
    if (!tcp || record.tcp.retransmits > 0) return;
    const auto tls = record.timeline.between(ConnectionMark::client_hello, ConnectionMark::secured);
    const auto reply = record.timeline.between(ConnectionMark::client_hello, ConnectionMark::server_hello);
    if (!tls || !reply) return add(*tcp, *tcp, *tcp, Nanos::zero());
    const Nanos trip = std::min(record.tcp.handshake_rtt.value_or(*tcp), *reply);
    add(*tcp + *tls, *tcp + trip, *tcp + *reply, record.tls.compute);
  }
  // `waited`: of the total, for the network and the peer.
  void add(Nanos total, Nanos network, Nanos waited, Nanos compute) {
    ++connections_;
    total_ += total;
    network_ += network;
    peer_ += waited - network;
    self_ += std::min(compute, total - waited);
  }

  std::uint64_t connections_ = 0;
  Nanos total_{}, network_{}, peer_{}, self_{};
};

class SideSummary {
 public:
  SideSummary(Side side, const Listed& listed, const Moment& moment) : side_(side), moment_(moment) {
    for (const auto& recent : listed) add(recent->record());
    count_ = listed.size();
    if (listed.empty()) return;
    last_ = listed.front()->record().timeline.at(ConnectionMark::started);
    first_ = listed.back()->record().timeline.at(ConnectionMark::started);
  }

  void write(Json& json, const std::vector<PhaseFigures>& phases) {
    json.open(timeline::name(side_));
    json.number("connections", count_);
    json.number("failed", failed_);
    if (count_ > 0) {
      json.timestamp("first", moment_.wall_time(first_));
      json.timestamp("last", moment_.wall_time(last_));
    }
    json.open("handshake");
    observe::write(json, percentiles_of(handshakes_));
    json.close();
    write_phases(json, phases);
    write_results(json);
    sessions_.write(json, "sessions");
    versions_.write(json, "versions");
    groups_.write(json, "groups");
    ciphers_.write(json, "ciphers");
    alpn_.write(json, "alpn");
    spent_.write(json, timeline::name(side_));
    json.close();
  }

 private:
  void add(const ConnectionRecord& record) {
    const Code result = handshake_result(record.result);
    ++results_[{result, record.stage}];
    if (result != Code::ok) {
      ++failed_;
      return;
    }
    if (const auto took = handshake_duration(record)) handshakes_.push_back(*took);
    spent_.add(record);
    if (!record.is_tls || record.tls.version == timeline::TlsVersion::none) return;
    sessions_.add(record.tls.resumed ? "resumed" : "full");
    versions_.add(timeline::kTlsVersionNames[timeline::index(record.tls.version)]);
    groups_.add(record.tls.group);
    ciphers_.add(record.tls.cipher);
    alpn_.add(record.tls.alpn);
  }

  void write_results(Json& json) const {
    std::vector<std::pair<std::pair<Code, ConnectionMark>, std::uint64_t>> sorted(results_.begin(), results_.end());
    std::ranges::stable_sort(sorted, std::ranges::greater{}, [](const auto& one) { return one.second; });
    json.open_list("results");
    for (const auto& [what, count] : sorted) {
      json.open();
      json.text("result", gladhand::row(what.first).name);
      json.text("stage", timeline::name(what.second));
      json.number("count", count);
      json.close();
    }
    json.close();
  }

  const Side side_;
  const Moment& moment_;
  std::size_t count_ = 0;
  std::uint64_t failed_ = 0;
  Nanos first_{}, last_{};
  std::vector<Nanos> handshakes_;
  std::map<std::pair<Code, ConnectionMark>, std::uint64_t> results_;
  Tally sessions_, versions_, groups_, ciphers_, alpn_;
  Spent spent_;
};

}  // namespace

void write_phases(Json& json, const std::vector<PhaseFigures>& phases) {
  json.open_list("phases");
  for (const PhaseFigures& one : phases) {
    json.open();
    json.text("name", one.phase->name);
    json.text("awaited", row(awaited(*one.phase)).name);
    write(json, one.figures);
    json.close();
  }
  json.close();
}

std::string summary_json(const Recents& recents, const Moment& moment, std::size_t limit) {
  const auto listed = [&](Side side) {
    RecentFilter filter;
    filter.side = side;
    filter.limit = limit;
    return recents.list(filter);
  };
  const Listed clients = listed(Side::client);
  const Listed upstreams = listed(Side::upstream);
  Durations durations;
  for (const auto& recent : upstreams) durations.add(recent->record());
  for (const auto& recent : clients) {
    durations.add(recent->record());
    if (recent->summary.has_first) durations.add(recent->first);
    if (recent->summary.has_latest) durations.add(recent->latest);
  }
  Json json;
  json.open();
  json.number("limit", limit);
  SideSummary(Side::client, clients, moment).write(json, durations.figures(Side::client));
  SideSummary(Side::upstream, upstreams, moment).write(json, durations.figures(Side::upstream));
  json.open(timeline::name(Side::tunnel));
  write_phases(json, durations.figures(Side::tunnel));
  json.close();
  return std::move(json).finish();
}

std::vector<PhaseFigures> figures_of(const Recents& recents, Side side, std::string_view name, std::size_t limit) {
  RecentFilter filter;
  filter.side = side;
  filter.name = name;
  filter.limit = limit;
  Durations durations;
  for (const auto& recent : recents.list(filter)) {
    durations.add(recent->record());
    if (recent->summary.has_first) durations.add(recent->first);
    if (recent->summary.has_latest) durations.add(recent->latest);
  }
  return durations.figures(side);
}

}  // namespace gladhand::observe
