#include <algorithm>

#include "unit/observe/metrics_fixture.h"

namespace gladhand::observe {
namespace {

using ConnectionMetricsTest = MetricsTest;

TEST_F(ConnectionMetricsTest, what_only_tls_has_is_not_exported_for_a_plain_listener) {
  for (const auto& [series, value] : read()) {
    if (series.find("listener=\"web\",phase") != series.npos) {
      EXPECT_NE(series.find("tls_version=\"none\""), series.npos) << series;
    }
  }
  EXPECT_FALSE(has(client_count("secure", "tls")));
}

TEST_F(ConnectionMetricsTest, what_only_tls_has_is_exported_for_upstreams_with_an_endpoint_that_speaks_it) {
  EXPECT_FALSE(has(phase("gladhand_upstream_handshake_seconds", "_count", "api", "tls", "1.3", "false")));
  EXPECT_EQ(value(phase("gladhand_upstream_handshake_seconds", "_count", "files", "tls", "1.3", "false")), 0);
}

TEST_F(ConnectionMetricsTest, the_phases_of_tls_towards_an_upstream_are_counted_under_its_version) {
  handshake(tls_upstream());
  auto resumed = tls_upstream();
  resumed.tls.resumed = true;
  resumed.tls.verify.reset();
  handshake(resumed);
  const auto series = [&](std::string_view suffix, std::string_view name, std::string_view is_resumed) {
    return value(phase("gladhand_upstream_handshake_seconds", suffix, "files", name, "1.3", is_resumed));
  };
  EXPECT_DOUBLE_EQ(series("_sum", "tls_server_reply", "false"), 0.020);
  EXPECT_DOUBLE_EQ(series("_sum", "tls", "false"), 0.023);
  EXPECT_DOUBLE_EQ(series("_sum", "tls_verify", "false"), 0.001);
  EXPECT_DOUBLE_EQ(series("_sum", "tls_compute", "false"), 0.003);
  EXPECT_EQ(series("_count", "tls", "true"), 1);
  EXPECT_EQ(series("_count", "tls_verify", "true"), 0) << "no certificate came";
  EXPECT_EQ(value(upstream_count("files", "tcp")), 2);
  EXPECT_EQ(value("gladhand_tls_handshakes_total{side=\"upstream\",name=\"files\",tls_version=\"1.3\",cipher=\"TLS_AES_128_GCM_SHA256\","
                  "group=\"X25519\",alpn=\"h2\",resumed=\"true\"}"),
            1);
}

TEST_F(ConnectionMetricsTest, a_handshake_is_in_flight_from_its_attempt_to_its_end) {
  const auto record = plain_client();
  shard.connection_attempted(Side::client, kWeb);
  shard.connection_attempted(Side::client, kWeb);
  EXPECT_EQ(value(R"(gladhand_handshakes_in_flight{side="client",name="web"})"), 2);
  shard.handshake_ended(record);
  EXPECT_EQ(value(R"(gladhand_handshakes_in_flight{side="client",name="web"})"), 1);
  EXPECT_EQ(value(R"(gladhand_handshake_attempts_total{side="client",name="web"})"), 2);
  EXPECT_EQ(value(R"(gladhand_handshakes_total{side="client",name="web",result="ok",stage="ready"})"), 1);
}

TEST_F(ConnectionMetricsTest, a_connection_is_open_from_a_good_handshake_to_its_end) {
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

TEST_F(ConnectionMetricsTest, the_phases_of_a_tls_handshake_are_counted_under_its_version) {
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

TEST_F(ConnectionMetricsTest, a_plain_handshake_is_counted_in_no_phase_of_tls) {
  handshake(plain_client());
  std::uint64_t counted = 0;
  for (const auto& histogram : shard.phases(Side::client, kWeb)) {
    for (std::size_t i = 0; i < kBuckets; ++i) counted += histogram.bucket(i);
  }
  EXPECT_EQ(counted, 2u);  // tcp, accept_wait
  EXPECT_EQ(sum("gladhand_tls_handshakes_total"), 0);
}

TEST_F(ConnectionMetricsTest, resumed_handshakes_and_old_versions_have_series_of_their_own) {
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

TEST_F(ConnectionMetricsTest, buckets_are_cumulative_and_a_duration_at_a_bound_is_below_it) {
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

TEST_F(ConnectionMetricsTest, a_failed_handshake_has_a_result_and_a_stage_and_no_duration) {
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

TEST_F(ConnectionMetricsTest, every_error_ends_up_in_the_closed_set_of_results) {
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

TEST_F(ConnectionMetricsTest, tls_parameters_are_added_up_over_the_workers_whatever_their_order) {
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

TEST_F(ConnectionMetricsTest, tls_parameters_past_the_room_for_them_are_counted_as_other) {
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

TEST_F(ConnectionMetricsTest, settings_are_counted_when_they_have_been_exchanged) {
  EXPECT_FALSE(has(client_count("web", "h2_settings"))) << "most connections of a plain listener have none";
  auto client = plain_client();
  client.timeline.mark(ConnectionMark::settings_sent, 2ms);
  client.timeline.mark(ConnectionMark::settings_received, 5ms);
  handshake(client);
  EXPECT_FALSE(has(client_count("web", "h2_settings")));
  client.timeline.mark(ConnectionMark::settings_acknowledged, 26ms);
  shard.settings_exchanged(client);
  EXPECT_DOUBLE_EQ(value(phase("gladhand_client_handshake_seconds", "_sum", "web", "h2_preface", "none", "false")), 0.004);
  EXPECT_DOUBLE_EQ(value(phase("gladhand_client_handshake_seconds", "_sum", "web", "h2_settings", "none", "false")), 0.024);
  auto upstream = plain_client();
  upstream.side = Side::upstream;
  upstream.owner = kApi;
  upstream.timeline.mark(ConnectionMark::settings_sent, 2ms);
  upstream.timeline.mark(ConnectionMark::settings_received, 5ms);
  shard.settings_exchanged(upstream);
  EXPECT_EQ(value(upstream_count("api", "h2_settings")), 1);
}

TEST_F(ConnectionMetricsTest, closes_are_counted_by_who_began_and_timed_where_both_ends_were_seen) {
  using Closer = timeline::CloseFacts::Closer;
  using Manner = timeline::CloseFacts::Manner;
  auto record = plain_client();
  record.timeline.mark(ConnectionMark::closing, 5ms);
  record.timeline.mark(ConnectionMark::closed, 45ms);
  record.close = {Closer::peer, Manner::fin, true};
  handshake(record);
  shard.connection_ended(record);
  record.close = {Closer::us, Manner::rst, false};
  second_shard.connection_ended(record);
  EXPECT_EQ(value("gladhand_connection_closes_total{side=\"client\",name=\"web\",closer=\"peer\",how=\"fin\"}"), 1);
  EXPECT_EQ(value("gladhand_connection_closes_total{side=\"client\",name=\"web\",closer=\"self\",how=\"rst\"}"), 1);
  EXPECT_EQ(sum("gladhand_connection_closes_total"), 2);
  EXPECT_EQ(value(client_count("web", "close")), 1);
  EXPECT_DOUBLE_EQ(value(phase("gladhand_client_handshake_seconds", "_sum", "web", "close", "none", "false")), 0.040);
  EXPECT_EQ(sum("gladhand_connection_idle_closes_total"), 0);
  record.close.is_idle = true;
  shard.connection_ended(record);
  EXPECT_EQ(value("gladhand_connection_idle_closes_total{side=\"client\",name=\"web\",closer=\"self\"}"), 1);
  EXPECT_EQ(sum("gladhand_connection_closes_total"), 3) << "an idle close is a close, too";
  record.result = Code::timeout;
  shard.connection_ended(record);
  EXPECT_EQ(sum("gladhand_connection_closes_total"), 3) << "a handshake that failed has its own count";
}

TEST_F(ConnectionMetricsTest, retransmits_and_withheld_round_trips_are_counted) {
  auto record = dialled_upstream();
  record.tcp.retransmits = 2;
  handshake(record);
  auto degraded = plain_client();
  degraded.tcp.handshake_rtt.reset();
  degraded.tcp.doubt = timeline::RttDoubt::syn_cookies;
  handshake(degraded);
  EXPECT_EQ(value(R"(gladhand_tcp_retransmits_total{side="upstream",name="api"})"), 2);
  EXPECT_EQ(
      value(
          R"(gladhand_handshake_samples_degraded_total{side="client",name="web",reason="syn_cookies"})"),
      1);
  EXPECT_EQ(sum("gladhand_handshake_samples_degraded_total"), 1);
  EXPECT_TRUE(has(R"(gladhand_handshake_samples_degraded_total{side="client",name="web",reason="syn_retransmitted"})"));
  EXPECT_FALSE(has(R"(gladhand_handshake_samples_degraded_total{side="upstream",name="api",reason="syn_retransmitted"})"))
      << "it comes when there is something to count";
  EXPECT_EQ(value(client_count("web", "tcp")), 0);
}

TEST_F(ConnectionMetricsTest, attempts_to_connect_are_counted_by_family_and_result) {
  const auto dials = [](std::string_view family, std::string_view result) {
    return fmt::format(R"(gladhand_dial_attempts_total{{upstream="files",family="{}",result="{}"}})", family, result);
  };
  const auto attempt = [&](timeline::Family family, timeline::Dial dial, Code result) {
    auto record = tls_upstream();
    record.family = family;
    record.dial = dial;
    record.result = result;
    handshake(record);
  };
  EXPECT_FALSE(has(dials("ipv6", "lost")));
  attempt(timeline::Family::ipv6, timeline::Dial::lost, Code::lost_race);
  attempt(timeline::Family::ipv4, timeline::Dial::won, Code::ok);
  attempt(timeline::Family::ipv4, timeline::Dial::won, Code::expired_certificate);
  attempt(timeline::Family::ipv4, timeline::Dial::undecided, Code::draining);
  EXPECT_EQ(value(dials("ipv6", "lost")), 1);
  EXPECT_EQ(value(dials("ipv4", "won")), 2) << "TLS is another matter";
  EXPECT_EQ(sum("gladhand_dial_attempts_total"), 3);
  EXPECT_EQ(value(upstream_count("files", "tcp")), 1) << "of those that were opened alone";
}

TEST_F(ConnectionMetricsTest, of_an_endpoint_that_has_a_name_the_attempts_have_series_from_the_start) {
  auto config = sample_config();
  config.upstreams[kApi].endpoints[0].host = "192.0.2.1";
  config.upstreams[kFiles].endpoints[1].host = "files.example";
  const std::string text = Metrics(config, 1, "1.2.3").render();
  EXPECT_EQ(parse_metrics(text).at(R"(gladhand_dial_attempts_total{upstream="files",family="ipv6",result="won"})"), 0);
  EXPECT_EQ(text.find(R"(gladhand_dial_attempts_total{upstream="api")"), text.npos);
}

TEST_F(ConnectionMetricsTest, what_became_of_fast_open_is_counted_by_outcome_and_the_round_trips_it_saved_are_summed) {
  auto config = sample_config();
  config.upstreams[kFiles].fast_open = true;
  Metrics with_fast_open(config, 1, "1.2.3");
  const std::string saved = R"(gladhand_tcp_fastopen_saved_seconds_total{side="upstream",name="files"})";
  const auto outcome = [](std::string_view side, std::string_view name, std::string_view what) {
    return fmt::format(R"(gladhand_tcp_fastopen_total{{side="{}",name="{}",outcome="{}"}})", side, name, what);
  };
  EXPECT_EQ(parse_metrics(with_fast_open.render()).at(outcome("upstream", "files", "accepted")), 0) << "the series is there from the start";

  auto record = tls_upstream();
  record.tcp.handshake_rtt = 40ms;
  for (const auto what : {timeline::FastOpen::no_cookie, timeline::FastOpen::accepted, timeline::FastOpen::accepted}) {
    record.tcp.fast_open = what;
    with_fast_open.shard(0).handshake_ended(record);
  }
  auto client = plain_client();
  client.tcp.fast_open = timeline::FastOpen::accepted;
  with_fast_open.shard(0).handshake_ended(client);
  const auto series = parse_metrics(with_fast_open.render());
  EXPECT_EQ(series.at(outcome("upstream", "files", "no_cookie")), 1);
  EXPECT_EQ(series.at(outcome("upstream", "files", "accepted")), 2);
  EXPECT_DOUBLE_EQ(series.at(saved), 0.080);
  EXPECT_EQ(series.at(outcome("client", "web", "accepted")), 1);
  EXPECT_FALSE(series.contains(outcome("client", "secure", "accepted"))) << "which neither has it nor met it";
}

TEST_F(ConnectionMetricsTest, segments_that_were_sent_again_are_counted_when_their_connection_is_over) {
  auto record = dialled_upstream();
  record.tcp.data_retransmits = 3;
  handshake(record);
  EXPECT_EQ(value(R"(gladhand_tcp_data_retransmits_total{side="upstream",name="api"})"), 0);
  shard.connection_ended(record);
  EXPECT_EQ(value(R"(gladhand_tcp_data_retransmits_total{side="upstream",name="api"})"), 3);
  EXPECT_EQ(value(R"(gladhand_tcp_retransmits_total{side="upstream",name="api"})"), 0);
}

TEST_F(ConnectionMetricsTest, accept_queues_are_those_of_the_moment_and_gone_with_the_sockets) {
  EXPECT_FALSE(has(R"(gladhand_accept_queue_depth{listener="web"})"));
  std::vector<timeline::AcceptQueue> queues{{3, 128, 0}, {0, 64, 1}};
  metrics.watch([&] { return queues; });
  EXPECT_EQ(value(R"(gladhand_accept_queue_depth{listener="web"})"), 3);
  EXPECT_EQ(value(R"(gladhand_accept_queue_limit{listener="secure"})"), 64);
  queues.clear();
  EXPECT_FALSE(has(R"(gladhand_accept_queue_depth{listener="web"})"));
}

TEST_F(ConnectionMetricsTest, what_the_kernel_counts_is_exported_under_our_names) {
  for (const auto* series : {"gladhand_listen_overflows_total", "gladhand_listen_drops_total", "gladhand_tcp_timeouts_total",
                             R"(gladhand_syn_cookies_total{event="received"})", R"(gladhand_tcp_fastopen_kernel_total{event="cookie_requested"})",
                             R"(gladhand_syn_queue_full_total{answer="drop"})"}) {
    EXPECT_TRUE(has(series)) << series;
  }
  const double enabled = value(R"(gladhand_tcp_fastopen_enabled{side="client"})");
  EXPECT_TRUE(enabled == 0 || enabled == 1);
}

}  // namespace
}  // namespace gladhand::observe
