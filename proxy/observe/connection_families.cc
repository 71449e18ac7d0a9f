#include <map>
#include <tuple>

#include "observe/families.h"

namespace gladhand::observe {
namespace {

using timeline::ConnectionMark;
using timeline::Dial;
using timeline::FastOpen;
using timeline::index;
using timeline::kPhases;
using timeline::RttDoubt;
using timeline::Side;

using Families = std::vector<prometheus::MetricFamily>;

constexpr std::array kSides{Side::client, Side::upstream};

// The handshakes that end well end at this mark; their series exist from the start.
constexpr ConnectionMark kGoodStage = ConnectionMark::ready;

// Calls `visit(labels, side, owner)` for each listener and each upstream of the latest configuration.
template <class Visit>
void each_owner(const Names& names, Visit visit) {
  for (const Side side : kSides) {
    const auto& owners = names.owners(side);
    for (std::size_t owner = 0; owner < owners.size(); ++owner) {
      if (owners[owner].is_listed) visit(Labels{{"side", timeline::name(side)}, {"name", owners[owner].name}}, side, owner);
    }
  }
}

Labels with(Labels labels, std::initializer_list<Labels::value_type> more) {
  labels.insert(labels.end(), more);
  return labels;
}

// One series for each listener and each upstream: the sum of what `read` answers for its cells.
template <class Read>
void append_each(Family family, const Names& names, const Shards& shards, Families& families, Read read) {
  each_owner(names, [&](const Labels& labels, Side side, std::size_t owner) {
    const auto total = shards.sum([&](const Shard& shard) { return read(shard.connections(side, owner)); });
    family.add(labels, static_cast<double>(total));
  });
  std::move(family).move_to(families);
}

void append_results(const Names& names, const Shards& shards, Families& families) {
  auto family = Family::counter("gladhand_handshakes_total",
                                "Handshakes that ended, by result and by the last moment that was reached.");
  each_owner(names, [&](const Labels& labels, Side side, std::size_t owner) {
    for (std::size_t code = 0; code < kCodes; ++code) {
      for (std::size_t stage = 0; stage < kStages; ++stage) {
        const auto total =
            shards.sum([&](const Shard& shard) { return shard.connections(side, owner).results[code][stage].value(); });
        const bool is_known = static_cast<Code>(code) == Code::ok && static_cast<ConnectionMark>(stage) == kGoodStage;
        if (!total && !is_known) continue;
        family.add(with(labels, {{"result", row(static_cast<Code>(code)).name},
                                 {"stage", timeline::kConnectionMarkNames[stage]}}),
                   static_cast<double>(total));
      }
    }
  });
  std::move(family).move_to(families);
}

// Those whose series exist before they are met.
bool is_expected(const Names& names, Side side, std::size_t owner, RttDoubt doubt) {
  if (side == Side::upstream) return false;
  return doubt == RttDoubt::syn_retransmitted || (doubt == RttDoubt::fast_open && names.owners(side)[owner].is_fast_open);
}

void append_closes(const Names& names, const Shards& shards, Families& families) {
  auto family = Family::counter("gladhand_connection_closes_total", "Connections that were closed, by who said first that no more would come, and how.");
  each_owner(names, [&](const Labels& labels, Side side, std::size_t owner) {
    for (std::size_t closer = 0; closer < timeline::kCloserNames.size(); ++closer) {
      for (std::size_t manner = 0; manner < timeline::kMannerNames.size(); ++manner) {
        const auto total = shards.sum([&](const Shard& shard) { return shard.connections(side, owner).closes[closer][manner].value(); });
        family.add_if_counted(with(labels, {{"closer", timeline::kCloserNames[closer]}, {"how", timeline::kMannerNames[manner]}}), total);
      }
    }
  });
  std::move(family).move_to(families);
}

void append_idle_closes(const Names& names, const Shards& shards, Families& families) {
  auto family = Family::counter("gladhand_connection_idle_closes_total",
                                "Connections that were closed while nothing was under way, kept for more requests in vain; counted among all closes, too.");
  each_owner(names, [&](const Labels& labels, Side side, std::size_t owner) {
    for (std::size_t closer = 0; closer < timeline::kCloserNames.size(); ++closer) {
      const auto total = shards.sum([&](const Shard& shard) { return shard.connections(side, owner).idle_closes[closer].value(); });
      family.add_if_counted(with(labels, {{"closer", timeline::kCloserNames[closer]}}), total);
    }
  });
  std::move(family).move_to(families);
}

void append_degraded(const Names& names, const Shards& shards, Families& families) {
  auto family =
      Family::counter("gladhand_handshake_samples_degraded_total",
                      "Round trips that the kernel answered but could not have measured, and which were withheld.");
  each_owner(names, [&](const Labels& labels, Side side, std::size_t owner) {
    for (std::size_t doubt = index(RttDoubt::none) + 1; doubt < index(RttDoubt::count_); ++doubt) {
      const auto total = shards.sum([&](const Shard& shard) { return shard.connections(side, owner).degraded[doubt].value(); });
      if (!total && !is_expected(names, side, owner, RttDoubt(doubt))) continue;
      family.add(with(labels, {{"reason", timeline::kRttDoubtNames[doubt]}}), static_cast<double>(total));
    }
  });
  std::move(family).move_to(families);
}

// Series of whom Fast Open is configured for; of others too, once they met it: the namespace may force it on them.
void append_fast_open(const Names& names, const Shards& shards, Families& families) {
  auto outcomes = Family::counter("gladhand_tcp_fastopen_total", "Connections that used TCP Fast Open or tried to, by what came of it.");
  auto saved = Family::counter("gladhand_tcp_fastopen_saved_seconds_total",
                               "Round trips to upstreams that data in the SYN did not have to wait for, summed.");
  each_owner(names, [&](const Labels& labels, Side side, std::size_t owner) {
    const bool is_fast_open = names.owners(side)[owner].is_fast_open;
    for (std::size_t outcome = index(FastOpen::unasked) + 1; outcome < index(FastOpen::count_); ++outcome) {
      const auto total = shards.sum([&](const Shard& shard) { return shard.connections(side, owner).fast_open[outcome].value(); });
      if (!total && !(is_fast_open && FastOpen(outcome) == FastOpen::accepted)) continue;
      outcomes.add(with(labels, {{"outcome", timeline::kFastOpenNames[outcome]}}), static_cast<double>(total));
    }
    if (side != Side::upstream || !is_fast_open) return;
    const auto nanos = shards.sum([&](const Shard& shard) { return shard.connections(side, owner).fast_open_saved_nanos.value(); });
    saved.add(labels, static_cast<double>(nanos) / 1e9);
  });
  std::move(outcomes).move_to(families);
  std::move(saved).move_to(families);
}

// Series of whom has a name for an endpoint, and so perhaps several addresses; of others once they were dialled.
void append_dials(const Names& names, const Shards& shards, Families& families) {
  auto family = Family::counter("gladhand_dial_attempts_total",
                                "Attempts to connect to an upstream's addresses, by what came of them: the first to be connected wins (Happy Eyeballs, RFC 8305).");
  for (std::size_t owner = 0; owner < names.upstreams.size(); ++owner) {
    const Owner& upstream = names.upstreams[owner];
    for (std::size_t version = 0; upstream.is_listed && version < timeline::kFamilyNames.size(); ++version) {
      for (std::size_t result = index(Dial::won); result < timeline::kDialNames.size(); ++result) {
        const auto total = shards.sum([&](const Shard& shard) { return shard.upstream(owner).dials[version][result].value(); });
        if (!total && !upstream.has_name) continue;
        family.add({{"upstream", upstream.name}, {"family", timeline::kFamilyNames[version]}, {"result", timeline::kDialNames[result]}},
                   static_cast<double>(total));
      }
    }
  }
  std::move(family).move_to(families);
}

// Each shard gave its own rows to the combinations it saw, in its own order.
void append_tls(const Names& names, const Shards& shards, Families& families) {
  using Key = std::tuple<std::string_view, std::string_view, std::string_view, std::string_view, std::string_view>;
  auto family =
      Family::counter("gladhand_tls_handshakes_total", "TLS handshakes that ended well, by what was agreed on.");
  each_owner(names, [&](const Labels& labels, Side side, std::size_t owner) {
    std::map<Key, std::uint64_t> totals;
    for (const auto& shard : shards) {
      const TlsTable& table = shard->connections(side, owner).tls;
      for (std::size_t i = 0; i < table.size(); ++i) {
        const auto& r = table.row(i);
        totals[Key{timeline::kTlsVersionNames[static_cast<std::size_t>(r.version)], r.cipher.view(), r.group.view(),
                   r.alpn.view(), r.resumed ? "true" : "false"}] += r.count.value();
      }
      if (const auto n = table.other().count.value()) totals[Key{"other", "other", "other", "other", "other"}] += n;
    }
    for (const auto& [key, total] : totals) {
      const auto& [version, cipher, group, alpn, resumed] = key;
      family.add(
          with(labels,
               {{"tls_version", version}, {"cipher", cipher}, {"group", group}, {"alpn", alpn}, {"resumed", resumed}}),
          static_cast<double>(total));
    }
  });
  std::move(family).move_to(families);
}

// Whether every connection or exchange has such a phase, or may well have: its series then exists from the start.
constexpr bool is_usual(const timeline::Phase& phase) {
  const bool is_opening = phase.known == timeline::Known::at_settings || phase.known == timeline::Known::at_tunnel_opened;
  const bool is_lookup = phase.source == timeline::Phase::Source::exchange_marks && phase.to == timeline::index(timeline::ExchangeMark::resolved);
  const bool is_drain = phase.source == timeline::Phase::Source::connection_marks && phase.to == timeline::index(ConnectionMark::drained);
  const bool is_preface = phase.source == timeline::Phase::Source::connection_marks && phase.to == timeline::index(ConnectionMark::proxy_header);
  return !is_opening && !is_lookup && !is_drain && !is_preface;
}

// What is seen of a tunnel's handshake does not tell every tunnel's version, and a resumption not always.
void add_tunnel_phase(Family& family, std::string_view listener, std::size_t owner, std::size_t row, const Shards& shards) {
  shards.add_histogram(family, {{"listener", listener}, {"phase", kPhases[row].name}},
                       [&](const Shard& shard) -> const Histogram& { return shard.phases(Side::tunnel, owner)[first_slot(row)]; }, is_usual(kPhases[row]));
}

// The series of one phase of one owner: one, or one for each kind of TLS handshake.
void add_phase(Family& family, std::string_view label, std::string_view owner_name, Side side, std::size_t owner,
               std::size_t row, const Shards& shards) {
  const bool is_split = kPhases[row].tls_only;
  for (std::size_t kind = 0; kind < slots_of(kPhases[row]); ++kind) {
    const auto version = is_split ? tls_version(kind) : timeline::TlsVersion::none;
    const Labels labels{{label, owner_name},
                        {"phase", kPhases[row].name},
                        {"tls_version", timeline::kTlsVersionNames[static_cast<std::size_t>(version)]},
                        {"resumed", is_split && is_resumed(kind) ? "true" : "false"}};
    const auto pick = [&](const Shard& shard) -> const Histogram& { return shard.phases(side, owner)[first_slot(row) + kind]; };
    shards.add_histogram(family, labels, pick, is_usual(kPhases[row]));
  }
}

void append_phases(const Names& names, const Shards& shards, Families& families) {
  auto client = Family::histogram("gladhand_client_handshake_seconds", "Phases of handshakes with clients.");
  auto upstream = Family::histogram("gladhand_upstream_handshake_seconds",
                                    "Phases of handshakes with upstreams, and of waiting for them.");
  auto tunnel = Family::histogram("gladhand_tunnel_handshake_seconds", "Phases of handshakes inside CONNECT tunnels, timed without decrypting.");
  for (std::size_t row = 0; row < kPhases.size(); ++row) {
    const Side side = kPhases[row].side;
    const auto& owners = names.owners(side);
    for (std::size_t owner = 0; owner < owners.size(); ++owner) {
      if (!owners[owner].is_listed || !names.has_phases(side, owner) || (kPhases[row].tls_only && !owners[owner].is_tls)) continue;
      if (side == Side::tunnel) {
        add_tunnel_phase(tunnel, owners[owner].name, owner, row, shards);
      } else if (side == Side::upstream) {
        add_phase(upstream, "upstream", owners[owner].name, side, owner, row, shards);
      } else {
        add_phase(client, "listener", owners[owner].name, side, owner, row, shards);
      }
    }
  }
  std::move(client).move_to(families);
  std::move(upstream).move_to(families);
  std::move(tunnel).move_to(families);
}

}  // namespace

void append_connection_families(const Names& names, Shards shards, Families& families) {
  append_phases(names, shards, families);
  append_results(names, shards, families);
  append_each(
      Family::counter("gladhand_handshake_attempts_total", "Connections that were accepted, or whose dialling began."),
      names, shards, families, [](const ConnectionCells& c) { return c.attempted.value(); });
  append_each(Family::gauge("gladhand_handshakes_in_flight", "Connections whose handshakes have begun and not ended."),
              names, shards, families,
              [](const ConnectionCells& c) { return outstanding(c.attempted, c.handshakes_ended); });
  append_closes(names, shards, families);
  append_idle_closes(names, shards, families);
  append_degraded(names, shards, families);
  append_fast_open(names, shards, families);
  append_dials(names, shards, families);
  append_tls(names, shards, families);
  append_each(Family::counter("gladhand_tcp_retransmits_total",
                              "SYNs to upstreams and SYN-ACKs to clients that were sent again."),
              names, shards, families, [](const ConnectionCells& c) { return c.retransmits.value(); });
  append_each(Family::counter("gladhand_tcp_data_retransmits_total",
                              "Segments that were sent again after the handshake, counted when their connection is over."),
              names, shards, families, [](const ConnectionCells& c) { return c.data_retransmits.value(); });
  append_each(
      Family::gauge("gladhand_connections_open", "Connections whose handshakes ended well, and which are not closed."),
      names, shards, families, [](const ConnectionCells& c) { return outstanding(c.opened, c.closed); });
  append_each(Family::counter("gladhand_connections_total", "Connections whose handshakes ended well."), names, shards,
              families, [](const ConnectionCells& c) { return c.opened.value(); });
}

}  // namespace gladhand::observe
