// A client that takes as much as the test lets it, for sequels.
#pragma once

#include <algorithm>
#include <string>

#include "server/service.h"
#include "support/loop_rig.h"

namespace gladhand::test {

class NarrowChannel final : public server::Channel {
 public:
  explicit NarrowChannel(std::size_t room_at_first) : room(room_at_first) {}

  io::Loop& loop() override { return rig.loop; }
  void send(Buffer&& bytes) override {
    sent += bytes.to_string();
    room -= std::min(room, bytes.size());
    bytes.clear();
  }
  std::size_t writable() const override { return room; }
  void consumed(std::size_t bytes) override { paid += bytes; }
  void end() override { is_ended = true; }

  LoopRig rig;
  std::size_t room;
  std::string sent;
  std::size_t paid = 0;
  bool is_ended = false;
};

}  // namespace gladhand::test
