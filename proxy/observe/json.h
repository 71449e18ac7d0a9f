// JSON of any length while it is written.
//
// Texts are escaped as those of the access log are (log_line.h), cut at the same length; times are microseconds with three
// decimals, as everywhere in the API. What is opened is closed in reverse order by close(), and the rest by finish().
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "observe/log_line.h"

namespace gladhand::observe {

class Json {
 public:
  // A member of an object has a key; an element of a list, and the whole, has none.
  void open(std::string_view key = {}) { begin(key, '{', '}'); }
  void open_list(std::string_view key = {}) { begin(key, '[', ']'); }
  void close();

  void text(std::string_view key, std::string_view value);
  void number(std::string_view key, std::uint64_t value);
  void flag(std::string_view key, bool value);
  void time(std::string_view key, Nanos value);
  void timestamp(std::string_view key, std::chrono::sys_time<Nanos> value);
  // JSON as it is.
  void raw(std::string_view key, std::string_view json);

  // With a line feed at its end.
  std::string finish() &&;

 private:
  void begin(std::string_view key, char opening, char closing);
  void member(std::string_view key);

  std::string out_;
  std::string open_;         // what closes it, innermost last
  bool is_at_start_ = true;  // no comma comes next
  LogLine scratch_;
};

}  // namespace gladhand::observe
