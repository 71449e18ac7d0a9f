// Where the access log goes: standard output, or a file that can be reopened under its name after it was moved away.
//
// Used by the thread that writes, but for reopen(), which any other thread may call.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"

namespace gladhand::observe {

class LogFile {
 public:
  // "stdout" or a path. A file is made if it is missing, readable by its owner and group, and appended to.
  static Expected<LogFile> open(const std::string& name, std::chrono::milliseconds patience);
  LogFile(LogFile&& other) noexcept;
  ~LogFile();

  // From the next write on the file that now has the name is written to. On failure everything stays as it was.
  Expected<void> reopen();

  // Writes both, one after the other, as far as possible, and answers how many bytes that was. Together they are whole
  // lines. Waits for a reader that is slow; while `is_hurried` is true it waits no longer than `patience` in all. Where
  // a line was cut by an error, the next write begins on a line of its own.
  std::size_t write(std::string_view first, std::string_view second, const std::atomic<bool>& is_hurried);

 private:
  LogFile(std::string path, int fd, std::chrono::milliseconds patience);
  void take_new_file();
  void look_at_kind();
  std::size_t write_some(std::string_view bytes, const std::atomic<bool>& is_hurried);
  bool wait_for_reader(const std::atomic<bool>& is_hurried);

  std::string path_;  // empty: standard output
  int fd_;
  std::atomic<int> new_fd_{-1};
  bool is_regular_ = false;
  bool is_torn_ = false;
  std::chrono::milliseconds patience_left_;
};

}  // namespace gladhand::observe
