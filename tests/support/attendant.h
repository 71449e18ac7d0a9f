// An origin that answers by itself, on every connection that an endpoint is dialled for: checks of its health as a story says,
// all else with 200.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "support/speaker.h"

namespace gladhand::test {

class Attendant final : public Actor {
 public:
  // `door` listens, and outlives the attendant, as does the stage.
  Attendant(Stage& stage, Socket& door, codec::Protocol protocol, const std::optional<TlsServerOptions>& tls)
      : stage_(stage), door_(door), protocol_(protocol), tls_(tls) {
    stage_.enter(*this);
  }
  ~Attendant() override { stage_.leave(*this); }
  Attendant(const Attendant&) = delete;
  Attendant& operator=(const Attendant&) = delete;

  int health = 200;  // what it answers to GET /healthz; 0: nothing
  int status = 200;  // to all else
  std::size_t connections = 0;
  std::size_t checks = 0;
  std::size_t requests = 0;
  std::string check_authority, check_agent;  // of the latest check

  bool act() override {
    bool was_busy = false;
    if (Socket accepted = door_.accept()) {
      origins_.push_back(std::make_unique<Origin>(stage_, std::move(accepted), protocol_, tls_));
      ++connections;
      was_busy = true;
    }
    for (const auto& origin : origins_) {
      while (Talk* check = origin->find("/healthz")) {
        ++checks;
        check_authority = check->authority;
        check_agent = check->field("user-agent");
        if (health) check->reply(health, "as you see");
        was_busy = true;
      }
      while (Talk* request = origin->find("/")) {
        ++requests;
        request->reply(status, "served");
        was_busy = true;
      }
    }
    return was_busy;
  }
  pollfd awaited() const override { return {door_.fd(), POLLIN, 0}; }

 private:
  Stage& stage_;
  Socket& door_;
  const codec::Protocol protocol_;
  const std::optional<TlsServerOptions> tls_;
  std::vector<std::unique_ptr<Origin>> origins_;
};

}  // namespace gladhand::test
