// Sockets that tell of what is new, and only of that: where messages are small, a look at each socket after each of them, as
// libuv's own watching wants it, costs more than copying the message.
//
// One epoll(7) set of the loop's own, edge-triggered, which libuv watches as it watches a socket. Whoever is told reads until
// nothing is left; what was left is not told again. libuv's own registrations cannot be had edge-triggered: it keeps to itself
// that a FIN has come with the bytes, of which nothing would tell again.
//
// Where edges are most of what comes, the set leads: the loop waits for it, and it watches libuv, which has its turn when there
// is something for it. What has come is then had by one system call, and not by one of libuv's, one of ours, and one in vain.
#pragma once

#include <sys/epoll.h>
#include <uv.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

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

  // For the loop, which has ended a turn of libuv's. True: edges are most of what comes, and want to lead.
  bool note_turn() {
    if (epoll_ < 0 || is_leading_) return false;
    vote(std::exchange(has_told_, false));
    return score_ == kCertain;
  }
  // For the loop: wait() is what it waits in, until edges do not want to lead any more, or at once, where they cannot.
  void lead();
  void follow();
  bool is_leading() const { return is_leading_; }
  // For what comes, for libuv's timeout at the most (-1: for ever), and tells of it. True: libuv is to have its turn.
  bool wait(int timeout_ms);

 private:
  static constexpr std::size_t kBatch = 64;  // of one turn: others want to be served too
  static constexpr int kCertain = 64;        // turns that edges have more of, or less, than others: changing costs four system calls

  int open();
  void watch();
  void vote(bool is_for_edges) { score_ = std::clamp(score_ + (is_for_edges ? 1 : -1), -kCertain, kCertain); }

  uv_loop_t& uv_;
  int epoll_ = -1;
  int score_ = 0;
  bool has_told_ = false;  // in this turn of libuv's
  bool is_leading_ = false;
  Handle<Box<uv_poll_t, Edges>> watch_;
  std::array<epoll_event, kBatch> batch_;
  std::span<epoll_event> rest_;  // of the batch: not told yet
};

}  // namespace gladhand::io
