#include "io/relay.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace gladhand::io {

Relay::Relay(Tcp& from, Tcp& to, MoverEvents& events) : from_(from), to_(to), events_(events) {
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
    const std::span<char> room = from_.raw_room();
    const ssize_t n = recv(from_.fd(), room.data(), room.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (n <= 0) {
      if (moved > 0) break;  // told again, by the next event
      has_ended_ = true;
      from_.stop_reading();
      return from_.end_raw(n == 0 ? 0 : errno);
    }
    const auto bytes = static_cast<std::size_t>(n);
    moved += bytes;
    if (!pass_on(room.first(bytes))) break;
    // Less than there was room for: probably all there was. The watcher tells if not.
    if (bytes < room.size()) break;
  }
  if (moved > 0) events_.on_moved(moved);
}

// False: the receiver is full, and on_drained will follow.
bool Relay::pass_on(std::span<const char> bytes) {
  const ssize_t n = to_.backlog() == 0 ? send(to_.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) : 0;
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
