#include "observe/metrics.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>

#include "observe/access_log.h"
#include "unit/observe/metrics_fixture.h"

namespace gladhand::observe {
namespace {

// It counts for the whole network namespace, and began before us.
bool is_of_the_kernel(const std::string& series) {
  constexpr std::string_view kFamilies[] = {"gladhand_listen_",        "gladhand_syn_",           "gladhand_tcp_fastopen_enabled",
                                            "gladhand_tcp_fastopen_kernel_", "gladhand_tcp_timeouts_", "gladhand_tcp_syn_retransmits_"};
  return std::ranges::any_of(kFamilies, [&](std::string_view family) { return series.starts_with(family); });
}

TEST_F(MetricsTest, known_series_are_zero_from_the_start) {
  for (const auto& [series, value] : read()) {
    if (series.starts_with("gladhand_") && !series.starts_with("gladhand_build_info") &&
        !series.starts_with("gladhand_config") && !series.starts_with("gladhand_workers") && !is_of_the_kernel(series)) {
      EXPECT_EQ(value, 0) << series;
    }
  }
  EXPECT_TRUE(has(R"(gladhand_handshakes_total{side="client",name="web",result="ok",stage="ready"})"));
  EXPECT_TRUE(has(R"(gladhand_handshakes_total{side="upstream",name="files",result="ok",stage="ready"})"));
  EXPECT_TRUE(has(R"(gladhand_http_responses_total{listener="web",route="none",status_class="5xx"})"));
  EXPECT_TRUE(has(client_count("secure", "tls", "1.2", "true")));
}

TEST_F(MetricsTest, the_program_describes_itself) {
  EXPECT_EQ(value(R"(gladhand_build_info{version="1.2.3"})"), 1);
  EXPECT_EQ(value("gladhand_workers"), 2);
  EXPECT_EQ(value("gladhand_config_last_reload_successful"), 1);
  const auto now = static_cast<double>(time(nullptr));
  EXPECT_NEAR(value("process_start_time_seconds"), now, 600);
  EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value("process_max_fds"), value("process_open_fds"));
  EXPECT_GE(value("process_cpu_seconds_total"), 0);
}

TEST_F(MetricsTest, reloads_and_certificates_are_told_of) {
  EXPECT_EQ(value(R"(gladhand_config_reloads_total{result="ok"})"), 0);
  EXPECT_EQ(value(R"(gladhand_certificate_reloads_total{result="failed"})"), 0);
  ConfigFacts facts{false, 1'700'000'000, 3, 2, 5, 1, {{"web", 1'800'000'000}}, 7};
  metrics.tell(facts);
  EXPECT_EQ(value("gladhand_upgrades_failed_total"), 7);
  EXPECT_EQ(value("gladhand_config_last_reload_successful"), 0);
  EXPECT_EQ(value("gladhand_config_last_reload_success_timestamp_seconds"), 1'700'000'000);
  EXPECT_EQ(value(R"(gladhand_config_reloads_total{result="ok"})"), 3);
  EXPECT_EQ(value(R"(gladhand_config_reloads_total{result="failed"})"), 2);
  EXPECT_EQ(value(R"(gladhand_certificate_reloads_total{result="ok"})"), 5);
  EXPECT_EQ(value(R"(gladhand_certificate_reloads_total{result="failed"})"), 1);
  EXPECT_EQ(value(R"(gladhand_certificate_not_after_timestamp_seconds{certificate="web"})"), 1'800'000'000);
}

// Of one configuration after another.
class LearningMetricsTest : public MetricsTest {
 protected:
  // The listeners change places, and so do the routes; "files" goes and "new" comes.
  void learn_next() {
    config::Config next = sample_config();
    std::swap(next.listeners[0], next.listeners[1]);
    std::swap(next.routes[0], next.routes[1]);
    next.upstreams[1].name = "new";
    names.learn(next);
    metrics.learn(names);
  }
  void exchange(std::uint16_t listener, std::uint16_t route, std::uint16_t upstream) {
    timeline::ExchangeRecord record = served_exchange();
    record.listener = listener;
    record.route = route;
    record.upstream_index = upstream;
    shard.request_received(listener);
    shard.exchange_ended(record);
  }

  Names names{sample_config()};
};

TEST_F(LearningMetricsTest, counters_go_on_where_names_stay) {
  exchange(kWeb, 0, kApi);
  exchange(kSecure, 1, kFiles);
  learn_next();
  EXPECT_EQ(value(R"(gladhand_http_requests_received_total{listener="web"})"), 1);
  EXPECT_EQ(value(R"(gladhand_http_responses_total{listener="web",route="/api/*",status_class="2xx"})"), 1);
  EXPECT_EQ(value(R"(gladhand_http_responses_total{listener="secure",route="example.com",status_class="2xx"})"), 1);
  exchange(kWeb, 0, kApi);
  EXPECT_EQ(value(R"(gladhand_http_responses_total{listener="web",route="/api/*",status_class="2xx"})"), 2);
}

TEST_F(LearningMetricsTest, what_is_gone_is_not_exported_and_what_is_new_begins_at_zero) {
  exchange(kSecure, 1, kFiles);
  learn_next();
  const std::string gone = R"(gladhand_upstream_requests_total{upstream="files",status_class="2xx"})";
  const std::string come = R"(gladhand_upstream_requests_total{upstream="new",status_class="2xx"})";
  EXPECT_FALSE(has(gone));
  EXPECT_EQ(value(come), 0);
  exchange(kSecure, 1, kFiles);  // of a connection that is older
  exchange(kSecure, 1, 2);
  EXPECT_EQ(value(come), 1);
  metrics.learn(Names(sample_config()));
  EXPECT_EQ(value(gone), 2) << "it is back";
}

TEST_F(MetricsTest, open_file_descriptors_are_counted_exactly) {
  int open_fds = 0;
  for (int fd = 0; fd < 4096; ++fd) open_fds += fcntl(fd, F_GETFD) != -1;
  EXPECT_EQ(value("process_open_fds"), open_fds);
}

TEST_F(MetricsTest, lines_that_the_access_log_lost_are_exported_when_there_is_one) {
  EXPECT_FALSE(has(R"(gladhand_access_log_dropped_total{reason="full"})"));
  test::ScratchFolder scratch;
  auto config = sample_config();
  config.log.access.file = scratch / "log";
  const auto log = AccessLog::open(config, 1);
  ASSERT_TRUE(log);
  const auto with_log = parse_metrics(Metrics(config, 1, "1", log->get()).render());
  EXPECT_EQ(with_log.at(R"(gladhand_access_log_dropped_total{reason="full"})"), 0);
  EXPECT_EQ(with_log.at(R"(gladhand_access_log_dropped_total{reason="write_failed"})"), 0);
}

// What one more of each costs a Prometheus server. Handshake phases of a listener come on top, and so do those of TLS
// towards an upstream, which only upstreams have that speak it: a histogram for each phase, version and resumption.
TEST(MetricsBudget, a_listener_a_route_and_an_upstream_cost_few_series) {
  const auto is_tls_phase_of_upstream = [](const std::string& name) {
    return name.starts_with("gladhand_upstream_handshake") && name.find("tls_version=\"none\"") == name.npos;
  };
  const auto count = [&](const config::Config& config) {
    std::size_t series = 0;
    for (const auto& [name, value] : parse_metrics(Metrics(config, 1, "1").render()))
      series += !name.starts_with("gladhand_client_handshake") && !is_tls_phase_of_upstream(name);
    return series;
  };
  const auto count_tls_phases = [&](const config::Config& config) {
    std::size_t series = 0;
    for (const auto& [name, value] : parse_metrics(Metrics(config, 1, "1").render())) series += is_tls_phase_of_upstream(name);
    return series;
  };
  config::Config base;
  base.listeners = {{.name = "web", .has_tls = true}};
  base.upstreams = {{.name = "api"}};
  base.routes = {{.match = {}, .upstream = "api"}};
  auto more_listeners = base, more_routes = base, more_upstreams = base;
  more_listeners.listeners.push_back({.name = "second", .has_tls = true});
  more_routes.routes.push_back({.match = {.host = {"x"}, .path = {}}, .upstream = "api"});
  more_upstreams.upstreams.push_back({.name = "second"});
  EXPECT_LE(count(more_listeners) - count(base), 60u);
  EXPECT_LE(count(more_routes) - count(base), 45u);
  EXPECT_LE(count(more_upstreams) - count(base), 90u);
  EXPECT_EQ(count_tls_phases(more_upstreams), 0u);

  auto tls_upstreams = base;
  tls_upstreams.upstreams.push_back({.name = "second", .endpoints = {{.scheme = config::Scheme::https}}});
  constexpr std::size_t kTlsCounters = 2;  // retries and truncations
  EXPECT_EQ(count(tls_upstreams), count(more_upstreams) + kTlsCounters);
  constexpr std::size_t kSeriesOfHistogram = kBuckets + 2;
  constexpr std::size_t kTlsPhases = 4;
  EXPECT_EQ(count_tls_phases(tls_upstreams), kTlsPhases * kTlsKinds * kSeriesOfHistogram);
}

std::string run_promtool(const std::string& text, const test::ScratchFolder& scratch, int& status) {
  const auto path = scratch / "metrics";
  std::ofstream(path) << text;
  std::FILE* pipe = popen(("promtool check metrics < '" + path + "' 2>&1").c_str(), "r");
  std::string said;
  for (int c; (c = std::fgetc(pipe)) != EOF;) said.push_back(static_cast<char>(c));
  status = pclose(pipe);
  return said;
}

TEST_F(MetricsTest, promtool_finds_nothing_to_say) {
  if (std::system("command -v promtool > /dev/null 2>&1") != 0)
    GTEST_SKIP() << "promtool is not installed (Debian: prometheus)";
  auto config = sample_config();
  config.listeners[0].name = "quote\" backslash\\ newline\n ümlaut";
  Metrics awkward(config, 1, "1.2.3");
  awkward.shard(0).handshake_ended(tls_client());
  for (std::size_t code = 0; code < kCodes; ++code) {
    auto record = served_exchange();
    record.error = static_cast<Code>(code);
    for (const std::uint16_t status : {0, 101, 200, 502}) {
      record.status = status;
      awkward.shard(0).exchange_ended(record);
    }
  }
  const auto text = awkward.render();
  test::ScratchFolder scratch;
  int status = 0;
  EXPECT_EQ(run_promtool(text, scratch, status), "");
  EXPECT_EQ(status, 0);
  EXPECT_NE(run_promtool("gladhand_milliseconds 1\n", scratch, status), "") << "promtool itself does not work";
}

}  // namespace
}  // namespace gladhand::observe
