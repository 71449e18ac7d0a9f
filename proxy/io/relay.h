// What one TCP connection says, said on another at once, until it ends: one direction of a tunnel.
//
// Messages are mostly small, so they are copied: a read and a write each, and nothing else. When the receiving socket is
// full, what it did not take is written in the ordinary way, because that knows how to wait, and no more is read meanwhile.
// What is moved is counted here, and told once a second: to tell of each message would cost more than to copy it.
#pragma once

#include <span>

#include "io/deadline.h"
#include "io/mover.h"
#include "io/tcp.h"

namespace gladhand::io {

class alignas(64) Relay final : public Mover, private EdgeEvents, private RawWriter, private DeadlineEvents {
 public:
  // `to` has no backlog, and nobody else writes to it.
  Relay(Loop& loop, Tcp& from, Tcp& to, MoverEvents& events);
  ~Relay() override;

  // False: it does nothing, for want of memory or descriptors.
  bool is_ready() const { return is_ready_; }
  bool is_done() const override { return false; }
  bool is_held_up() const override { return is_held_up_; }
  void settle() override;

 private:
  static constexpr std::size_t kMost = 1024 * 1024;  // of one turn: others want to be served too
  static constexpr Nanos kTold = std::chrono::seconds(1);

  void on_edge(bool is_ending) override;
  void on_drained() override;
  void on_deadline(Deadline&) override { settle(); }
  void move();
  void end(int error);
  void note(std::size_t bytes);
  bool pass_on(std::span<const char> bytes);

  // All that a small message needs, in one line of the cache: what else belongs to the two connections is mostly in none.
  ReadSpace& room_;
  int from_fd_, to_fd_;
  std::size_t untold_ = 0;  // something: `telling_` is armed
  bool is_held_up_ = false;
  bool is_ending_ = false;  // its end is behind what it still says
  bool has_ended_ = false;
  bool is_ready_ = false;
  Loop& loop_;
  Tcp& from_;
  Tcp& to_;
  MoverEvents& events_;
  Deadline telling_;
};

}  // namespace gladhand::io
