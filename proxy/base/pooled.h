// Classes of which a thread makes and drops thousands a second keep their memory: `class X : public Pooled<X>`.
//
// The memory comes from, and returns to, a bounded free list of the thread. Objects must die on the thread that made them.
// A class derived from X that is larger than X falls back to the heap.
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace gladhand {

// A free list would hide a use after free. GCC tells by a macro that it sanitizes, clang by a feature.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kPoolsMemory = false;
#elif defined(__has_feature)
constexpr bool kPoolsMemory = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool kPoolsMemory = true;
#endif

template <class T>
class Pooled {
 public:
  static void* operator new(std::size_t size) {
    FreeList& list = free_list;
    if (size != sizeof(T) || !list.head) return ::operator new(size);
    --list.size;
    Free* const free = std::exchange(list.head, list.head->next);
    __builtin_prefetch(list.head, 1);  // for the next one
    return free;
  }
  static void operator delete(void* memory, std::size_t size) {
    FreeList& list = free_list;
    if (!kPoolsMemory || size != sizeof(T) || list.size >= kKept) return ::operator delete(memory);
    list.head = new (memory) Free{list.head};
    ++list.size;
  }

 private:
  static constexpr std::size_t kKept = 512;

  struct Free {
    Free* next;
  };
  struct FreeList {
    Free* head = nullptr;
    std::size_t size = 0;
    ~FreeList() {
      while (head) ::operator delete(std::exchange(head, head->next));
    }
  };
  static inline thread_local FreeList free_list;
};

}  // namespace gladhand
