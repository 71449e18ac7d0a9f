// What describe() can ask of a value. Each kind of value has its own constraint, so that a count cannot be mistaken for
// bytes or a duration. A visitor takes them by type.
#pragma once

#include <cstdint>

#include "config/config.h"

namespace gladhand::config {

// Of an integer; both ends included.
struct Count {
  std::uint64_t min = 0;
  std::uint64_t max = UINT32_MAX;
};

// Of a size: an integer, or a string with a unit.
struct Bytes {
  std::uint64_t min = 0;
  std::uint64_t max = UINT32_MAX;
};

// Of a duration: a string with a unit.
struct Span {
  Millis min{0};
  Millis max{0};
};

// Of a string or a list of strings, none of which may be empty then.
struct Filled {
  bool required = false;   // the key must be given
  bool is_path = false;    // of a file; relative to the folder of the configuration file
  bool is_secret = false;  // never shown again, whoever asks for the configuration
};

inline constexpr Filled non_empty{};  // if it is given
inline constexpr Filled file_path{.is_path = true};
inline constexpr Filled required{.required = true};
inline constexpr Filled secret{.is_secret = true};
inline constexpr Filled required_path{.required = true, .is_path = true};

}  // namespace gladhand::config
