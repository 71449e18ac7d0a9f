#include "base/size_classes.h"

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace gladhand::size_classes {
namespace {

// Before each piece. 16 bytes, so that what follows is aligned as malloc's own.
struct Header {
  std::uint64_t size;
  std::uint64_t size_class;  // kUnpooled: malloc's
};
constexpr std::size_t kSmallestClass = 5;  // 2^5 bytes, header included
constexpr std::size_t kLargestClass = 16;  // 2^16
constexpr std::uint64_t kUnpooled = 0;

struct Free {
  Free* next;
};
// No destructor: libraries free memory until the very end of a thread.
thread_local Free* free_lists[kLargestClass + 1];

Header* header_of(void* memory) { return static_cast<Header*>(memory) - 1; }

}  // namespace

void* allocate(std::size_t size) {
  const std::size_t whole = size + sizeof(Header);
  std::size_t size_class = static_cast<std::size_t>(std::bit_width(whole - 1));
  if (size_class < kSmallestClass) size_class = kSmallestClass;
  Header* header;
  if (size_class > kLargestClass) {
    size_class = kUnpooled;
    header = static_cast<Header*>(std::malloc(whole));
  } else if (Free* piece = free_lists[size_class]) {
    free_lists[size_class] = piece->next;
    __builtin_prefetch(piece->next, 1);  // who allocates one piece soon allocates another
    header = header_of(piece);
  } else {
    header = static_cast<Header*>(std::malloc(std::size_t{1} << size_class));
  }
  if (!header) return nullptr;
  *header = {size, size_class};
  return header + 1;
}

void release(void* memory) {
  if (!memory) return;
  Header* header = header_of(memory);
  if (header->size_class == kUnpooled) return std::free(header);
  Free* piece = static_cast<Free*>(memory);
  piece->next = free_lists[header->size_class];
  free_lists[header->size_class] = piece;
}

void* reallocate(void* memory, std::size_t size) {
  if (!memory) return allocate(size);
  Header* header = header_of(memory);
  if (header->size_class != kUnpooled && size + sizeof(Header) <= std::size_t{1} << header->size_class) {
    header->size = size;
    return memory;
  }
  void* larger = allocate(size);
  if (!larger) return nullptr;
  std::memcpy(larger, memory, header->size < size ? header->size : size);
  release(memory);
  return larger;
}

}  // namespace gladhand::size_classes
