// What one TCP connection says, said on another at once, until it ends: one direction of a tunnel.
//
// Messages are mostly small, so they are copied: a read and a write each, and nothing else. When the receiving socket is
// full, what it did not take is written in the ordinary way, because that knows how to wait, and no more is read meanwhile.
#pragma once

#include <span>

#include "io/mover.h"
#include "io/tcp.h"

namespace gladhand::io {

class Relay final : public Mover, private RawEvents {
 public:
  // `to` has no backlog.
  Relay(Tcp& from, Tcp& to, MoverEvents& events);
  ~Relay() override;

  bool is_done() const override { return false; }
  bool is_held_up() const override { return is_held_up_; }

 private:
  static constexpr std::size_t kMost = 1024 * 1024;  // of one turn: others want to be served too

  void on_readable() override;
  void on_drained() override;
  bool pass_on(std::span<const char> bytes);

  Tcp& from_;
  Tcp& to_;
  MoverEvents& events_;
  bool is_held_up_ = false;
  bool has_ended_ = false;
};

}  // namespace gladhand::io
