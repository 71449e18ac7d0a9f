#include "io/splice.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

namespace gladhand::io {
namespace {

constexpr int kPipeBytes = 512 * 1024;  // asked for; an unprivileged process with many pipes may get less
constexpr std::size_t kKept = 64;

struct Stock {
  std::vector<std::pair<int, int>> pipes;
  ~Stock() {
    for (auto [read_fd, write_fd] : pipes) {
      close(read_fd);
      close(write_fd);
    }
  }
};
thread_local Stock stock;

}  // namespace

Pipe::Pipe() {
  if (!stock.pipes.empty()) {
    std::tie(read_fd_, write_fd_) = stock.pipes.back();
    stock.pipes.pop_back();
    return;
  }
  int fds[2];
  if (pipe2(fds, O_NONBLOCK | O_CLOEXEC) != 0) return;
  fcntl(fds[1], F_SETPIPE_SZ, kPipeBytes);
  read_fd_ = fds[0];
  write_fd_ = fds[1];
}

Pipe::~Pipe() {
  if (!is_open()) return;
  if (content_ == 0 && stock.pipes.size() < kKept) {
    stock.pipes.emplace_back(read_fd_, write_fd_);
    return;
  }
  close(read_fd_);
  close(write_fd_);
}

Splice::Splice(Tcp& from, Tcp& to, std::uint64_t bytes, MoverEvents& events) : from_(from), to_(to), events_(events), left_(bytes) {
  if (!is_ready()) return;
  from_.watch_raw(this);
  to_.watch_drained(this);
}

Splice::~Splice() {
  if (!is_ready()) return;
  from_.watch_raw(nullptr);
  from_.start_reading();
  to_.watch_drained(nullptr);
}

void Splice::on_readable() {
  std::size_t moved = 0;
  while (left_ > 0 && moved < kMost) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, kPipeBytes));
    const ssize_t n = splice(from_.fd(), nullptr, pipe_.write_fd(), nullptr, wanted, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (n < 0 && errno == EAGAIN) break;
    if (n <= 0) {
      if (moved > 0) break;  // told again, by the next event
      return from_.end_raw(n == 0 ? 0 : errno);
    }
    left_ -= static_cast<std::uint64_t>(n);
    moved += static_cast<std::size_t>(n);
    pipe_.note_content(pipe_.content() + static_cast<std::size_t>(n));
    if (!empty_pipe()) {
      from_.stop_reading();
      break;
    }
    // Less than was asked for: probably all there was. The watcher tells if not.
    if (static_cast<std::size_t>(n) < wanted) break;
  }
  if (moved > 0) events_.on_moved(moved);
}

void Splice::on_drained() {
  if (pipe_.content() > 0 && !empty_pipe()) return;
  if (left_ > 0) from_.start_reading();
  if (is_done()) events_.on_moved(0);
}

// False: the receiver is full, and on_drained will follow.
bool Splice::empty_pipe() {
  while (pipe_.content() > 0) {
    const ssize_t n = splice(pipe_.read_fd(), nullptr, to_.fd(), nullptr, pipe_.content(), SPLICE_F_MOVE | SPLICE_F_NONBLOCK | (left_ > 0 ? SPLICE_F_MORE : 0));
    if (n <= 0) {
      wait_for_room();
      return false;
    }
    pipe_.note_content(pipe_.content() - static_cast<std::size_t>(n));
  }
  return true;
}

void Splice::wait_for_room() {
  Buffer piece;
  const std::size_t size = std::min(kPiece, pipe_.content());
  const ssize_t n = read(pipe_.read_fd(), piece.reserve(size), size);
  piece.commit(n > 0 ? static_cast<std::size_t>(n) : 0);
  pipe_.note_content(pipe_.content() - piece.size());
  to_.write(piece);
  to_.tell_when_drained();
}

}  // namespace gladhand::io
