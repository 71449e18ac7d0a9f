#include "observe/fanout.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace gladhand::observe {
namespace {

// Notes what it hears, and the place of what it was handed.
class Notes final : public timeline::Recorder {
 public:
  void connection_attempted(timeline::Side side, std::uint16_t owner) override {
    heard.push_back("attempted " + std::string(name(side)) + std::to_string(owner));
  }
  void handshake_ended(const timeline::ConnectionRecord& r) override {
    heard.push_back("handshake " + std::to_string(r.id));
  }
  void settings_exchanged(const timeline::ConnectionRecord& r) override {
    heard.push_back("settings " + std::to_string(r.id));
  }
  void connection_ended(const timeline::ConnectionRecord& r) override {
    heard.push_back("connection " + std::to_string(r.id));
  }
  void request_received(std::uint16_t listener) override { heard.push_back("request " + std::to_string(listener)); }
  void exchange_ended(const timeline::ExchangeRecord& r) override {
    heard.push_back("exchange " + std::to_string(r.status));
  }
  void tunnel_opened(const timeline::ExchangeRecord& r) override {
    heard.push_back("open " + std::to_string(r.status));
  }
  void tunnel_secured(const timeline::ExchangeRecord& r) override {
    heard.push_back("secure " + std::to_string(r.status));
  }
  void accept_paused(std::uint16_t listener) override { heard.push_back("paused " + std::to_string(listener)); }

  std::vector<std::string> heard;
};

TEST(Fanout, passes_every_call_to_every_recorder) {
  Notes first, second;
  Fanout fanout({first, second});
  timeline::ConnectionRecord connection;
  connection.id = 7;
  timeline::ExchangeRecord exchange;
  exchange.status = 204;

  fanout.connection_attempted(timeline::Side::upstream, 2);
  fanout.handshake_ended(connection);
  fanout.settings_exchanged(connection);
  fanout.request_received(3);
  fanout.tunnel_opened(exchange);
  fanout.tunnel_secured(exchange);
  fanout.exchange_ended(exchange);
  fanout.connection_ended(connection);
  fanout.accept_paused(4);

  EXPECT_THAT(first.heard, testing::ElementsAre("attempted upstream2", "handshake 7", "settings 7", "request 3", "open 204", "secure 204", "exchange 204",
                                                "connection 7", "paused 4"));
  EXPECT_EQ(second.heard, first.heard);
}

}  // namespace
}  // namespace gladhand::observe
