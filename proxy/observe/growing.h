// A list that grows and whose elements never move: one thread adds, any thread uses what it has been told of.
//
// An element is found by its index alone, in two loads: the chunks are twice as long each, so the position of the index's
// highest bit tells the chunk. Nothing is freed before the end.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstdint>
#include <memory>

namespace gladhand::observe {

template <class T>
class Growing {
 public:
  // Of 16-bit ids, all.
  static constexpr std::size_t kMost = std::size_t{1} << 16;

  Growing() = default;
  explicit Growing(std::size_t size) { grow_to(size); }
  Growing(const Growing&) = delete;
  Growing& operator=(const Growing&) = delete;

  // The adding thread's. Elements below `size` exist afterwards; new ones are value-initialized.
  void grow_to(std::size_t size) {
    assert(size <= kMost);
    for (std::size_t chunk = 0; chunk < kChunks && size > first_of(chunk); ++chunk) {
      if (owned_[chunk]) continue;
      owned_[chunk] = std::make_unique<T[]>(std::size_t{1} << chunk);
      chunks_[chunk].store(owned_[chunk].get(), std::memory_order_release);
    }
  }

  // `i` was below the size of a grow_to() that has happened before.
  T& operator[](std::size_t i) { return *at(i); }
  const T& operator[](std::size_t i) const { return *at(i); }
  // Whether there is an element `i`. From any thread.
  bool has(std::size_t i) const { return i < kMost && chunks_[chunk_of(i)].load(std::memory_order_acquire) != nullptr; }

 private:
  static constexpr std::size_t kChunks = 17;

  static constexpr std::size_t chunk_of(std::size_t i) { return static_cast<std::size_t>(std::bit_width(i + 1)) - 1; }
  static constexpr std::size_t first_of(std::size_t chunk) { return (std::size_t{1} << chunk) - 1; }
  static_assert(chunk_of(kMost - 1) < kChunks);

  T* at(std::size_t i) const {
    assert(has(i));
    const std::size_t chunk = chunk_of(i);
    return chunks_[chunk].load(std::memory_order_acquire) + (i - first_of(chunk));
  }

  std::array<std::atomic<T*>, kChunks> chunks_{};
  std::array<std::unique_ptr<T[]>, kChunks> owned_;  // the adding thread's
};

}  // namespace gladhand::observe
