// One Recorder made of several: each hears every call, in the order in which they were given. Owns none of them.
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "timeline/recorder.h"

namespace gladhand::observe {

class Fanout final : public timeline::Recorder {
 public:
  explicit Fanout(std::vector<std::reference_wrapper<timeline::Recorder>> recorders)
      : recorders_(std::move(recorders)) {}

  void connection_attempted(timeline::Side side, std::uint16_t owner) override {
    for (Recorder& r : recorders_) r.connection_attempted(side, owner);
  }
  void handshake_ended(const timeline::ConnectionRecord& record) override {
    for (Recorder& r : recorders_) r.handshake_ended(record);
  }
  void settings_exchanged(const timeline::ConnectionRecord& record) override {
    for (Recorder& r : recorders_) r.settings_exchanged(record);
  }
  void connection_ended(const timeline::ConnectionRecord& record) override {
    for (Recorder& r : recorders_) r.connection_ended(record);
  }
  void request_received(std::uint16_t listener) override {
    for (Recorder& r : recorders_) r.request_received(listener);
  }
  void exchange_ended(const timeline::ExchangeRecord& record) override {
    for (Recorder& r : recorders_) r.exchange_ended(record);
  }
  void tunnel_opened(const timeline::ExchangeRecord& record) override {
    for (Recorder& r : recorders_) r.tunnel_opened(record);
  }
  void tunnel_secured(const timeline::ExchangeRecord& record) override {
    for (Recorder& r : recorders_) r.tunnel_secured(record);
  }
  void accept_paused(std::uint16_t listener) override {
    for (Recorder& r : recorders_) r.accept_paused(listener);
  }

 private:
  std::vector<std::reference_wrapper<timeline::Recorder>> recorders_;
};

}  // namespace gladhand::observe
