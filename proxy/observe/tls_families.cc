#include "observe/families.h"

namespace gladhand::observe {
namespace {

using timeline::Side;

// Calls `visit(labels, cells)` for each listener and each upstream that may speak TLS; `cells(shard)` are its own.
template <class Visit>
void each_tls_owner(const Names& names, Visit visit) {
  for (const Side side : {Side::client, Side::upstream}) {
    const auto& owners = names.owners(side);
    for (std::size_t owner = 0; owner < owners.size(); ++owner) {
      if (!owners[owner].is_listed || !owners[owner].is_tls) continue;
      visit(Labels{{"side", timeline::name(side)}, {"name", owners[owner].name}},
            [side, owner](const Shard& shard) -> const ConnectionCells& { return shard.connections(side, owner); });
    }
  }
}

// One series for each of them.
void append_count(Family family, const Names& names, const Shards& shards, Count ConnectionCells::*count,
                  std::vector<prometheus::MetricFamily>& families) {
  each_tls_owner(names, [&](const Labels& labels, auto cells) {
    const auto total = shards.sum([&](const Shard& shard) { return (cells(shard).*count).value(); });
    family.add(labels, static_cast<double>(total));
  });
  std::move(family).move_to(families);
}

// We send none ourselves: there are no series of upstreams. Where none is taken, clients may still send some.
void append_early_data(const Names& names, const Shards& shards, std::vector<prometheus::MetricFamily>& families) {
  auto family = Family::counter("gladhand_tls_early_data_total", "TLS handshakes in which the client sent early data, by what became of it.");
  for (std::size_t owner = 0; owner < names.listeners.size(); ++owner) {
    const Owner& listener = names.listeners[owner];
    if (!listener.is_listed) continue;
    for (const auto outcome : {timeline::EarlyData::accepted, timeline::EarlyData::rejected}) {
      const auto total = shards.sum([&](const Shard& shard) { return shard.connections(Side::client, owner).early_data[timeline::index(outcome)].value(); });
      if (!total && !listener.takes_early_data) continue;
      family.add({{"side", timeline::name(Side::client)}, {"name", listener.name}, {"outcome", timeline::kEarlyDataNames[timeline::index(outcome)]}},
                 static_cast<double>(total));
    }
  }
  std::move(family).move_to(families);
}

void append_alerts(const Names& names, const Shards& shards, std::vector<prometheus::MetricFamily>& families) {
  auto family = Family::counter("gladhand_tls_alerts_total",
                                "TLS alerts but for close_notify: the last one of each connection in either direction.");
  each_tls_owner(names, [&](const Labels& labels, auto cells) {
    const auto add = [&](std::string_view direction, auto alerts) {
      for (std::size_t slot = 0; slot < timeline::kAlertSlots; ++slot) {
        Labels more = labels;
        more.insert(more.end(), {{"direction", direction}, {"alert", timeline::alert_name_of_slot(slot)}});
        family.add_if_counted(more, shards.sum([&](const Shard& shard) { return (cells(shard).*alerts)[slot].value(); }));
      }
    };
    add("sent", &ConnectionCells::alerts_sent);
    add("received", &ConnectionCells::alerts_received);
  });
  std::move(family).move_to(families);
}

}  // namespace

void append_tls_families(const Names& names, Shards shards, std::vector<prometheus::MetricFamily>& families) {
  append_count(Family::counter("gladhand_tls_retries_total",
                               "TLS handshakes in which a HelloRetryRequest cost a round trip, however they ended."),
               names, shards, &ConnectionCells::retried, families);
  append_early_data(names, shards, families);
  append_alerts(names, shards, families);
  append_count(Family::counter("gladhand_tls_truncations_total",
                               "TLS connections that the peer ended without close_notify: what it sent last may be cut off."),
               names, shards, &ConnectionCells::truncated, families);
}

}  // namespace gladhand::observe
