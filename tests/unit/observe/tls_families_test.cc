#include "unit/observe/metrics_fixture.h"

namespace gladhand::observe {
namespace {

using TlsMetricsTest = MetricsTest;

constexpr auto kSecureRetries = R"(gladhand_tls_retries_total{side="client",name="secure"})";

TEST_F(TlsMetricsTest, a_retry_has_a_duration_where_there_was_one) {
  handshake(tls_client());
  EXPECT_EQ(value(client_count("secure", "tls_retry", "1.3")), 0);
  EXPECT_EQ(value(kSecureRetries), 0);

  auto record = tls_client();
  record.tls.retried = true;
  record.timeline = {};
  record.timeline.mark(ConnectionMark::hello_retry, 40ms);
  record.timeline.mark(ConnectionMark::client_hello, 61ms);
  handshake(record);
  EXPECT_EQ(value(client_count("secure", "tls_retry", "1.3")), 1);
  EXPECT_DOUBLE_EQ(value(phase("gladhand_client_handshake_seconds", "_sum", "secure", "tls_retry", "1.3", "false")), 0.021);
  EXPECT_EQ(value(kSecureRetries), 1);
}

TEST_F(TlsMetricsTest, a_retry_is_counted_whatever_comes_of_it_but_timed_only_if_all_is_well) {
  auto record = tls_client();
  record.tls.retried = true;
  record.timeline.mark(ConnectionMark::hello_retry, 31ms);
  record.result = Code::client_eof_in_handshake;
  handshake(record);
  second_shard.handshake_ended(record);
  EXPECT_EQ(value(kSecureRetries), 2);
  EXPECT_EQ(value(client_count("secure", "tls_retry", "1.3")), 0);
}

TEST_F(TlsMetricsTest, alerts_are_counted_by_direction_and_name_when_the_connection_is_over) {
  auto record = tls_client();
  record.tls.alert_received = std::uint8_t{48};
  handshake(record);
  EXPECT_EQ(sum("gladhand_tls_alerts_total"), 0);
  shard.connection_ended(record);
  second_shard.connection_ended(record);
  record.tls.alert_received = std::uint8_t{200};
  record.tls.alert_sent = std::uint8_t{80};
  shard.connection_ended(record);
  const std::string start = R"(gladhand_tls_alerts_total{side="client",name="secure",direction=)";
  EXPECT_EQ(value(start + R"("received",alert="unknown_ca"})"), 2);
  EXPECT_EQ(value(start + R"("received",alert="other"})"), 1);
  EXPECT_EQ(value(start + R"("sent",alert="internal_error"})"), 1);
  EXPECT_EQ(sum("gladhand_tls_alerts_total"), 4);
}

TEST_F(TlsMetricsTest, connections_without_a_goodbye_are_counted_when_they_are_over) {
  auto record = tls_upstream();
  shard.connection_ended(record);
  const std::string series = R"(gladhand_tls_truncations_total{side="upstream",name="files"})";
  EXPECT_EQ(value(series), 0);
  record.tls.truncated = true;
  shard.connection_ended(record);
  EXPECT_EQ(value(series), 1);
}

TEST_F(TlsMetricsTest, early_data_is_counted_by_what_became_of_it_whatever_comes_of_the_handshake) {
  const std::string start = R"(gladhand_tls_early_data_total{side="client",name="secure",outcome=)";
  auto record = tls_client();
  record.tls.early_data = timeline::EarlyData::accepted;
  handshake(record);
  record.result = Code::timeout;
  second_shard.handshake_ended(record);
  record.tls.early_data = timeline::EarlyData::rejected;
  handshake(record);
  EXPECT_EQ(value(start + R"("accepted"})"), 2);
  EXPECT_EQ(value(start + R"("rejected"})"), 1);
}

TEST_F(TlsMetricsTest, early_data_has_series_from_the_start_where_it_is_taken) {
  for (const char* outcome : {"accepted", "rejected"}) {
    const auto series = [&](std::string_view name) { return fmt::format(R"(gladhand_tls_early_data_total{{side="client",name="{}",outcome="{}"}})", name, outcome); };
    EXPECT_FALSE(has(series("secure")));
    auto config = sample_config();
    config.listeners[1].tls.early_data = true;
    const auto found = parse_metrics(Metrics(config, 1, "1").render());
    EXPECT_TRUE(found.contains(series("secure")));
    EXPECT_FALSE(found.contains(series("web")));
  }
}

TEST_F(TlsMetricsTest, only_who_may_speak_tls_has_its_series) {
  EXPECT_FALSE(has(R"(gladhand_tls_retries_total{side="client",name="web"})"));
  EXPECT_FALSE(has(R"(gladhand_tls_retries_total{side="upstream",name="api"})"));
  EXPECT_EQ(value(R"(gladhand_tls_retries_total{side="upstream",name="files"})"), 0);
}

}  // namespace
}  // namespace gladhand::observe
