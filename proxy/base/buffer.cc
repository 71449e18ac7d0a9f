#include "base/buffer.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>

#include "base/pooled.h"
#include "base/text.h"

namespace gladhand {
namespace {

// Blocks of one capacity that nobody uses, at most `most` of them.
struct FreeList {
  const std::size_t capacity;
  const std::size_t most;
  Block* head = nullptr;
  std::size_t size = 0;

  ~FreeList() {
    while (head) std::free(std::exchange(head, head->next));
  }
};
// At most 4 MiB of each.
thread_local std::array<FreeList, 3> free_lists{{{Block::kTiny, 4096}, {Block::kSmall, 1024}, {Block::kLarge, 32}}};

}  // namespace

Block* Block::make(std::size_t capacity) {
  const auto list = std::ranges::find_if(free_lists, [&](const FreeList& one) { return capacity <= one.capacity; });
  if (list != free_lists.end()) {
    capacity = list->capacity;
    if (Block* block = list->head) {
      list->head = block->next;
      --list->size;
      __builtin_prefetch(list->head, 1);  // for who makes the next one
      block->users = 1;
      return block;
    }
  }
  void* memory = std::malloc(sizeof(Block) + capacity);
  if (!memory) throw std::bad_alloc();
  return new (memory) Block{1, static_cast<std::uint32_t>(capacity), nullptr};
}

void Block::recycle() {
  const auto list = std::ranges::find(free_lists, capacity, &FreeList::capacity);
  if (!kPoolsMemory || list == free_lists.end() || list->size >= list->most) return std::free(this);
  next = list->head;
  list->head = this;
  ++list->size;
}

Slice Slice::copy(std::string_view text) {
  Block* block = Block::make(text.size());
  put(block->data(), text);
  return adopt(block, block->data(), text.size());
}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  if (this != &other) {
    clear();
    take_all(other);
  }
  return *this;
}

Buffer::~Buffer() {
  adopt_tail(nullptr, 0);
  if (reserved_) reserved_->release();
  if (items_ != inline_) delete[] items_;
}

void Buffer::take_all(Buffer& other) {
  if (items_ == inline_ && other.items_ != other.inline_) {
    items_ = std::exchange(other.items_, other.inline_);
    capacity_ = std::exchange(other.capacity_, static_cast<std::uint32_t>(kInline));
    first_ = std::exchange(other.first_, 0);
    count_ = std::exchange(other.count_, 0);
  } else {
    for (std::uint32_t i = 0; i < other.count_; ++i) push(std::move(other.items_[other.first_ + i]));
    other.first_ = other.count_ = 0;
  }
  size_ = std::exchange(other.size_, 0);
  adopt_tail(std::exchange(other.tail_, nullptr), other.tail_used_);
}

// Takes over the caller's use of the block.
void Buffer::adopt_tail(Block* block, std::uint32_t used) {
  if (tail_) tail_->release();
  tail_ = block;
  tail_used_ = used;
}

Slice& Buffer::push(Slice slice) {
  if (first_ + count_ == capacity_) {
    if (first_ > capacity_ / 2) {
      std::move(items_ + first_, items_ + first_ + count_, items_);
    } else {
      Slice* larger = new Slice[capacity_ * 2];
      std::move(items_ + first_, items_ + first_ + count_, larger);
      if (items_ != inline_) delete[] items_;
      items_ = larger;
      capacity_ *= 2;
    }
    first_ = 0;
  }
  Slice& place = items_[first_ + count_++];
  place = std::move(slice);
  return place;
}

void Buffer::append(Slice slice) {
  if (slice.size() == 0) return;
  size_ += slice.size();
  // Neighbours in one block are one slice: a head that was written in pieces, a body that was read in pieces.
  if (count_ > 0) {
    Slice& last = items_[first_ + count_ - 1];
    if (last.block() && last.block() == slice.block() && last.data() + last.size() == slice.data()) {
      last.grow(slice.size());
      return;
    }
  }
  push(std::move(slice));
}

void Buffer::append(Buffer&& other) {
  if (other.empty()) return;
  if (empty()) {
    take_all(other);
    return;
  }
  for (std::uint32_t i = 0; i < other.count_; ++i) push(std::move(other.items_[other.first_ + i]));
  size_ += std::exchange(other.size_, 0);
  other.first_ = other.count_ = 0;
  if (other.tail_room() >= tail_room()) adopt_tail(std::exchange(other.tail_, nullptr), other.tail_used_);
  other.adopt_tail(nullptr, 0);
}

char* Buffer::reserve(std::size_t n) {
  assert(!reserved_);
  if (tail_ && tail_room() >= n) return tail_->data() + tail_used_;
  reserved_ = Block::make(std::max(n, Block::kSmall));  // more may follow behind it
  return reserved_->data();
}

void Buffer::commit(std::size_t n) {
  if (n == 0) {
    if (reserved_) std::exchange(reserved_, nullptr)->release();
    return;
  }
  if (reserved_) adopt_tail(std::exchange(reserved_, nullptr), 0);
  append(Slice::share(tail_, tail_->data() + tail_used_, n));
  tail_used_ += static_cast<std::uint32_t>(n);
}

void Buffer::append(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t room = tail_room();
    const std::size_t n = room ? std::min(room, bytes.size()) : std::min(bytes.size(), Block::kLarge);
    std::memcpy(reserve(n), bytes.data(), n);
    commit(n);
    bytes.remove_prefix(n);
  }
}

void Buffer::consume(std::size_t n) {
  assert(n <= size_);
  size_ -= n;
  while (n > 0) {
    Slice& front = items_[first_];
    if (n < front.size()) {
      front.drop_front(n);
      return;
    }
    n -= front.size();
    front = Slice();
    ++first_;
    --count_;
  }
  if (count_ == 0) {
    first_ = 0;
    adopt_tail(nullptr, 0);
  }
}

Buffer Buffer::take(std::size_t n) {
  assert(n <= size_);
  Buffer front;
  if (n == size_) {
    front.take_all(*this);
    return front;
  }
  while (n > 0) {
    Slice& slice = items_[first_];
    const std::size_t part = std::min(n, slice.size());
    front.append(slice.part(0, part));
    consume(part);
    n -= part;
  }
  return front;
}

std::string Buffer::to_string() const {
  std::string text;
  text.reserve(size_);
  for (const Slice& slice : slices()) text += slice.view();
  return text;
}

std::span<char> ReadSpace::room() {
  if (block_ && block_->users == 1) used_ = 0;
  if (!block_ || block_->capacity - used_ < kRoom) {
    if (block_) block_->release();
    block_ = Block::make(Block::kLarge);
    used_ = 0;
  }
  return {block_->data() + used_, block_->capacity - used_};
}

Slice ReadSpace::taken(std::size_t n) {
  Slice slice = Slice::share(block_, block_->data() + used_, n);
  used_ += n;
  return slice;
}

}  // namespace gladhand
