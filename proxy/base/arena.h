// Memory for the texts that one exchange makes: freed all at once, in one piece most of the time.
//
// copy() and join() return views that stay valid until clear() or the arena's end.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/buffer.h"
#include "base/text.h"

namespace gladhand {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;
  ~Arena() { clear(); }

  char* allocate(std::size_t n) {
    if (!block_ || block_->capacity - used_ < n) grow(n);
    char* place = block_->data() + used_;
    used_ += n;
    return place;
  }
  std::string_view copy(std::string_view text) { return join({text}); }
  std::string_view join(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (std::string_view part : parts) size += part.size();
    char* place = allocate(size);
    char* to = place;
    for (std::string_view part : parts) to = put(to, part);
    return {place, size};
  }
  void clear() {
    while (block_) std::exchange(block_, block_->next)->release();
  }

 private:
  void grow(std::size_t n) {
    Block* const block = Block::make(n);
    block->next = std::exchange(block_, block);
    used_ = 0;
  }

  Block* block_ = nullptr;  // the one that is being filled; behind it the full ones
  std::size_t used_ = 0;
};

}  // namespace gladhand
