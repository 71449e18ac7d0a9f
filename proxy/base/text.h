// Characters on their way into memory that is known to have room.
#pragma once

#include <cstring>
#include <string_view>

namespace gladhand {

// Returns where the next ones go. (std::ranges::copy of GCC 12 moves characters one by one.)
inline char* put(char* to, std::string_view text) {
  if (text.empty()) return to;  // its data may be null
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

}  // namespace gladhand
