// The program's own words to its operator: one line each, on standard error, from any thread.
//
// Not for requests (the access log is for those) and never on the hot path.
#pragma once

#include <fmt/format.h>

#include <string_view>

namespace gladhand::log {

enum class Level { error, warning, info, debug };

// Lines above it are dropped. Set once, before there are other threads.
void limit(Level level);
void write(Level level, std::string_view message);

template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::error, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::info, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace gladhand::log
