// Cells that one thread writes and any thread reads.
//
// A worker counts on every request, so counting must cost next to nothing: a cell has one writer, which therefore needs
// no locked instruction, only a load, an addition and a store. The store releases and the reader acquires: whoever
// reads an effect ("ended") before its cause ("begun") never sees more effects than causes. On x86 that costs nothing.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <limits>

#include "base/clock.h"

namespace gladhand::observe {

class Count {
 public:
  void add(std::uint64_t n = 1) { value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_release); }
  std::uint64_t value() const { return value_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// How many have begun and not ended, at one moment: the count of beginnings stood still around the look at the other.
inline std::uint64_t outstanding(const Count& begun, const Count& ended) {
  std::uint64_t before = begun.value();
  for (int tries = 0;; ++tries) {
    const std::uint64_t over = ended.value();
    const std::uint64_t after = begun.value();
    if (before == after || tries == 100) return after - over;
    before = after;
  }
}

// Upper bounds of every duration histogram, inclusive, in nanoseconds. A SYN that is lost once costs a second, and one
// that is lost twice three: 1.25 s and 5 s keep those apart from what is merely slow.
inline constexpr std::array<std::uint64_t, 16> kBounds{
    250'000,     500'000,     1'000'000,   2'500'000,     5'000'000,     10'000'000,    25'000'000,    50'000'000,
    100'000'000, 250'000'000, 500'000'000, 1'000'000'000, 1'250'000'000, 2'500'000'000, 5'000'000'000, 10'000'000'000};
inline constexpr std::size_t kBuckets = kBounds.size() + 1;  // the last one holds what is past every bound

namespace detail {
// No two bounds share an octave. So the highest set bit of a duration leaves one bound to compare with, and finding the
// bucket is a table look-up instead of a search.
inline constexpr std::array<std::uint8_t, std::numeric_limits<std::uint64_t>::digits + 1> kFirstBucket = [] {
  std::array<std::uint8_t, std::numeric_limits<std::uint64_t>::digits + 1> first{};
  for (std::size_t width = 0; width < first.size(); ++width) {
    while (first[width] < kBounds.size() && static_cast<std::size_t>(std::bit_width(kBounds[first[width]])) < width) {
      ++first[width];
    }
  }
  return first;
}();
static_assert(
    [] {
      for (std::size_t i = 1; i < kBounds.size(); ++i) {
        if (std::bit_width(kBounds[i - 1]) >= std::bit_width(kBounds[i])) return false;
      }
      return true;
    }(),
    "each bound has an octave of its own, in rising order");
}  // namespace detail

constexpr std::size_t bucket_of(std::uint64_t nanos) {
  const std::size_t first = detail::kFirstBucket[static_cast<std::size_t>(std::bit_width(nanos))];
  return first < kBounds.size() && nanos > kBounds[first] ? first + 1 : first;
}

class Histogram {
 public:
  // A negative duration counts as zero: two clocks of the kernel may disagree by a tick.
  void observe(Nanos duration) {
    const auto nanos = duration.count() > 0 ? static_cast<std::uint64_t>(duration.count()) : 0;
    sum_.add(nanos);
    buckets_[bucket_of(nanos)].add();
  }
  std::uint64_t bucket(std::size_t i) const { return buckets_[i].value(); }
  std::uint64_t sum_nanos() const { return sum_.value(); }

 private:
  std::array<Count, kBuckets> buckets_;
  Count sum_;
};

}  // namespace gladhand::observe
