// Bytes on their way through the proxy, shared instead of copied.
//
// A `Block` is a piece of memory with a count of its users; blocks come from and return to a free list of their thread.
// A `Slice` is a view into a block that keeps the block alive. A `Buffer` is a queue of slices: a body read from one
// socket reaches the other as the same bytes in the same place. Blocks never cross threads.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gladhand {

struct Block {
  std::uint32_t users;
  std::uint32_t capacity;
  Block* next;  // of a list that it is alone in: of free ones, or of its only user's

  char* data() { return reinterpret_cast<char*>(this + 1); }

  static constexpr std::size_t kTiny = 1024 - 16;         // the texts of a usual head
  static constexpr std::size_t kSmall = 4096 - 16;        // whole heads and other small output
  static constexpr std::size_t kLarge = 128 * 1024 - 16;  // what sockets are read into

  // A block with one user. `capacity` is rounded up to kTiny, kSmall or kLarge; larger ones are not pooled.
  static Block* make(std::size_t capacity);
  void release() {
    if (--users == 0) recycle();
  }

 private:
  void recycle();
};

class Slice {
 public:
  Slice() = default;
  // Text that outlives every use of the slice: a literal.
  static Slice literal(std::string_view text) { return Slice(nullptr, text.data(), text.size()); }
  // Takes over one use of `block`.
  static Slice adopt(Block* block, const char* data, std::size_t size) { return Slice(block, data, size); }
  // Adds a use of `block`.
  static Slice share(Block* block, const char* data, std::size_t size) {
    ++block->users;
    return Slice(block, data, size);
  }
  static Slice copy(std::string_view text);

  Slice(const Slice& other) : block_(other.block_), data_(other.data_), size_(other.size_) {
    if (block_) ++block_->users;
  }
  Slice(Slice&& other) noexcept : block_(std::exchange(other.block_, nullptr)), data_(other.data_), size_(std::exchange(other.size_, 0)) {}
  Slice& operator=(Slice other) noexcept {
    std::swap(block_, other.block_);
    data_ = other.data_;
    size_ = other.size_;
    return *this;
  }
  ~Slice() {
    if (block_) block_->release();
  }

  const char* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::string_view view() const { return {data_, size_}; }
  Block* block() const { return block_; }

  Slice part(std::size_t offset, std::size_t size) const {
    assert(offset + size <= size_);
    Slice s(*this);
    s.data_ += offset;
    s.size_ = size;
    return s;
  }
  void drop_front(std::size_t n) {
    data_ += n;
    size_ -= n;
  }
  // Makes the slice longer by `n` bytes that its owner has written right behind it.
  void grow(std::size_t n) { size_ += n; }

 private:
  Slice(Block* block, const char* data, std::size_t size) : block_(block), data_(data), size_(size) {}

  Block* block_ = nullptr;
  const char* data_ = nullptr;
  std::size_t size_ = 0;
};

// A queue of slices. Moving is cheap; copying is not offered.
class Buffer {
 public:
  Buffer() = default;
  Buffer(Buffer&& other) noexcept { take_all(other); }
  Buffer& operator=(Buffer&& other) noexcept;
  ~Buffer();

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::span<const Slice> slices() const { return {items_ + first_, count_}; }

  void append(Slice slice);
  void append(Buffer&& other);
  void append(std::string_view bytes);  // copies

  // At least `n` contiguous bytes to write to, followed by commit() of as many as were written.
  char* reserve(std::size_t n);
  void commit(std::size_t n);

  void consume(std::size_t n);
  Buffer take(std::size_t n);
  void clear() { consume(size_); }
  std::string to_string() const;

 private:
  static constexpr std::size_t kInline = 4;

  Slice& push(Slice slice);
  void take_all(Buffer& other);
  std::size_t tail_room() const { return tail_ ? tail_->capacity - tail_used_ : 0; }
  void adopt_tail(Block* block, std::uint32_t used);

  // The queue itself stands last: of most buffers only its first slice is ever touched, and of many nothing but the size.
  std::size_t size_ = 0;
  Slice* items_ = inline_;
  std::uint32_t first_ = 0, count_ = 0, capacity_ = kInline;
  std::uint32_t tail_used_ = 0;
  // Where we write to next, behind what is used of it: with a use of our own, for other slices may come between those of it.
  Block* tail_ = nullptr;
  Block* reserved_ = nullptr;
  Slice inline_[kInline];
};

// Where a thread's sockets are read into: one large block, filled from front to back and wound back as soon as nobody
// refers to it. Small reads thus stay in the same warm memory; a large one is handed on without a copy.
class ReadSpace {
 public:
  static constexpr std::size_t kRoom = 64 * 1024;

  ReadSpace() = default;
  ReadSpace(const ReadSpace&) = delete;
  ReadSpace& operator=(const ReadSpace&) = delete;
  ~ReadSpace() {
    if (block_) block_->release();
  }

  // At least kRoom bytes, valid until the next call of room().
  std::span<char> room();
  // The first `n` bytes of the last room().
  Slice taken(std::size_t n);

 private:
  Block* block_ = nullptr;
  std::size_t used_ = 0;
};

}  // namespace gladhand
