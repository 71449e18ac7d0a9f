// Token buckets by key, in memory that is bounded from the start.
//
// A bucket is one number: the instant at which it would be full again (the generic cell rate algorithm, ITU-T I.371). One
// that is full already is the same as none, so what has been idle for long enough makes room by itself. Where more keys are
// busy than fit, the one that is nearest to full gives way: its owner gains a few tokens.
//
// Workers share them: a limit is that of the process. Each set of buckets has a lock of its own, held for a few loads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>

namespace plugins {

class Buckets {
 public:
  // `burst` tokens at most, a new one every `interval` nanoseconds; room for about `keys` keys.
  Buckets(std::int64_t interval, std::int64_t burst, std::size_t keys) : interval_(interval), room_(interval * (burst - 1)), count_(keys / kWays + 1), sets_(new Set[count_]) {}

  // Takes a token. Nothing: it was there; else in how many nanoseconds there will be one. `key` is a hash.
  std::optional<std::int64_t> take(std::uint64_t key, std::int64_t now) {
    Set& set = sets_[key % count_];
    const std::lock_guard lock(set.mutex);
    Bucket* bucket = &set.buckets[0];
    for (Bucket& one : set.buckets) {
      if (one.key == key && one.full_at > now) {
        bucket = &one;
        break;
      }
      if (one.full_at < bucket->full_at) bucket = &one;
    }
    const bool is_known = bucket->key == key && bucket->full_at > now;
    const std::int64_t full_at = is_known ? bucket->full_at : now;
    if (full_at - now > room_) return full_at - now - room_;
    *bucket = {key, full_at + interval_};
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kWays = 8;

  struct Bucket {
    std::uint64_t key = 0;
    std::int64_t full_at = INT64_MIN;
  };
  struct Set {
    std::mutex mutex;
    std::array<Bucket, kWays> buckets;
  };

  const std::int64_t interval_;
  const std::int64_t room_;  // how far ahead of now the instant of fullness may be before a token is taken
  const std::size_t count_;
  const std::unique_ptr<Set[]> sets_;
};

}  // namespace plugins
