// A Recorder that keeps a copy of everything, and notes whatever breaks the Recorder's contract.
#pragma once

#include <fmt/format.h>

#include <array>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "timeline/recorder.h"

namespace gladhand::test {

class VectorRecorder final : public timeline::Recorder {
 public:
  using Side = timeline::Side;

  // In the order in which they were told. Elements never move, and their views live as long as the recorder.
  std::deque<timeline::ConnectionRecord> handshakes;
  std::deque<timeline::ConnectionRecord> connections;
  std::deque<timeline::ExchangeRecord> exchanges;
  std::array<std::size_t, 2> attempts{};  // of each side
  std::deque<timeline::ConnectionRecord> settings;
  std::deque<timeline::ExchangeRecord> opened_tunnels;
  std::vector<std::optional<Nanos>> secured_tunnels;
  std::size_t requests = 0;
  std::size_t pauses = 0;
  std::vector<std::string> faults;

  void connection_attempted(Side side, std::uint16_t) override { ++attempts[timeline::index(side)]; }
  void handshake_ended(const timeline::ConnectionRecord& record) override {
    expect(tellings_[record.id]++ == 0, record, "told its handshake's end twice, or after its own");
    expect((record.result == Code::ok) == record.timeline.has(timeline::ConnectionMark::ready), record,
           fmt::format("ended its handshake with {}, which its marks belie", row(record.result).name));
    handshakes.push_back(kept(record));
  }
  void connection_ended(const timeline::ConnectionRecord& record) override {
    expect(tellings_[record.id]++ == 1, record, "told its end twice, or before its handshake's");
    expect(record.timeline.has(timeline::ConnectionMark::closed), record, "ended without having closed");
    connections.push_back(kept(record));
  }
  void request_received(std::uint16_t) override { ++requests; }
  void settings_exchanged(const timeline::ConnectionRecord& record) override {
    expect(tellings_[record.id] == 1, record, "told of its settings before its handshake's end, or after its own");
    settings.push_back(kept(record));
  }
  void exchange_ended(const timeline::ExchangeRecord& record) override { exchanges.push_back(kept(record)); }
  void tunnel_opened(const timeline::ExchangeRecord& record) override { opened_tunnels.push_back(kept(record)); }
  void tunnel_secured(const timeline::ExchangeRecord& record) override { secured_tunnels.push_back(record.tunnel->tls); }
  void accept_paused(std::uint16_t) override { ++pauses; }

  std::vector<const timeline::ConnectionRecord*> ended(Side side) const { return of(connections, side); }
  std::vector<const timeline::ConnectionRecord*> shaken(Side side) const { return of(handshakes, side); }

  // One record for each connection, each handshake and each exchange: what must hold when everything is gone.
  std::vector<std::string> faults_at_the_end() const {
    std::vector<std::string> all = faults;
    for (const Side side : {Side::client, Side::upstream}) {
      const std::size_t attempted = attempts[timeline::index(side)];
      const auto compare = [&](std::size_t told, std::string_view what) {
        if (told != attempted) all.push_back(fmt::format("{} {} connections were attempted, {} {}", attempted, name(side), told, what));
      };
      compare(shaken(side).size(), "told their handshake's end");
      compare(ended(side).size(), "told their end");
    }
    if (exchanges.size() != requests) all.push_back(fmt::format("{} requests were received, {} exchanges ended", requests, exchanges.size()));
    return all;
  }

 private:
  void expect(bool holds, const timeline::ConnectionRecord& record, std::string_view fault) {
    if (!holds) faults.push_back(fmt::format("{} connection {} {}", name(record.side), record.id, fault));
  }
  std::string_view kept(std::string_view text) { return texts_.emplace_back(text); }
  timeline::ConnectionRecord kept(const timeline::ConnectionRecord& record) {
    timeline::ConnectionRecord copy = record;
    copy.peer = kept(copy.peer);
    copy.tcp_peer = kept(copy.tcp_peer);
    copy.sni = kept(copy.sni);
    copy.tag = kept(copy.tag);
    return copy;
  }
  timeline::ExchangeRecord kept(const timeline::ExchangeRecord& record) {
    timeline::ExchangeRecord copy = record;
    if (!copy.client) faults.push_back("an exchange without a client");
    copy.client = remember(copy.client);
    copy.upstream = remember(copy.upstream);
    for (std::string_view timeline::ExchangeRecord::* text :
         {&timeline::ExchangeRecord::method, &timeline::ExchangeRecord::scheme, &timeline::ExchangeRecord::authority, &timeline::ExchangeRecord::target,
          &timeline::ExchangeRecord::version, &timeline::ExchangeRecord::user_agent, &timeline::ExchangeRecord::referer, &timeline::ExchangeRecord::endpoint}) {
      copy.*text = kept(copy.*text);
    }
    return copy;
  }
  const timeline::ConnectionRecord* remember(const timeline::ConnectionRecord* record) { return record ? &seen_.emplace_back(kept(*record)) : nullptr; }

  static std::vector<const timeline::ConnectionRecord*> of(const std::deque<timeline::ConnectionRecord>& records, Side side) {
    std::vector<const timeline::ConnectionRecord*> found;
    for (const timeline::ConnectionRecord& record : records) {
      if (record.side == side) found.push_back(&record);
    }
    return found;
  }

  std::map<std::uint64_t, int> tellings_;
  std::deque<std::string> texts_;
  std::deque<timeline::ConnectionRecord> seen_;  // as exchanges saw them
};

}  // namespace gladhand::test
