// When things happened on one connection or one exchange, in nanoseconds of one monotonic clock.
//
// A mark is set once, unless it is forgotten; an unset mark means that it never happened. Setting one is a store: cheap enough to
// be always on.
#pragma once

#include <array>
#include <cassert>
#include <optional>

#include "base/clock.h"
#include "timeline/marks.h"

namespace gladhand::timeline {

template <class Mark>
class Timeline {
 public:
  void mark(Mark mark, Nanos now) {
    assert(!has(mark) && "a mark is set once");
    at_[index(mark)] = now;
  }
  // For moments that may be seen more than once, of which only the first counts.
  void mark_first(Mark mark, Nanos now) {
    if (!has(mark)) at_[index(mark)] = now;
  }
  // For moments of an attempt that is made again: what counts is the last one.
  void forget(Mark mark) { at_[index(mark)] = Nanos::zero(); }

  bool has(Mark mark) const { return at_[index(mark)] != Nanos::zero(); }
  // Zero when it never happened.
  Nanos at(Mark mark) const { return at_[index(mark)]; }

  std::optional<Nanos> between(Mark from, Mark to) const {
    if (!has(from) || !has(to) || at(to) < at(from)) return std::nullopt;
    return at(to) - at(from);
  }

  // The latest in time: how far it got, or where it died. Of two at the same instant, the later one of the enum.
  Mark last() const {
    std::size_t latest = 0;
    for (std::size_t i = 1; i < at_.size(); ++i) {
      if (at_[i] != Nanos::zero() && at_[i] >= at_[latest]) latest = i;
    }
    return static_cast<Mark>(latest);
  }

 private:
  std::array<Nanos, static_cast<std::size_t>(Mark::count_)> at_{};
};

}  // namespace gladhand::timeline
