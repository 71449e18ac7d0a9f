// What observing costs a worker: nanoseconds for each exchange and each connection, of the recent ring and, beside it, of the
// counters. One connection's place stays in the cache; a busy worker's are spread over two megabytes, which the
// argument imitates: so many connections take turns.
#include <benchmark/benchmark.h>

#include "observe/metrics.h"
#include "observe/recent.h"

namespace gladhand::bench {
namespace {

using namespace std::chrono_literals;
using timeline::ConnectionMark;
using timeline::ExchangeMark;

config::Config configuration() {
  config::Config config;
  config.listeners.resize(1);
  config.upstreams.resize(1);
  config.routes.resize(1);
  return config;
}

// A pair of connections that are open, and what a keep-alive request leaves.
struct Visit {
  explicit Visit(std::uint64_t number) {
    client.id = 2 * number + 1;
    client.peer = "192.0.2.17:50001";
    upstream.id = 2 * number + 2;
    upstream.side = timeline::Side::upstream;
    upstream.peer = "10.0.0.17:8080";
    for (auto* record : {&client, &upstream}) {
      record->timeline.mark(ConnectionMark::started, 1ms);
      record->timeline.mark(ConnectionMark::ready, 2ms);
      record->stage = ConnectionMark::ready;
    }
    for (std::size_t i = 0; i < timeline::index(ExchangeMark::count_); ++i) exchange.timeline.mark(static_cast<ExchangeMark>(i), Nanos(3'000'000 + i));
    exchange.client = &client;
    exchange.upstream = &upstream;
    exchange.route = exchange.upstream_index = 0;
    exchange.status = 200;
    exchange.attempts = 1;
    exchange.method = "GET";
    exchange.scheme = "http";
    exchange.authority = "shop.example";
    exchange.target = "/assets/index.html?version=3";
    exchange.version = "1.1";
    exchange.endpoint = upstream.peer;
  }

  timeline::ConnectionRecord client, upstream;
  timeline::ExchangeRecord exchange;
};

void tell_exchanges(benchmark::State& state, timeline::Recorder& recorder) {
  std::vector<std::unique_ptr<Visit>> visits;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    Visit& visit = *visits.emplace_back(std::make_unique<Visit>(static_cast<std::uint64_t>(i)));
    recorder.handshake_ended(visit.client);
    recorder.handshake_ended(visit.upstream);
    visit.exchange.client = &visit.client;
    visit.exchange.upstream = &visit.upstream;
  }
  std::size_t next = 0;
  for (auto _ : state) {
    recorder.exchange_ended(visits[next]->exchange);
    if (++next == visits.size()) next = 0;
  }
}

void exchange_in_the_ring(benchmark::State& state) {
  observe::RecentRing ring;
  tell_exchanges(state, ring);
}
BENCHMARK(exchange_in_the_ring)->Arg(1)->Arg(64)->Arg(512);

void exchange_in_the_counters(benchmark::State& state) {
  observe::Metrics metrics(configuration(), 1, "bench");
  tell_exchanges(state, metrics.shard(0));
}
BENCHMARK(exchange_in_the_counters)->Arg(1)->Arg(64)->Arg(512);

void connection_in_the_ring(benchmark::State& state) {
  observe::RecentRing ring;
  Visit visit(0);
  for (auto _ : state) {
    ++visit.client.id;
    ring.handshake_ended(visit.client);
    ring.connection_ended(visit.client);
  }
}
BENCHMARK(connection_in_the_ring);

}  // namespace
}  // namespace gladhand::bench

BENCHMARK_MAIN();
