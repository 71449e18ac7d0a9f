#include "observe/waterfall.h"

#include <fmt/format.h>

#include <algorithm>

#include "timeline/phases.h"

namespace gladhand::observe {
namespace {

using timeline::ConnectionMark;
using timeline::ConnectionRecord;
using timeline::ExchangeMark;
using timeline::Fact;
using timeline::kPhases;
using timeline::Phase;
using timeline::Side;

std::optional<Nanos> begin_of(const Phase& phase, const ConnectionRecord& record) {
  if (phase.source == Phase::Source::connection_marks) return record.timeline.at(timeline::beginning(phase, record));
  if (is_fact(phase, Fact::close)) return record.timeline.at(ConnectionMark::closing);
  if (is_fact(phase, Fact::tls_verify) && record.timeline.has(ConnectionMark::cert_verified)) return record.timeline.at(ConnectionMark::cert_verified) - *record.tls.verify;
  // What the kernel tells of a client's connection ended when it was accepted. Of other facts nobody knows when.
  if (record.side != Side::client || !record.tcp.accept_wait) return std::nullopt;
  const Nanos established = record.timeline.at(ConnectionMark::started) - *record.tcp.accept_wait;
  switch (static_cast<Fact>(phase.from)) {
    case Fact::accept_wait: return established;
    case Fact::tcp_handshake_rtt: return record.tcp.handshake_rtt ? std::optional(established - *record.tcp.handshake_rtt) : std::nullopt;
    default: return std::nullopt;
  }
}

std::optional<Nanos> begin_of(const Phase& phase, const KeptExchange& kept) {
  if (is_fact(phase, Fact::tunnel_tcp) && kept.record.upstream) return kept.record.upstream->timeline.at(ConnectionMark::started);
  if (phase.source != Phase::Source::exchange_marks) return std::nullopt;
  return kept.record.timeline.at(static_cast<ExchangeMark>(phase.from));
}

class Chart {
 public:
  explicit Chart(const Story& story) : story_(story), subject_(*story.subject), zero_(subject_.record().timeline.at(ConnectionMark::started)) {}

  std::vector<Bar> draw() {
    add(subject_.record(), "");
    if (subject_.summary.has_first) add(subject_.first, "");
    if (subject_.summary.has_latest) add(subject_.latest, " (latest)");
    return std::move(bars_);
  }

 private:
  void add(const KeptExchange& kept, std::string_view which) {
    const bool is_clients = subject_.record().side == Side::client;
    const Recent* dialled = is_clients && kept.record.is_first_of_upstream ? story_.partner(kept.upstream) : nullptr;
    if (dialled) add(dialled->record(), which);
    for (const Phase& phase : kPhases) add(phase, kept, which);
  }
  void add(const ConnectionRecord& record, std::string_view which) {
    for (const Phase& phase : kPhases) {
      if (phase.side == record.side && (record.is_tls || !phase.tls_only)) add(phase, record, which);
    }
  }
  template <class Record>
  void add(const Phase& phase, const Record& record, std::string_view which) {
    const auto took = duration(phase, record);
    if (!took) return;
    auto from = begin_of(phase, record);
    if (from) *from -= zero_;
    bars_.push_back({fmt::format("{} {}{}", timeline::name(phase.side), phase.name, which), phase.help, awaited(phase), from, *took});
  }

  const Story& story_;
  const Recent& subject_;
  const Nanos zero_;
  std::vector<Bar> bars_;
};

}  // namespace

std::vector<Bar> bars_of(const Story& story) { return Chart(story).draw(); }

}  // namespace gladhand::observe
