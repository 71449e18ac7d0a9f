// What metrics and the access log tell of tunnels.
#include <gmock/gmock.h>

#include "observe/metrics.h"
#include "observe/shard.h"

namespace gladhand::observe {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(TunnelMetrics, a_handshake_inside_is_counted_for_its_listener_and_only_forward_proxies_have_it) {
  config::Config config;
  config.listeners.resize(2);
  config.listeners[0].name = "front";
  config.listeners[1].name = "egress";
  config.listeners[1].mode = config::Mode::forward;
  Metrics metrics(config, 1, "test");
  timeline::ExchangeRecord record;
  record.listener = 1;
  record.tunnel.emplace().tls = std::chrono::milliseconds(3);
  metrics.shard(0).tunnel_secured(record);
  const std::string text = metrics.render();
  EXPECT_THAT(text, HasSubstr("gladhand_tunnel_handshake_seconds_count{listener=\"egress\",phase=\"tls\"} 1"));
  EXPECT_THAT(text, HasSubstr("gladhand_tunnel_handshake_seconds_bucket{listener=\"egress\",phase=\"tls\",le=\"0.005\"} 1"));
  EXPECT_THAT(text, HasSubstr("gladhand_tunnel_handshake_seconds_bucket{listener=\"egress\",phase=\"tls\",le=\"0.0025\"} 0"));
  EXPECT_THAT(text, Not(HasSubstr("gladhand_tunnel_handshake_seconds_count{listener=\"front\"")));
}

}  // namespace
}  // namespace gladhand::observe
