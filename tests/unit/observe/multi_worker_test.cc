// Workers write while others read: run under ThreadSanitizer.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "observe/access_log.h"
#include "observe/fanout.h"
#include "observe/metrics.h"
#include "unit/observe/sample.h"

namespace gladhand::observe {
namespace {

constexpr std::size_t kWorkers = 3;
constexpr int kConnections = 400;

// A worker's life: connections with two exchanges each, every third handshake failing.
void work(timeline::Recorder& recorder, std::size_t worker) {
  for (int i = 0; i < kConnections; ++i) {
    auto client = tls_client();
    const std::string cipher = "cipher" + std::to_string(i % 40);
    client.tls.cipher = cipher;
    client.exchanges = 2;
    recorder.connection_attempted(Side::client, kSecure);
    if (i % 3 == 0) client.result = Code::timeout;
    recorder.handshake_ended(client);
    for (int n = 0; n < 2; ++n) {
      auto record = served_exchange();
      record.listener = kSecure;
      record.client = &client;
      record.is_first_of_client = n == 0;
      record.status = n == 0 ? 200 : 0;
      const std::string target = "/" + std::to_string(worker) + "/" + std::to_string(2 * i + n);
      record.target = target;
      recorder.request_received(kSecure);
      recorder.exchange_ended(record);
    }
    recorder.connection_ended(client);
  }
}

double sum(const std::map<std::string, double>& all, const std::string& start) {
  double total = 0;
  for (const auto& [series, value] : all) {
    if (series.starts_with(start)) total += value;
  }
  return total;
}

// What is true in every single scrape.
void expect_sane(const std::map<std::string, double>& now, const std::map<std::string, double>& before) {
  for (const auto& [series, value] : now) {
    if (series.starts_with("gladhand_")) {
      ASSERT_GE(value, 0) << series;
    }
    const bool is_gauge = series.starts_with("gladhand_handshakes_in_flight") ||
                          series.starts_with("gladhand_connections_open") || series.starts_with("process_");
    const auto earlier = before.find(series);
    if (!is_gauge && earlier != before.end()) {
      ASSERT_GE(value, earlier->second) << series;
    }
  }
  ASSERT_LE(sum(now, "gladhand_http_responses_total") + sum(now, "gladhand_http_exchanges_reset_total"),
            sum(now, "gladhand_http_requests_received_total"));
  ASSERT_LE(sum(now, R"(gladhand_handshakes_in_flight{side="client")"), kWorkers);
}

TEST(MultiWorkerMetrics, a_scrape_while_all_count_is_sane_and_the_last_one_is_exact) {
  Metrics metrics(sample_config(), kWorkers, "1");
  std::atomic<bool> is_enough{false};
  std::atomic<int> rounds{0};
  std::vector<std::jthread> workers;
  for (std::size_t i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&, i] {
      for (; !is_enough; ++rounds) work(metrics.shard(i), i);
    });
  }
  std::map<std::string, double> before;
  for (int scrapes = 0; (scrapes < 50 || rounds == 0) && !testing::Test::HasFailure(); ++scrapes) {
    auto now = parse_metrics(metrics.render());
    expect_sane(now, before);
    before = std::move(now);
  }
  is_enough = true;
  workers.clear();

  const auto all = parse_metrics(metrics.render());
  const double total = rounds * kConnections;
  const double failed = rounds * ((kConnections + 2) / 3);
  EXPECT_EQ(all.at(R"(gladhand_handshake_attempts_total{side="client",name="secure"})"), total);
  EXPECT_EQ(all.at(R"(gladhand_handshakes_total{side="client",name="secure",result="timeout",stage="ready"})"), failed);
  EXPECT_EQ(all.at(R"(gladhand_connections_total{side="client",name="secure"})"), total - failed);
  EXPECT_EQ(all.at(R"(gladhand_connections_open{side="client",name="secure"})"), 0);
  EXPECT_EQ(sum(all, "gladhand_tls_handshakes_total"), total - failed);
  EXPECT_EQ(all.at(R"(gladhand_http_requests_received_total{listener="secure"})"), 2 * total);
  EXPECT_EQ(sum(all, "gladhand_http_responses_total"), total);
  EXPECT_EQ(sum(all, "gladhand_http_exchanges_reset_total"), total);
  EXPECT_EQ(all.at(R"(gladhand_http_request_duration_seconds_count{listener="secure",route="/api/*"})"), total);
}

TEST(MultiWorkerAccessLog, lines_of_several_workers_stay_whole_and_in_their_order) {
  test::ScratchFolder scratch;
  auto config = sample_config();
  config.log.access.file = scratch / "log";
  auto log = AccessLog::open(config, kWorkers, {.ring_bytes = 64 * 1024});
  ASSERT_TRUE(log);
  Metrics metrics(config, kWorkers, "1", log->get());
  {
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < kWorkers; ++i) {
      workers.emplace_back([&, i] {
        Fanout both({metrics.shard(i), (*log)->recorder(i)});
        work(both, i);
      });
    }
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE((*log)->reopen());
      metrics.render();
    }
  }
  (*log)->stop();

  std::array<int, kWorkers> last;
  last.fill(-1);
  std::size_t lines = 0;
  for (const auto& line : lines_of(read_all(scratch / "log"))) {
    const auto parsed = nlohmann::json::parse(line);
    const std::string target = parsed["target"];
    unsigned worker = 0;
    int n = 0;
    ASSERT_EQ(std::sscanf(target.c_str(), "/%u/%d", &worker, &n), 2) << target;
    EXPECT_GT(n, last.at(worker));
    last.at(worker) = n;
    ++lines;
  }
  EXPECT_EQ(lines + (*log)->dropped_full(), kWorkers * kConnections * 2);
  EXPECT_EQ((*log)->dropped_unwritten(), 0u);
}

}  // namespace
}  // namespace gladhand::observe
