#include "observe/metrics.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

#include <gmock/gmock.h>

#include "observe/access_log.h"
#include "unit/observe/sample.h"

namespace gladhand::observe {
namespace {

using Series = std::map<std::string, double>;

class MetricsTest : public testing::Test {
 protected:
  Series read() const { return parse_metrics(metrics.render()); }
  double value(const std::string& series) const {
    const auto all = read();
    const auto found = all.find(series);
    EXPECT_NE(found, all.end()) << "no series " << series;
    return found == all.end() ? std::nan("") : found->second;
  }
  bool has(const std::string& series) const { return read().contains(series); }
  // The sum of the series that begin so.
  double sum(const std::string& start) const {
    double total = 0;
    for (const auto& [series, value] : read()) {
      if (series.starts_with(start)) total += value;
    }
    return total;
  }
  std::size_t count_series() const { return read().size(); }

  void handshake(const timeline::ConnectionRecord& record) {
    shard.connection_attempted(record.side, record.owner);
    shard.handshake_ended(record);
  }

  Metrics metrics{sample_config(), 2, "1.2.3"};
  Shard& shard = metrics.shard(0);
  Shard& second_shard = metrics.shard(1);
};

std::string phase(std::string_view family, std::string_view suffix, std::string_view owner, std::string_view phase,
                  std::string_view version, std::string_view resumed, std::string_view more = "") {
  std::string s(family);
  s.append(suffix)
      .append("{")
      .append(family.find("client") != family.npos ? "listener" : "upstream")
      .append("=\"")
      .append(owner);
  s.append("\",phase=\"")
      .append(phase)
      .append("\",tls_version=\"")
      .append(version)
      .append("\",resumed=\"")
      .append(resumed);
  return s.append("\"").append(more).append("}");
}
std::string client_count(std::string_view listener, std::string_view name, std::string_view version = "none",
                         std::string_view resumed = "false") {
  return phase("gladhand_client_handshake_seconds", "_count", listener, name, version, resumed);
}
std::string upstream_count(std::string_view upstream, std::string_view name) {
  return phase("gladhand_upstream_handshake_seconds", "_count", upstream, name, "none", "false");
}

TEST_F(MetricsTest, known_series_are_zero_from_the_start) {
  for (const auto& [series, value] : read()) {
    if (series.starts_with("gladhand_") && !series.starts_with("gladhand_build_info") &&
        !series.starts_with("gladhand_config") && !series.starts_with("gladhand_workers")) {
      EXPECT_EQ(value, 0) << series;
    }
  }
  EXPECT_TRUE(has(R"(gladhand_handshakes_total{side="client",name="web",result="ok",stage="ready"})"));
  EXPECT_TRUE(has(R"(gladhand_handshakes_total{side="upstream",name="files",result="ok",stage="ready"})"));
  EXPECT_TRUE(has(R"(gladhand_http_responses_total{listener="web",route="none",status_class="5xx"})"));
  EXPECT_TRUE(has(client_count("secure", "tls", "1.2", "true")));
}

TEST_F(MetricsTest, what_only_tls_has_is_not_exported_for_a_plain_listener) {
  for (const auto& [series, value] : read()) {
    if (series.find("listener=\"web\",phase") != series.npos) {
      EXPECT_NE(series.find("tls_version=\"none\""), series.npos) << series;
    }
  }
  EXPECT_FALSE(has(client_count("secure", "tls")));
}

TEST_F(MetricsTest, a_handshake_is_in_flight_from_its_attempt_to_its_end) {
  const auto record = plain_client();
  shard.connection_attempted(Side::client, kWeb);
  shard.connection_attempted(Side::client, kWeb);
  EXPECT_EQ(value(R"(gladhand_handshakes_in_flight{side="client",name="web"})"), 2);
  shard.handshake_ended(record);
  EXPECT_EQ(value(R"(gladhand_handshakes_in_flight{side="client",name="web"})"), 1);
  EXPECT_EQ(value(R"(gladhand_handshake_attempts_total{side="client",name="web"})"), 2);
  EXPECT_EQ(value(R"(gladhand_handshakes_total{side="client",name="web",result="ok",stage="ready"})"), 1);
}

TEST_F(MetricsTest, a_connection_is_open_from_a_good_handshake_to_its_end) {
  auto failed = plain_client();
  failed.result = Code::client_eof_before_hello;
  handshake(plain_client());
  handshake(failed);
  EXPECT_EQ(value(R"(gladhand_connections_open{side="client",name="web"})"), 1);
  shard.connection_ended(failed);
  EXPECT_EQ(value(R"(gladhand_connections_open{side="client",name="web"})"), 1);
  shard.connection_ended(plain_client());
  EXPECT_EQ(value(R"(gladhand_connections_open{side="client",name="web"})"), 0);
  EXPECT_EQ(value(R"(gladhand_connections_total{side="client",name="web"})"), 1);
}

TEST_F(MetricsTest, the_phases_of_a_tls_handshake_are_counted_under_its_version) {
  handshake(tls_client());
  for (const auto* name : {"client_hello_wait", "tls_server_flight", "tls_client_flight", "tls", "tls_compute"}) {
    EXPECT_EQ(value(client_count("secure", name, "1.3")), 1) << name;
    EXPECT_EQ(value(client_count("secure", name, "1.3", "true")), 0) << name;
    EXPECT_EQ(value(client_count("secure", name, "1.2")), 0) << name;
  }
  EXPECT_EQ(value(client_count("secure", "tcp")), 1);
  EXPECT_EQ(value(client_count("secure", "accept_wait")), 0);  // it was not known
  EXPECT_EQ(value(client_count("secure", "first_request")), 0);

  const auto sum = [&](const char* name) {
    return value(phase("gladhand_client_handshake_seconds", "_sum", "secure", name, "1.3", "false"));
  };
  EXPECT_DOUBLE_EQ(sum("client_hello_wait"), 0.030);
  EXPECT_DOUBLE_EQ(sum("tls_server_flight"), 0.002);
  EXPECT_DOUBLE_EQ(sum("tls_client_flight"), 0.021);
  EXPECT_DOUBLE_EQ(sum("tls"), 0.024);
  EXPECT_DOUBLE_EQ(sum("tls_compute"), 0.0003);
}

TEST_F(MetricsTest, resumed_handshakes_and_old_versions_have_series_of_their_own) {
  auto record = tls_client();
  record.tls.resumed = true;
  handshake(record);
  record.tls.version = timeline::TlsVersion::tls1_2;
  handshake(record);
  handshake(record);
  EXPECT_EQ(value(client_count("secure", "tls", "1.3", "true")), 1);
  EXPECT_EQ(value(client_count("secure", "tls", "1.2", "true")), 2);
  EXPECT_EQ(value(client_count("secure", "tls", "1.2", "false")), 0);
}

TEST_F(MetricsTest, buckets_are_cumulative_and_a_duration_at_a_bound_is_below_it) {
  auto record = tls_client();
  for (const auto took : {Nanos(250us), Nanos(250us + 1ns), Nanos(10s), Nanos(11s)}) {
    record.tcp.handshake_rtt = took;
    handshake(record);
  }
  const auto bucket = [&](const std::string& le) {
    return value(
        phase("gladhand_client_handshake_seconds", "_bucket", "secure", "tcp", "none", "false", ",le=\"" + le + "\""));
  };
  EXPECT_EQ(bucket("0.00025"), 1);
  EXPECT_EQ(bucket("0.0005"), 2);
  EXPECT_EQ(bucket("1.25"), 2);
  EXPECT_EQ(bucket("5"), 2);
  EXPECT_EQ(bucket("10"), 3);
  EXPECT_EQ(bucket("+Inf"), 4);
}

TEST_F(MetricsTest, a_failed_handshake_has_a_result_and_a_stage_and_no_duration) {
  auto record = tls_client();
  record.result = Code::no_shared_cipher;
  record.stage = ConnectionMark::client_hello;
  handshake(record);
  EXPECT_EQ(
      value(R"(gladhand_handshakes_total{side="client",name="secure",result="no_shared_cipher",stage="client_hello"})"),
      1);
  EXPECT_EQ(value(R"(gladhand_handshakes_total{side="client",name="secure",result="ok",stage="ready"})"), 0);
  EXPECT_EQ(value(client_count("secure", "tcp")), 0);
  EXPECT_EQ(value(client_count("secure", "tls", "1.3")), 0);
  EXPECT_EQ(sum("gladhand_tls_handshakes_total"), 0);
  EXPECT_EQ(value(R"(gladhand_handshakes_in_flight{side="client",name="secure"})"), 0);
}

TEST_F(MetricsTest, every_error_ends_up_in_the_closed_set_of_results) {
  auto record = plain_client();
  for (std::size_t code = 0; code < kCodes; ++code) {
    record.result = static_cast<Code>(code);
    handshake(record);
  }
  double total = 0;
  for (const auto& [series, value] : read()) {
    if (!series.starts_with(R"(gladhand_handshakes_total{side="client",name="web")")) continue;
    total += value;
    const auto at = series.find("result=\"") + 8;
    const auto result = series.substr(at, series.find('"', at) - at);
    const auto found = std::ranges::find(kErrors, result, &ErrorRow::name);
    ASSERT_NE(found, kErrors.end()) << result;
    EXPECT_TRUE(found->handshake) << result;
  }
  EXPECT_EQ(total, kCodes);
  EXPECT_EQ(handshake_result(Code::internal), Code::local_error);
  EXPECT_EQ(handshake_result(Code::connect_timeout), Code::timeout);
  EXPECT_EQ(handshake_result(Code::client_reset), Code::reset);
}

TEST_F(MetricsTest, tls_parameters_are_added_up_over_the_workers_whatever_their_order) {
  auto first = tls_client(), second = tls_client();
  second.tls.alpn = "";
  shard.handshake_ended(first);
  shard.handshake_ended(second);
  second_shard.handshake_ended(second);
  second_shard.handshake_ended(first);
  second_shard.handshake_ended(first);
  const std::string start =
      R"(gladhand_tls_handshakes_total{side="client",name="secure",tls_version="1.3",cipher="TLS_AES_128_GCM_SHA256",group="X25519",alpn=)";
  EXPECT_EQ(value(start + R"("h2",resumed="false"})"), 3);
  EXPECT_EQ(value(start + R"("none",resumed="false"})"), 2);
}

TEST_F(MetricsTest, tls_parameters_past_the_room_for_them_are_counted_as_other) {
  auto record = tls_client();
  std::vector<std::string> names;
  for (std::size_t i = 0; i < TlsTable::kRows + 3; ++i) names.push_back("c" + std::to_string(i));
  for (const auto& name : names) {
    record.tls.cipher = name;
    shard.handshake_ended(record);
  }
  EXPECT_EQ(
      value(
          R"(gladhand_tls_handshakes_total{side="client",name="secure",tls_version="other",cipher="other",group="other",alpn="other",resumed="other"})"),
      3);
  EXPECT_EQ(sum("gladhand_tls_handshakes_total"), static_cast<double>(names.size()));
}

TEST_F(MetricsTest, retransmits_and_withheld_round_trips_are_counted) {
  auto record = dialled_upstream();
  record.tcp.retransmits = 2;
  handshake(record);
  auto degraded = plain_client();
  degraded.tcp.handshake_rtt.reset();
  degraded.tcp.degraded = true;
  handshake(degraded);
  EXPECT_EQ(value(R"(gladhand_tcp_retransmits_total{side="upstream",name="api"})"), 2);
  EXPECT_EQ(
      value(
          R"(gladhand_handshake_samples_degraded_total{side="client",name="web",reason="tcp_round_trip_unreliable"})"),
      1);
  EXPECT_EQ(
      value(
          R"(gladhand_handshake_samples_degraded_total{side="upstream",name="api",reason="tcp_round_trip_unreliable"})"),
      0);
  EXPECT_EQ(value(client_count("web", "tcp")), 0);
}

TEST_F(MetricsTest, the_first_request_is_charged_to_the_connection_once) {
  auto connection = tls_client();
  connection.timeline.mark(ConnectionMark::first_head, 60ms);
  auto record = served_exchange();
  record.listener = kSecure;
  record.client = &connection;
  record.is_first_of_client = true;
  shard.exchange_ended(record);
  record.is_first_of_client = false;
  shard.exchange_ended(record);
  EXPECT_EQ(value(client_count("secure", "first_request")), 1);
  EXPECT_DOUBLE_EQ(
      value(phase("gladhand_client_handshake_seconds", "_sum", "secure", "first_request", "none", "false")), 0.005);
}

TEST_F(MetricsTest, a_served_exchange_is_counted_everywhere_it_passed) {
  const auto upstream = dialled_upstream();
  auto record = served_exchange();
  record.upstream = &upstream;
  record.is_first_of_upstream = true;
  handshake(upstream);
  shard.request_received(kWeb);
  shard.exchange_ended(record);

  EXPECT_EQ(value(R"(gladhand_http_requests_received_total{listener="web"})"), 1);
  EXPECT_EQ(value(R"(gladhand_http_responses_total{listener="web",route="/api/*",status_class="2xx"})"), 1);
  EXPECT_EQ(value(R"(gladhand_http_request_duration_seconds_count{listener="web",route="/api/*"})"), 1);
  EXPECT_DOUBLE_EQ(value(R"(gladhand_http_request_duration_seconds_sum{listener="web",route="/api/*"})"), 0.020);
  EXPECT_EQ(value(R"(gladhand_http_request_body_bytes_total{listener="web"})"), 3);
  EXPECT_EQ(value(R"(gladhand_http_response_body_bytes_total{listener="web"})"), 512);
  EXPECT_EQ(value(R"(gladhand_upstream_requests_total{upstream="api",status_class="2xx"})"), 1);
  EXPECT_EQ(value(R"(gladhand_upstream_requests_total{upstream="api",status_class="none"})"), 0);
  EXPECT_EQ(value(R"(gladhand_upstream_connections_reused_total{upstream="api"})"), 0);
  EXPECT_EQ(value(upstream_count("api", "tcp")), 1);
  EXPECT_EQ(value(upstream_count("api", "pool_wait")), 1);
  EXPECT_EQ(value(upstream_count("api", "first_byte")), 1);
  EXPECT_EQ(value(upstream_count("files", "first_byte")), 0);
  EXPECT_EQ(sum("gladhand_local_replies_total"), 0);
}

TEST_F(MetricsTest, a_reused_upstream_connection_reports_waits_but_no_handshake) {
  const auto upstream = dialled_upstream();
  auto record = served_exchange();
  record.upstream = &upstream;
  record.attempts = 3;
  shard.exchange_ended(record);
  EXPECT_EQ(value(R"(gladhand_upstream_connections_reused_total{upstream="api"})"), 1);
  EXPECT_EQ(value(R"(gladhand_upstream_retries_total{upstream="api"})"), 2);
  EXPECT_EQ(value(upstream_count("api", "pool_wait")), 1);
  EXPECT_EQ(value(upstream_count("api", "tcp")), 0);
}

TEST_F(MetricsTest, a_local_reply_without_a_route_touches_no_upstream) {
  timeline::ExchangeRecord record;
  record.status = 404;
  record.error = Code::no_route;
  shard.request_received(kWeb);
  shard.exchange_ended(record);
  EXPECT_EQ(value(R"(gladhand_http_responses_total{listener="web",route="none",status_class="4xx"})"), 1);
  EXPECT_EQ(value(R"(gladhand_local_replies_total{listener="web",error="no_route"})"), 1);
  EXPECT_EQ(sum("gladhand_upstream_requests_total"), 0);
}

TEST_F(MetricsTest, an_upstream_that_refuses_is_a_request_without_an_answer_of_its_own) {
  timeline::ExchangeRecord record;
  record.route = 0;
  record.upstream_index = kApi;
  record.attempts = 2;
  record.status = 502;
  record.error = Code::refused;
  shard.exchange_ended(record);
  EXPECT_EQ(value(R"(gladhand_http_responses_total{listener="web",route="/api/*",status_class="5xx"})"), 1);
  EXPECT_EQ(value(R"(gladhand_local_replies_total{listener="web",error="refused"})"), 1);
  EXPECT_EQ(value(R"(gladhand_upstream_requests_total{upstream="api",status_class="none"})"), 1);
  EXPECT_EQ(value(R"(gladhand_upstream_requests_total{upstream="api",status_class="5xx"})"), 0);
  EXPECT_EQ(value(R"(gladhand_upstream_connections_reused_total{upstream="api"})"), 0);
}

TEST_F(MetricsTest, a_client_that_leaves_in_the_middle_of_a_response_makes_no_local_reply) {
  auto record = served_exchange();
  record.error = Code::client_closed;
  shard.exchange_ended(record);
  EXPECT_EQ(sum("gladhand_local_replies_total"), 0);
  EXPECT_EQ(value(R"(gladhand_http_responses_total{listener="web",route="/api/*",status_class="2xx"})"), 1);
  EXPECT_EQ(value(R"(gladhand_upstream_requests_total{upstream="api",status_class="2xx"})"), 1);
}

TEST_F(MetricsTest, a_tunnel_is_a_response_without_a_response_time) {
  auto record = served_exchange();
  record.status = 101;
  shard.exchange_ended(record);
  record.status = 200;
  record.method = "CONNECT";
  shard.exchange_ended(record);
  EXPECT_EQ(value(R"(gladhand_http_responses_total{listener="web",route="/api/*",status_class="1xx"})"), 1);
  EXPECT_EQ(value(R"(gladhand_http_responses_total{listener="web",route="/api/*",status_class="2xx"})"), 1);
  EXPECT_EQ(value(R"(gladhand_http_request_duration_seconds_count{listener="web",route="/api/*"})"), 0);
}

TEST_F(MetricsTest, every_request_ends_as_a_response_or_as_a_reset) {
  std::minstd_rand random(1);
  const auto next = [&random](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  constexpr int kRequests = 2000;
  for (int i = 0; i < kRequests; ++i) {
    auto record = served_exchange();
    record.listener = static_cast<std::uint16_t>(next(2));
    record.route = next(3) == 0 ? timeline::kNone : static_cast<std::uint16_t>(next(2));
    record.status = next(4) == 0 ? std::uint16_t{0} : static_cast<std::uint16_t>(100 + next(900));
    record.error = static_cast<Code>(next(static_cast<int>(kCodes)));
    Shard& worker = metrics.shard(static_cast<std::size_t>(next(2)));
    worker.request_received(record.listener);
    worker.exchange_ended(record);
  }
  EXPECT_EQ(sum("gladhand_http_requests_received_total"), kRequests);
  EXPECT_EQ(sum("gladhand_http_responses_total") + sum("gladhand_http_exchanges_reset_total"), kRequests);
  EXPECT_GT(sum("gladhand_http_exchanges_reset_total"), 0);
  EXPECT_EQ(sum("gladhand_upstream_requests_total"), kRequests);
}

TEST_F(MetricsTest, accept_pauses_are_counted) {
  shard.accept_paused(kSecure);
  EXPECT_EQ(value(R"(gladhand_accept_pauses_total{listener="secure"})"), 1);
  EXPECT_EQ(value(R"(gladhand_accept_pauses_total{listener="web"})"), 0);
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

TEST_F(MetricsTest, open_file_descriptors_are_counted_exactly) {
  const auto before = value("process_open_fds");
  std::FILE* file = std::fopen("/dev/null", "r");
  EXPECT_EQ(value("process_open_fds"), before + 1);
  std::fclose(file);
}

TEST_F(MetricsTest, lines_that_the_access_log_lost_are_exported_when_there_is_one) {
  EXPECT_FALSE(has(R"(gladhand_access_log_dropped_total{reason="full"})"));
  ScratchDirectory scratch;
  auto config = sample_config();
  config.log.access.file = scratch / "log";
  const auto log = AccessLog::open(config, 1);
  ASSERT_TRUE(log);
  const auto with_log = parse_metrics(Metrics(config, 1, "1", log->get()).render());
  EXPECT_EQ(with_log.at(R"(gladhand_access_log_dropped_total{reason="full"})"), 0);
  EXPECT_EQ(with_log.at(R"(gladhand_access_log_dropped_total{reason="write_failed"})"), 0);
}

// The budget of PRODUCT: what one more of each costs a Prometheus server. Handshake phases of a listener come on top.
TEST(MetricsBudget, a_listener_a_route_and_an_upstream_cost_few_series) {
  const auto count = [](const config::Config& config) {
    std::size_t series = 0;
    for (const auto& [name, value] : parse_metrics(Metrics(config, 1, "1").render()))
      series += !name.starts_with("gladhand_client_handshake");
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
}

std::string run_promtool(const std::string& text, const ScratchDirectory& scratch, int& status) {
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
  ScratchDirectory scratch;
  int status = 0;
  EXPECT_EQ(run_promtool(text, scratch, status), "");
  EXPECT_EQ(status, 0);
  EXPECT_NE(run_promtool("gladhand_milliseconds 1\n", scratch, status), "") << "promtool itself does not work";
}

}  // namespace
}  // namespace gladhand::observe
