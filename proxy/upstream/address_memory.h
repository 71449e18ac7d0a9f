// Which addresses of an endpoint have disappointed lately, and the order in which they are dialled for it (RFC 8305 section 4).
#pragma once

#include <vector>

#include "base/clock.h"
#include "io/resolver.h"

namespace gladhand::upstream {

class AddressMemory {
 public:
  // As long as RFC 6555 section 4.2 would remember which family was better.
  static constexpr Nanos kDoubt = std::chrono::minutes(10);
  static constexpr std::size_t kMostDoubts = 64;

  // `was_good`: it was connected to, and what followed went well. Else it failed, or was overtaken in spite of its head start.
  void learn(const io::Address& address, bool was_good, Nanos now);
  // `known`, as the resolver ordered them (RFC 6724) and each once: those in doubt last, and the families taking turns. The
  // first turn is the first address's, unless its family is in doubt and the other is not.
  io::Addresses sorted(const io::Addresses& known, Nanos now) const;

 private:
  struct Doubt {
    io::Address address;
    Nanos until;
  };

  bool is_doubted(const io::Address& address, Nanos now) const;
  int first_family(const io::Addresses& known, Nanos now) const;

  std::vector<Doubt> doubts_;  // the oldest first
};

}  // namespace gladhand::upstream
