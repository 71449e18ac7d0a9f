// A recorder for connections of which nobody wants to hear: those that look whether a server is well, and those of a client that
// keeps what it measured itself.
#pragma once

#include "timeline/recorder.h"

namespace gladhand::timeline {

class Silence final : public Recorder {
 public:
  void connection_attempted(Side, std::uint16_t) override {}
  void handshake_ended(const ConnectionRecord&) override {}
  void settings_exchanged(const ConnectionRecord&) override {}
  void connection_ended(const ConnectionRecord&) override {}
  void request_received(std::uint16_t) override {}
  void exchange_ended(const ExchangeRecord&) override {}
  void tunnel_opened(const ExchangeRecord&) override {}
  void tunnel_secured(const ExchangeRecord&) override {}
  void accept_paused(std::uint16_t) override {}
};

}  // namespace gladhand::timeline
