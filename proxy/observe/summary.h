// What the latest connections have in common, exactly: percentiles of the durations that they had, and what was agreed on.
//
//   {"limit":500,
//    "client":{"connections":500,"failed":3,"first":"2026-07-01T12:00:00.123456Z","last":"…",
//              "handshake":{"count":497,"p50":1200.000,"p95":…,"p99":…},
//              "phases":[{"name":"tcp","awaited":"network","count":497,"p50":…,"p95":…,"p99":…},…],
//              "results":[{"result":"ok","stage":"ready","count":497},…],
//              "sessions":[{"name":"full","count":400},…],"versions":[…],"groups":[…],"ciphers":[…],"alpn":[…],
//              "spent":{"connections":480,"total":…,"network":…,"client":…,"self":…,"rest":…}},
//    "upstream":{…},
//    "tunnel":{"phases":[…]}}
//
// A side's figures are those of its last `limit` connections that are remembered, phases of exchanges those of the first and
// the latest exchange of the clients' connections among them. Times are microseconds. Phases stand in the order of phases.h, and those that
// nobody had are left out; other lists have the most frequent first. `connections` counts those whose handshakes have ended.
//
// "spent" adds up what the handshakes took that went well, where the kernel's round trip is to be trusted: TLS of clients; dialling
// and TLS of upstreams. "network" is the round trip of TCP, once for each time that it was waited for; "client" or "upstream" what
// the peer took beyond it, "self" what the TLS library took here, "rest" what remains. They add up to the total.
#pragma once

#include <string>
#include <vector>

#include "observe/json.h"
#include "observe/moment.h"
#include "observe/percentiles.h"
#include "observe/recents.h"

namespace gladhand::observe {

std::string summary_json(const Recents& recents, const Moment& moment, std::size_t limit);

// The same of the connections of one listener (side client) or one upstream, with the first and the latest exchange of each.
struct PhaseFigures {
  const timeline::Phase* phase;
  Percentiles figures;
};
std::vector<PhaseFigures> figures_of(const Recents& recents, timeline::Side side, std::string_view name, std::size_t limit);

// As the member "phases".
void write_phases(Json& json, const std::vector<PhaseFigures>& phases);

}  // namespace gladhand::observe
