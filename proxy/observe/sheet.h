// A sheet of memory that one thread writes and any thread copies, without a lock: a sequence lock.
//
// The writer never waits. A reader copies, and copies again if the writer was at it meanwhile. Every word is an atomic of
// its own, so that the two never race. No fences are needed: a word is stored with release and loaded with acquire, so a
// reader that saw a word of a new writing also sees the odd number that was stored before it. On x86 all of it is plain
// moves.
#pragma once

#include <array>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace gladhand::observe {

// How much of a sheet a T takes.
template <class T>
inline constexpr std::size_t kWordsOf = (sizeof(T) + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);

template <std::size_t words>
class Sheet {
 public:
  using Copy = std::array<std::uint64_t, words>;

  // The writer's: begin(), any number of put(), end(). `at` counts words; `bytes` is rounded up to words, which `data` has.
  // What was written in smaller pieces just before is better put later: a word of it waits until they are in the cache.
  void begin() { version_.store(version_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
  void put(std::size_t at, const void* data, std::size_t bytes) {
    const std::size_t end = at + (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
    assert(end <= words);
#pragma GCC unroll 8  // three times as fast: records are long
    for (const char* from = static_cast<const char*>(data); at < end; ++at, from += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, from, sizeof word);
      words_[at].store(word, std::memory_order_release);
    }
  }
  void end() { version_.store(version_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

  // False when the writer was in the way each time: it was interrupted within the nanoseconds that a writing takes.
  bool copy_to(Copy& copy) const {
    for (int tries = 0; tries < kMostTries; ++tries) {
      const std::uint64_t before = version_.load(std::memory_order_acquire);
      if (before % 2 == 1) continue;
      for (std::size_t i = 0; i < words; ++i) copy[i] = words_[i].load(std::memory_order_acquire);
      if (version_.load(std::memory_order_relaxed) == before) return true;
    }
    return false;
  }

 private:
  static constexpr int kMostTries = 1000;

  std::atomic<std::uint64_t> version_{0};  // odd while it is being written
  std::array<std::atomic<std::uint64_t>, words> words_{};
};

}  // namespace gladhand::observe
