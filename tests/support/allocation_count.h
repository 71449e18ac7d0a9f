// Counts what this program asks of malloc, operator new included.
//
// Defines malloc and its kin, in front of the C library's: to be included by exactly one file of a program, and not under
// sanitizers, which have a malloc of their own.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

namespace gladhand::test {

// Of this thread.
inline thread_local std::uint64_t allocations = 0;

}  // namespace gladhand::test

extern "C" {

void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* memory, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

__attribute__((visibility("default"))) void* malloc(std::size_t size) noexcept {
  ++gladhand::test::allocations;
  return __libc_malloc(size);
}
__attribute__((visibility("default"))) void* calloc(std::size_t count, std::size_t size) noexcept {
  ++gladhand::test::allocations;
  return __libc_calloc(count, size);
}
__attribute__((visibility("default"))) void* realloc(void* memory, std::size_t size) noexcept {
  ++gladhand::test::allocations;
  return __libc_realloc(memory, size);
}
__attribute__((visibility("default"))) void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  ++gladhand::test::allocations;
  return __libc_memalign(alignment, size);
}
__attribute__((visibility("default"))) int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  ++gladhand::test::allocations;
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}

}  // extern "C"
