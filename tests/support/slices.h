// Bytes for tests, placed so that AddressSanitizer sees whoever reads too far or too late.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/buffer.h"

namespace gladhand::test {

// A slice that ends where its block ends: the byte behind it belongs to nobody.
inline Slice slice_at_the_edge(std::string_view bytes) {
  Block* block = Block::make(bytes.size());
  char* place = block->data() + block->capacity - bytes.size();
  std::ranges::copy(bytes, place);
  return Slice::adopt(block, place, bytes.size());
}

inline Buffer buffer_of(std::string_view bytes) {
  Buffer buffer;
  buffer.append(slice_at_the_edge(bytes));
  return buffer;
}

}  // namespace gladhand::test
