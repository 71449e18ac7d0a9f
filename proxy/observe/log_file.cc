#include "observe/log_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gladhand::observe {
namespace {

// How often is_hurried is looked at while waiting for a reader.
constexpr std::chrono::duration<int, std::milli> kLook{20};

Expected<int> open_for_append(const std::string& path) {
  // O_NONBLOCK means nothing to a file; a FIFO without a reader is refused instead of waited for.
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
  if (fd < 0) return failure(Code::local_error, strerrordesc_np(errno));
  return fd;
}

}  // namespace

LogFile::LogFile(std::string path, int fd, std::chrono::milliseconds patience)
    : path_(std::move(path)), fd_(fd), patience_left_(patience) {
  look_at_kind();
}

LogFile::LogFile(LogFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      new_fd_(other.new_fd_.exchange(-1)),
      is_regular_(other.is_regular_),
      is_torn_(other.is_torn_),
      patience_left_(other.patience_left_) {}

LogFile::~LogFile() {
  if (const int fd = new_fd_.exchange(-1); fd >= 0) close(fd);
  if (fd_ >= 0 && !path_.empty()) close(fd_);
}

Expected<LogFile> LogFile::open(const std::string& name, std::chrono::milliseconds patience) {
  if (name == "stdout") return LogFile({}, STDOUT_FILENO, patience);
  const auto fd = open_for_append(name);
  if (!fd) return std::unexpected(fd.error());
  return LogFile(name, *fd, patience);
}

Expected<void> LogFile::reopen() {
  if (path_.empty()) return {};
  const auto fd = open_for_append(path_);
  if (!fd) return std::unexpected(fd.error());
  // One that was opened before and not yet taken was never written to.
  if (const int unused = new_fd_.exchange(*fd); unused >= 0) close(unused);
  return {};
}

void LogFile::take_new_file() {
  const int fd = new_fd_.exchange(-1);
  if (fd < 0) return;
  close(fd_);
  fd_ = fd;
  is_torn_ = false;
  look_at_kind();
}

void LogFile::look_at_kind() {
  struct stat status;
  is_regular_ = fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
}

std::size_t LogFile::write(std::string_view first, std::string_view second, const std::atomic<bool>& is_hurried) {
  take_new_file();
  if (is_torn_ && write_some("\n", is_hurried) == 1) is_torn_ = false;
  if (is_torn_) return 0;
  std::size_t written = write_some(first, is_hurried);
  if (written == first.size()) written += write_some(second, is_hurried);
  if (written > 0)
    is_torn_ = (written > first.size() ? second[written - first.size() - 1] : first[written - 1]) != '\n';
  return written;
}

std::size_t LogFile::write_some(std::string_view bytes, const std::atomic<bool>& is_hurried) {
  std::size_t written = 0;
  while (written < bytes.size()) {
    std::size_t piece = bytes.size() - written;
    if (!is_regular_) {
      // Standard output may be shared with others, so it must not be made non-blocking. But a pipe that polls writable
      // takes PIPE_BUF bytes without blocking, so that a reader that stopped can be waited for, and given up.
      if (!wait_for_reader(is_hurried)) break;
      piece = std::min<std::size_t>(piece, PIPE_BUF);
    }
    const ssize_t n = ::write(fd_, bytes.data() + written, piece);
    if (n > 0) {
      written += static_cast<std::size_t>(n);
    } else if (n < 0 && errno != EINTR && errno != EAGAIN) {
      break;
    }
  }
  return written;
}

bool LogFile::wait_for_reader(const std::atomic<bool>& is_hurried) {
  while (true) {
    pollfd ask{fd_, POLLOUT, 0};
    const int ready = poll(&ask, 1, kLook.count());
    if (ready > 0) return true;  // or broken, as write() will tell
    if (ready < 0 && errno != EINTR) return false;
    if (ready < 0 || !is_hurried.load(std::memory_order_relaxed)) continue;
    if (patience_left_ <= patience_left_.zero()) return false;
    patience_left_ -= kLook;
  }
}

}  // namespace gladhand::observe
