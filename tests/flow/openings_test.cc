// What is told when both ends of a connection have agreed, and when a tunnel has opened: at that moment, and once.
#include "support/matrix.h"
#include "timeline/phases.h"

namespace gladhand::test {
namespace {

using namespace std::chrono_literals;
using testing::Optional;
using timeline::ConnectionMark;
using timeline::kPhases;
using timeline::Purpose;
using timeline::Side;

template <class Record>
std::optional<Nanos> took(Side side, std::string_view name, const Record& record) {
  const auto phase = std::ranges::find_if(kPhases, [&](const timeline::Phase& p) { return p.side == side && p.name == name; });
  EXPECT_NE(phase, kPhases.end()) << name;
  return timeline::duration(*phase, record);
}

auto at_least(Nanos least) { return Optional(testing::Ge(least)); }
auto below(Nanos most) { return Optional(testing::Lt(most)); }

class Openings : public Matrix {
 protected:
  static constexpr Nanos kWait = 30ms;

  std::vector<const ConnectionRecord*> settings(Side side) {
    std::vector<const ConnectionRecord*> found;
    for (const ConnectionRecord& record : records.settings) {
      if (record.side == side) found.push_back(&record);
    }
    return found;
  }
};

TEST_P(Openings, settings_are_told_once_of_each_connection_that_has_them) {
  Caller caller = this->caller();
  Talk& one = caller.get("/one");
  Origin origin = this->origin();
  origin.expect_request("GET", "/one").reply(200, "one");
  one.expect(200, "one");
  Talk& two = caller.get("/two");
  origin.expect_request("GET", "/two").reply(200, "two");
  two.expect(200, "two");
  stage.run_until_quiet();

  const auto clients = settings(Side::client);
  ASSERT_EQ(clients.size(), client_line().is_shared() ? 1u : 0u);
  for (const ConnectionRecord* record : clients) {
    EXPECT_TRUE(record->timeline.has(ConnectionMark::settings_sent));
    EXPECT_TRUE(took(Side::client, "h2_preface", *record));
    EXPECT_TRUE(took(Side::client, "h2_settings", *record));
  }
  const auto upstreams = settings(Side::upstream);
  ASSERT_EQ(upstreams.size(), upstream_line().is_shared() ? 1u : 0u);
  for (const ConnectionRecord* record : upstreams) EXPECT_TRUE(took(Side::upstream, "h2_settings", *record));
  for (const ConnectionRecord& record : records.handshakes) EXPECT_FALSE(record.timeline.has(ConnectionMark::settings_received)) << "nobody waits for them";
}

TEST_P(Openings, an_exchange_that_is_no_tunnel_opens_none) {
  Caller caller = this->caller();
  Talk& asked = caller.get("/");
  Origin origin = this->origin();
  origin.expect_request("GET", "/").reply(200, "");
  asked.expect(200, "");
  EXPECT_EQ(exchange().purpose, Purpose::any);
  EXPECT_TRUE(records.opened_tunnels.empty());
}

GLADHAND_ON_EVERY_WAY(Openings);

class WebSocketOpenings : public EveryPath {};

TEST_P(WebSocketOpenings, the_wait_for_the_answer_is_told_while_the_tunnel_lives) {
  constexpr Nanos kWait = 30ms;
  Client client = connect();
  client.send("GET /chat HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("GET", "/chat");
  stage.pass(kWait);
  EXPECT_TRUE(records.opened_tunnels.empty());
  upstream.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  client.expect_head(101);
  ASSERT_EQ(records.opened_tunnels.size(), 1u);
  const ExchangeRecord& opened = records.opened_tunnels.front();
  EXPECT_EQ(opened.purpose, Purpose::websocket);
  EXPECT_THAT(took(Side::upstream, "websocket_upgrade", opened), at_least(kWait));
  EXPECT_THAT(took(Side::client, "websocket_upgrade", opened), at_least(*took(Side::upstream, "websocket_upgrade", opened)));
  stage.pass(kWait);
  client.end();
  upstream.expect_end();
  upstream.end();
  client.expect_end();
  EXPECT_EQ(took(Side::client, "websocket_upgrade", exchange()), took(Side::client, "websocket_upgrade", opened)) << "the session is not part of it";
  EXPECT_EQ(records.opened_tunnels.size(), 1u);
}

TEST_P(WebSocketOpenings, a_refusal_opens_nothing) {
  Client client = connect();
  client.send("GET /chat HTTP/1.1\r\nHost: shop.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("GET", "/chat");
  upstream.reply(403, "");
  client.expect(403);
  EXPECT_TRUE(records.opened_tunnels.empty());
}

GLADHAND_ON_EVERY_PATH(WebSocketOpenings);

class ConnectOpenings : public Matrix {
 protected:
  ConnectOpenings() {
    listener().mode = config::Mode::forward;
    listener().has_forward = true;
    listener().forward.allow = {"127.0.0.1:*", "localhost:*"};
    add_endpoint();
  }

  const ExchangeRecord& open(const std::string& target) {
    Caller caller = this->caller();
    Talk& asked = caller.connect(target);
    Upstream upstream = Story::upstream();
    asked.expect_head(200);
    return records.opened_tunnels.back();
  }
  std::string port() { return ":" + std::to_string(endpoint().address().port()); }
};

TEST_P(ConnectOpenings, a_tunnel_tells_how_its_target_was_reached) {
  const ExchangeRecord& opened = open("127.0.0.1" + port());
  EXPECT_EQ(opened.purpose, Purpose::connect);
  const auto whole = took(Side::client, "connect_tunnel", opened);
  const auto tcp = took(Side::tunnel, "tcp", opened);
  ASSERT_TRUE(whole && tcp);
  EXPECT_THAT(tcp, below(*whole + Nanos(1)));
  EXPECT_FALSE(took(Side::tunnel, "dns", opened)) << "an address is no name";
  EXPECT_FALSE(took(Side::client, "websocket_upgrade", opened));
}

TEST_P(ConnectOpenings, a_name_that_is_known_is_not_looked_up_again) {
  EXPECT_TRUE(took(Side::tunnel, "dns", open("localhost" + port())));
  EXPECT_FALSE(took(Side::tunnel, "dns", open("localhost" + port())));
  EXPECT_TRUE(took(Side::tunnel, "tcp", records.opened_tunnels.back()));
}

GLADHAND_ON_EVERY_WAY(ConnectOpenings);

}  // namespace
}  // namespace gladhand::test
