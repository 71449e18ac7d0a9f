#include "tls/memory.h"

#include <openssl/crypto.h>

#include "base/size_classes.h"

namespace gladhand::tls {

void install_memory() {
  if (!size_classes::kIsOffered) return;
  CRYPTO_set_mem_functions([](std::size_t size, const char*, int) { return size_classes::allocate(size); },
                           [](void* memory, std::size_t size, const char*, int) { return size_classes::reallocate(memory, size); },
                           [](void* memory, const char*, int) { size_classes::release(memory); });
}

}  // namespace gladhand::tls
