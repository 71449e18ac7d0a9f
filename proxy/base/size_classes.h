// Memory for C libraries that make and drop many small pieces: from free lists of a few sizes, one set for each thread.
//
// As malloc, realloc and free. A piece may be released on another thread than made it; its memory then stays there.
#pragma once

#include <cstddef>

#include "base/pooled.h"

namespace gladhand::size_classes {

// Off under sanitizers, which need to see every allocation: do not hand these functions to a library then.
constexpr bool kIsOffered = kPoolsMemory;

void* allocate(std::size_t size);
void* reallocate(void* memory, std::size_t size);
void release(void* memory);

}  // namespace gladhand::size_classes
