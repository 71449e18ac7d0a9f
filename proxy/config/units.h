// Durations and sizes as people write them.
//
// One whole number and one unit, without a blank between: "250ms", "30s", "1m", "1h"; "512B", "8KB", "32KiB", "1MB",
// "1MiB", "1GB", "1GiB". Units are spelled exactly so: KB is 1000 bytes, KiB 1024. A size without a unit counts bytes.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "config/config.h"
#include "config/diagnostic.h"

namespace gladhand::config {

// The fault's rule is bad_duration, and names a number too large for Millis too.
std::expected<Millis, Fault> parse_duration(std::string_view text);

// The fault's rule is bad_size.
std::expected<std::uint64_t, Fault> parse_size(std::string_view text);

// In the largest unit that leaves a whole number; what parse_duration() and parse_size() read back.
std::string duration_text(Millis duration);
std::string size_text(std::uint64_t bytes);

}  // namespace gladhand::config
