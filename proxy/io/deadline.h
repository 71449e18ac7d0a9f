// Deadlines without a timer each: a wheel of slots on one timer of the loop.
//
// A Deadline is a member of whoever waits. Arming and re-arming are O(1) and mostly one store: a deadline that is pushed
// back stays in its slot, and is looked at again when that slot comes round. It fires at most one tick late, never early.
// Destroying it disarms it.
#pragma once

#include <array>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/list.h"

namespace gladhand::io {

class Deadline;

class DeadlineEvents {
 public:
  virtual ~DeadlineEvents() = default;
  virtual void on_deadline(Deadline& deadline) = 0;
};

class DeadlineQueue {
 public:
  static constexpr Nanos kTick{std::chrono::milliseconds(16)};
  static constexpr std::size_t kSlots = 1024;  // 16 s ahead; what is further away is placed again on the way

  explicit DeadlineQueue(const Clock& clock);

  // Gathers what is due, which fire_one() then fires one by one, until false: nothing is left of it.
  void gather();
  bool fire_one();
  // When gather() should be called next; unset: nothing is armed.
  std::optional<Nanos> next() const;
  // True once after an arm() that made next() earlier than it was.
  bool take_earlier() { return std::exchange(is_earlier_, false); }

 private:
  friend class Deadline;

  void place(Deadline& deadline);
  std::uint64_t tick_of(Nanos at) const { return static_cast<std::uint64_t>(at / kTick); }

  const Clock& clock_;
  std::array<List<Deadline>, kSlots> slots_;
  List<Deadline> gathered_;
  std::array<std::uint64_t, kSlots / 64> used_{};  // a bit for each slot that may hold something
  std::uint64_t tick_;                             // every slot before it has been run
  std::uint64_t next_tick_ = UINT64_MAX;           // a lower bound of the first used slot's tick
  bool is_earlier_ = false;
};

class Deadline : public ListNode<Deadline> {
 public:
  Deadline(DeadlineQueue& queue, DeadlineEvents& events) : queue_(queue), events_(events) {}

  // In `wait` from now; zero or less means never.
  void arm(Nanos wait) {
    if (wait <= Nanos::zero()) return disarm();
    due_ = queue_.clock_.now() + wait;
    if (is_linked() && slot_time_ <= due_) return;
    queue_.place(*this);
  }
  // Stays in its slot, where it will be found to be nothing: disarming is one store too.
  void disarm() { due_ = Nanos::max(); }
  bool is_armed() const { return is_linked() && due_ != Nanos::max(); }

 private:
  friend class DeadlineQueue;

  DeadlineQueue& queue_;
  DeadlineEvents& events_;
  Nanos due_ = Nanos::max();
  Nanos slot_time_{};
};

}  // namespace gladhand::io
