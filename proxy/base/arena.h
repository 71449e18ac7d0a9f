// Memory for the texts that one exchange makes: freed all at once, in one piece most of the time.
//
// copy() and join() return views that stay valid until clear() or the arena's end.
#pragma once

#include <initializer_list>
#include <string_view>

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
    full_.clear();
    if (block_) block_->release();
    block_ = nullptr;
    used_ = 0;
  }

 private:
  void grow(std::size_t n) {
    if (block_) full_.append(Slice::adopt(block_, block_->data(), block_->capacity));
    block_ = Block::make(n);
    used_ = 0;
  }

  Block* block_ = nullptr;
  std::size_t used_ = 0;
  Buffer full_;
};

}  // namespace gladhand
