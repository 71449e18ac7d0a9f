#include "tls/strike_register.h"

#include <utility>

namespace gladhand::tls {

bool StrikeRegister::admit(const Random& hello, std::time_t now) {
  const std::lock_guard lock(mutex_);
  forget(now);
  if (current_.size() >= most_ || previous_.contains(hello)) return false;
  return current_.insert(hello).second;
}

// What was seen in the current window is kept for the whole of the next one.
void StrikeRegister::forget(std::time_t now) {
  const bool was_set_back = now < begun_ - kSetBackSeconds;
  if (now < begun_ + kWindowSeconds && !was_set_back) return;
  previous_ = std::exchange(current_, {});
  if (now >= begun_ + 2 * kWindowSeconds || was_set_back) previous_.clear();
  begun_ = now;
}

}  // namespace gladhand::tls
