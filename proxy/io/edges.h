// Sockets that tell of what is new, and only of that: where messages are small, a look at each socket after each of them, as
// libuv's own watching wants it, costs more than copying the message.
//
// One epoll(7) set of the loop's own, edge-triggered, which libuv watches as it watches a socket. Whoever is told reads until
// nothing is left; what was left is not told again. libuv's own registrations cannot be had edge-triggered: it keeps to itself
// that a FIN has come with the bytes, of which nothing would tell again.
#pragma once

#include <sys/epoll.h>
#include <uv.h>

#include <array>
#include <span>

#include "io/handle.h"

namespace gladhand::io {

class EdgeEvents {
 public:
  virtual ~EdgeEvents() = default;
  // More has come. `is_ending`: a FIN, a RST or an error, perhaps behind bytes; this, too, is said once.
  virtual void on_edge(bool is_ending) = 0;
};

class Edges {
 public:
  explicit Edges(uv_loop_t& uv) : uv_(uv) {}
  ~Edges();
  Edges(const Edges&) = delete;
  Edges& operator=(const Edges&) = delete;

  // What has come already is told of as well. An errno on failure; else 0, and remove() is owed before the socket is closed.
  int add(int fd, EdgeEvents& events);
  // To be told once more, although something was left.
  void tell_again(int fd, EdgeEvents& events);
  // Nothing is told any more, not even of what this turn has brought.
  void remove(int fd, EdgeEvents& events);

 private:
  // Of one look, and of one turn: others want to be served too.
  static constexpr std::size_t kBatch = 64;
  static constexpr int kLooks = 16;

  int open();
  void look();

  uv_loop_t& uv_;
  int epoll_ = -1;
  Handle<Box<uv_poll_t, Edges>> watch_;
  std::array<epoll_event, kBatch> batch_;
  std::span<epoll_event> rest_;  // of the batch: not told yet
};

}  // namespace gladhand::io
