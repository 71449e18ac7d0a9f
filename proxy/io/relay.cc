#include "io/relay.h"

#include <sys/socket.h>

#include <cassert>
#include <cerrno>
#include <utility>

namespace gladhand::io {

Relay::Relay(Loop& loop, Tcp& from, Tcp& to, MoverEvents& events)
    : room_(loop.read_space()), from_fd_(from.fd()), to_fd_(to.fd()), from_(from), to_(to), events_(events), telling_(loop.deadlines(), *this) {
  from_.watch_raw(this);
  to_.watch_drained(this);
}

Relay::~Relay() {
  from_.watch_raw(nullptr);
  to_.watch_drained(nullptr);
  if (is_held_up_ && !has_ended_) from_.start_reading();
}

void Relay::on_readable() {
  std::size_t moved = 0;
  while (moved < kMost) {
    const std::span<char> room = room_.room();
    const ssize_t n = recv(from_fd_, room.data(), room.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (n <= 0) {
      if (moved > 0) break;  // told again, by the next event
      const int error = n == 0 ? 0 : errno;
      Tcp& from = from_;
      has_ended_ = true;
      from.stop_reading();
      settle();
      return from.end_raw(error);
    }
    const auto bytes = static_cast<std::size_t>(n);
    moved += bytes;
    if (!pass_on(room.first(bytes))) break;
    // Less than there was room for: probably all there was. The watcher tells if not.
    if (bytes < room.size()) break;
  }
  if (moved > 0) note(moved);
}

void Relay::note(std::size_t moved) {
  untold_ += moved;
  if (is_held_up_) return settle();
  if (std::exchange(is_telling_due_, true)) return;
  telling_.arm(kTold);
}

void Relay::settle() {
  is_telling_due_ = false;
  telling_.disarm();
  if (untold_ > 0) events_.on_moved(std::exchange(untold_, 0));
}

// False: the receiver is full, and on_drained will follow.
bool Relay::pass_on(std::span<const char> bytes) {
  assert(to_.backlog() == 0 && "nobody else writes to it");
  const ssize_t n = send(to_fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  const std::size_t sent = n > 0 ? static_cast<std::size_t>(n) : 0;
  if (sent == bytes.size()) return true;
  Buffer rest;
  rest.append(std::string_view(bytes.data() + sent, bytes.size() - sent));
  to_.write(rest);  // which also tells its listener of an error, if that was why
  is_held_up_ = true;
  from_.stop_reading();
  to_.tell_when_drained();
  return false;
}

void Relay::on_drained() {
  if (std::exchange(is_held_up_, false) && !has_ended_) from_.start_reading();
  events_.on_moved(0);
}

}  // namespace gladhand::io
