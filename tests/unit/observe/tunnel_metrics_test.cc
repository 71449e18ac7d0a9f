// What metrics and the access log tell of tunnels.
#include <gmock/gmock.h>

#include "observe/metrics.h"
#include "observe/shard.h"

namespace gladhand::observe {
namespace {

using testing::HasSubstr;
using testing::Not;

using namespace std::chrono_literals;
using timeline::ExchangeMark;
using timeline::Purpose;

class TunnelMetrics : public testing::Test {
 protected:
  static config::Config config() {
    config::Config config;
    config.listeners.resize(2);
    config.listeners[0].name = "front";
    config.listeners[1].name = "egress";
    config.listeners[1].mode = config::Mode::forward;
    config.upstreams.resize(1);
    config.upstreams[0].name = "app";
    return config;
  }
  static timeline::ExchangeRecord opened(Purpose purpose, std::uint16_t listener) {
    timeline::ExchangeRecord record;
    record.purpose = purpose;
    record.listener = listener;
    record.upstream_index = 0;
    record.timeline.mark(ExchangeMark::head_received, 1ms);
    record.timeline.mark(ExchangeMark::upstream_asked, 1ms);
    record.timeline.mark(ExchangeMark::resolved, 4ms);
    record.timeline.mark(ExchangeMark::head_sent, 10ms);
    record.timeline.mark(ExchangeMark::reply_head_received, 30ms);
    record.timeline.mark(ExchangeMark::reply_head_sent, 31ms);
    return record;
  }

  Metrics metrics{config(), 1, "test"};
};

TEST_F(TunnelMetrics, a_handshake_inside_is_counted_for_its_listener_and_only_forward_proxies_have_it) {
  timeline::ExchangeRecord record = opened(Purpose::connect, 1);
  record.tunnel.emplace().tls = 3ms;
  metrics.shard(0).tunnel_secured(record);
  const std::string text = metrics.render();
  EXPECT_THAT(text, HasSubstr("gladhand_tunnel_handshake_seconds_count{listener=\"egress\",phase=\"tls\"} 1"));
  EXPECT_THAT(text, HasSubstr("gladhand_tunnel_handshake_seconds_bucket{listener=\"egress\",phase=\"tls\",le=\"0.005\"} 1"));
  EXPECT_THAT(text, HasSubstr("gladhand_tunnel_handshake_seconds_bucket{listener=\"egress\",phase=\"tls\",le=\"0.0025\"} 0"));
  EXPECT_THAT(text, Not(HasSubstr("gladhand_tunnel_handshake_seconds_count{listener=\"front\"")));
  EXPECT_THAT(text, Not(HasSubstr("phase=\"connect_tunnel\""))) << "another event";
}

TEST_F(TunnelMetrics, a_tunnel_is_counted_when_it_opens) {
  EXPECT_THAT(metrics.render(), Not(HasSubstr("connect_tunnel"))) << "none was, and most listeners never have one";
  timeline::ConnectionRecord upstream;
  upstream.timeline.mark(timeline::ConnectionMark::started, 4ms);
  upstream.timeline.mark(timeline::ConnectionMark::connected, 9ms);
  timeline::ExchangeRecord record = opened(Purpose::connect, 1);
  record.upstream = &upstream;
  record.is_first_of_upstream = true;
  metrics.shard(0).tunnel_opened(record);
  const std::string text = metrics.render();
  EXPECT_THAT(text, HasSubstr("gladhand_client_handshake_seconds_sum{listener=\"egress\",phase=\"connect_tunnel\",tls_version=\"none\",resumed=\"false\"} 0.03\n"));
  EXPECT_THAT(text, HasSubstr("gladhand_tunnel_handshake_seconds_sum{listener=\"egress\",phase=\"tcp\"} 0.005\n"));
  EXPECT_THAT(text, HasSubstr("gladhand_tunnel_handshake_seconds_sum{listener=\"egress\",phase=\"dns\"} 0.003\n"));
  EXPECT_THAT(text, Not(HasSubstr("websocket_upgrade")));
}

TEST_F(TunnelMetrics, a_websocket_is_counted_on_both_sides) {
  metrics.shard(0).tunnel_opened(opened(Purpose::websocket, 0));
  const std::string text = metrics.render();
  EXPECT_THAT(text, HasSubstr("gladhand_client_handshake_seconds_sum{listener=\"front\",phase=\"websocket_upgrade\",tls_version=\"none\",resumed=\"false\"} 0.03\n"));
  EXPECT_THAT(text, HasSubstr("gladhand_upstream_handshake_seconds_sum{upstream=\"app\",phase=\"websocket_upgrade\",tls_version=\"none\",resumed=\"false\"} 0.02\n"));
  EXPECT_THAT(text, Not(HasSubstr("connect_tunnel")));
}

}  // namespace
}  // namespace gladhand::observe
