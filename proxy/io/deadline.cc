#include "io/deadline.h"

#include <algorithm>
#include <bit>

namespace gladhand::io {

DeadlineQueue::DeadlineQueue(const Clock& clock) : clock_(clock), tick_(tick_of(clock.now())) {}

void DeadlineQueue::place(Deadline& deadline) {
  deadline.unlink();
  // The first tick that begins at or after the instant: never early.
  std::uint64_t tick = tick_of(deadline.due_ + kTick - Nanos{1});
  tick = std::clamp(tick, tick_ + 1, tick_ + kSlots - 1);
  deadline.slot_time_ = kTick * static_cast<std::int64_t>(tick);
  const std::size_t slot = tick % kSlots;
  slots_[slot].push_back(deadline);
  used_[slot / 64] |= std::uint64_t{1} << (slot % 64);
  if (tick < next_tick_) {
    next_tick_ = tick;
    is_earlier_ = true;
  }
}

void DeadlineQueue::gather() {
  const std::uint64_t until = tick_of(clock_.now());
  const std::uint64_t once_round = std::min(until, tick_ + kSlots - 1);  // everything has been seen then
  for (std::uint64_t tick = std::max(tick_, next_tick_); tick <= once_round; ++tick) {
    const std::size_t slot = tick % kSlots;
    const std::uint64_t bit = std::uint64_t{1} << (slot % 64);
    if (!(used_[slot / 64] & bit)) continue;
    used_[slot / 64] &= ~bit;
    slots_[slot].move_to(gathered_);
  }
  tick_ = std::max(tick_, until);
  next_tick_ = UINT64_MAX;
  for (std::size_t i = 1; i <= kSlots; ++i) {
    const std::size_t slot = (tick_ + i) % kSlots;
    if (used_[slot / 64] == 0) {
      i += 63 - slot % 64;
      continue;
    }
    if (used_[slot / 64] >> (slot % 64) & 1) {
      next_tick_ = tick_ + i;
      break;
    }
  }
}

bool DeadlineQueue::fire_one() {
  while (!gathered_.empty()) {
    Deadline& deadline = gathered_.front();
    deadline.unlink();
    if (deadline.due_ == Nanos::max()) continue;
    if (deadline.due_ > clock_.now()) {
      place(deadline);
      continue;
    }
    deadline.due_ = Nanos::max();
    deadline.events_.on_deadline(deadline);
    return true;
  }
  return false;
}

std::optional<Nanos> DeadlineQueue::next() const {
  if (next_tick_ == UINT64_MAX) return std::nullopt;
  return kTick * static_cast<std::int64_t>(next_tick_);
}

}  // namespace gladhand::io
