#include <random>

#include "unit/observe/metrics_fixture.h"

namespace gladhand::observe {
namespace {

using HttpMetricsTest = MetricsTest;

TEST_F(HttpMetricsTest, the_first_request_is_charged_to_the_connection_once) {
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

TEST_F(HttpMetricsTest, a_served_exchange_is_counted_everywhere_it_passed) {
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

TEST_F(HttpMetricsTest, a_reused_upstream_connection_reports_waits_but_no_handshake) {
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

TEST_F(HttpMetricsTest, a_local_reply_without_a_route_touches_no_upstream) {
  timeline::ExchangeRecord record;
  record.status = 404;
  record.error = Code::no_route;
  shard.request_received(kWeb);
  shard.exchange_ended(record);
  EXPECT_EQ(value(R"(gladhand_http_responses_total{listener="web",route="none",status_class="4xx"})"), 1);
  EXPECT_EQ(value(R"(gladhand_local_replies_total{listener="web",error="no_route"})"), 1);
  EXPECT_EQ(sum("gladhand_upstream_requests_total"), 0);
}

TEST_F(HttpMetricsTest, an_upstream_that_refuses_is_a_request_without_an_answer_of_its_own) {
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

TEST_F(HttpMetricsTest, an_answer_that_was_replaced_is_not_the_upstreams) {
  auto record = served_exchange();
  record.status = 502;
  record.error = Code::bad_response;
  shard.exchange_ended(record);
  EXPECT_EQ(value(R"(gladhand_local_replies_total{listener="web",error="bad_response"})"), 1);
  EXPECT_EQ(value(R"(gladhand_upstream_requests_total{upstream="api",status_class="none"})"), 1);
  EXPECT_EQ(value(R"(gladhand_upstream_requests_total{upstream="api",status_class="5xx"})"), 0);
}

TEST_F(HttpMetricsTest, a_client_that_leaves_in_the_middle_of_a_response_makes_no_local_reply) {
  auto record = served_exchange();
  record.error = Code::client_closed;
  shard.exchange_ended(record);
  EXPECT_EQ(sum("gladhand_local_replies_total"), 0);
  EXPECT_EQ(value(R"(gladhand_http_responses_total{listener="web",route="/api/*",status_class="2xx"})"), 1);
  EXPECT_EQ(value(R"(gladhand_upstream_requests_total{upstream="api",status_class="2xx"})"), 1);
}

TEST_F(HttpMetricsTest, a_tunnel_is_a_response_without_a_response_time) {
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

TEST_F(HttpMetricsTest, every_request_ends_as_a_response_or_as_a_reset) {
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

TEST_F(HttpMetricsTest, accept_pauses_are_counted) {
  shard.accept_paused(kSecure);
  EXPECT_EQ(value(R"(gladhand_accept_pauses_total{listener="secure"})"), 1);
  EXPECT_EQ(value(R"(gladhand_accept_pauses_total{listener="web"})"), 0);
}

}  // namespace
}  // namespace gladhand::observe
