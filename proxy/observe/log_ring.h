// Lines on their way from one worker to the thread that writes them: one thread pushes, one other pops, neither waits.
//
// A line goes in whole or not at all, and becomes visible whole: what the popping thread finds always ends with a line.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace gladhand::observe {

class LogRing {
 public:
  explicit LogRing(std::size_t capacity_bytes)
      : capacity_(capacity_bytes), bytes_(std::make_unique_for_overwrite<char[]>(capacity_bytes)) {
    assert(std::has_single_bit(capacity_bytes));
  }

  // False when there is no room for all of it.
  bool push(std::string_view line) {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (capacity_ - (head - known_tail_) < line.size()) {
      known_tail_ = tail_.load(std::memory_order_acquire);
      if (capacity_ - (head - known_tail_) < line.size()) return false;
    }
    const std::size_t at = head & (capacity_ - 1);
    const std::size_t before_wrap = std::min(line.size(), capacity_ - at);
    std::memcpy(&bytes_[at], line.data(), before_wrap);
    std::memcpy(&bytes_[0], line.data() + before_wrap, line.size() - before_wrap);
    // Sequentially consistent, because what comes next is a look at whether the writing thread sleeps: see AccessLog.
    head_.store(head + line.size(), std::memory_order_seq_cst);
    return true;
  }
  // To the pushing thread: whether it is time to wake the other one.
  bool is_filling() {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head - known_tail_ < capacity_ / 4) return false;
    known_tail_ = tail_.load(std::memory_order_acquire);
    return head - known_tail_ >= capacity_ / 4;
  }

  // Everything that is there, in two pieces where it runs over the end of the memory. Valid until pop().
  struct Pieces {
    std::string_view first, second;
    std::size_t size() const { return first.size() + second.size(); }
  };
  Pieces peek() const {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    const std::size_t size = head_.load(std::memory_order_seq_cst) - tail;
    const std::size_t at = tail & (capacity_ - 1);
    const std::size_t before_wrap = std::min(size, capacity_ - at);
    return {{&bytes_[at], before_wrap}, {&bytes_[0], size - before_wrap}};
  }
  void pop(std::size_t n) { tail_.store(tail_.load(std::memory_order_relaxed) + n, std::memory_order_release); }

 private:
  // Both positions only grow. Each has a cache line of its own, shared with nothing but what its own thread writes.
  static constexpr std::size_t kCacheLine = 64;

  const std::size_t capacity_;
  const std::unique_ptr<char[]> bytes_;
  alignas(kCacheLine) std::atomic<std::uint64_t> head_{0};
  std::uint64_t known_tail_ = 0;  // of the pushing thread: the tail when it last looked
  alignas(kCacheLine) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace gladhand::observe
