#include "io/relay.h"

#include <sys/socket.h>

#include <cassert>
#include <cerrno>
#include <utility>

namespace gladhand::io {

Relay::Relay(Loop& loop, Tcp& from, Tcp& to, MoverEvents& events)
    : room_(loop.read_space()), from_fd_(from.fd()), to_fd_(to.fd()), loop_(loop), from_(from), to_(to), events_(events), telling_(loop.deadlines(), *this) {
  is_ready_ = from_.watch_edges(this);
  if (is_ready_) to_.watch_drained(this);
}

Relay::~Relay() {
  if (!is_ready_) return;
  from_.watch_edges(nullptr);
  to_.watch_drained(nullptr);
}

void Relay::on_edge(bool is_ending) {
  is_ending_ |= is_ending;
  if (!is_held_up_ && !has_ended_) move();
}

void Relay::move() {
  for (std::size_t moved = 0; moved < kMost;) {
    const std::span<char> room = room_.room();
    const ssize_t n = recv(from_fd_, room.data(), room.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return end(n == 0 ? 0 : errno);
    const auto bytes = static_cast<std::size_t>(n);
    moved += bytes;
    const bool is_through = pass_on(room.first(bytes));
    note(bytes);
    // Less than there was room for was all there was (epoll(7)), but for an end that is told of once.
    if (!is_through || (bytes < room.size() && !is_ending_)) return;
  }
  loop_.edges().tell_again(from_fd_, *this);
}

void Relay::end(int error) {
  Tcp& from = from_;
  has_ended_ = true;
  from.stop_reading();
  loop_.begin_event();
  settle();
  from.end_raw(error);
}

void Relay::note(std::size_t bytes) {
  const bool is_first = untold_ == 0;
  untold_ += bytes;
  if (is_held_up_) return settle();
  if (is_first) telling_.arm(kTold);
}

void Relay::settle() {
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
  loop_.begin_event();
  to_.tell_when_drained();
  return false;
}

void Relay::on_drained() {
  is_held_up_ = false;
  events_.on_moved(0);
  if (!is_held_up_ && !has_ended_) move();
}

}  // namespace gladhand::io
