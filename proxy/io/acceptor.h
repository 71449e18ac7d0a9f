// A listening socket of one worker.
//
// Every worker has one of its own, bound with SO_REUSEPORT, so the kernel deals connections out and no lock is shared; but one
// that a service manager has bound may be shared by several, all of which are woken then. As many
// connections as wait are taken in one go, up to kAcceptBatch: the kernel is asked how many there are, because asking for
// one too many costs more than the question. As long as the answer is one, the question is put to it now and then only.
#pragma once

#include <uv.h>

#include "base/error.h"
#include "io/address.h"
#include "io/deadline.h"
#include "io/handle.h"
#include "io/loop.h"

namespace gladhand::io {

inline constexpr int kAcceptBatch = 64;

class AcceptorEvents {
 public:
  virtual ~AcceptorEvents() = default;
  // `fd` is non-blocking, with TCP_NODELAY inherited, and now the listener's to close.
  virtual void on_accepted(int fd, const Address& peer) = 0;
  // The process has no file descriptors left for clients. Accepting goes on by itself in a moment.
  virtual void on_exhausted() = 0;
};

// A bound, listening socket that is not yet on any loop. Errors: the errno of socket, bind or listen.
std::expected<int, int> open_listening_socket(const Address& address, int backlog);
// One that somebody else has bound, made like those. It may be shared with other workers: who finds nobody waiting goes on.
std::expected<void, int> adopt_listening_socket(int fd, int backlog);

class Acceptor final : private DeadlineEvents {
 public:
  // Takes over a socket of open_listening_socket().
  Acceptor(Loop& loop, AcceptorEvents& events, int fd);
  ~Acceptor() override;

  Address address() const;
  int fd() const { return fd_; }
  // Gives the socket back: whoever waits in it is accepted by its next owner. To be destroyed now.
  int release();
  // Takes everybody who waits: before closing, so that nobody who was let into the queue is turned away.
  void accept_all();

 private:
  void on_deadline(Deadline& deadline) override;
  void start();
  void on_ready();
  int waiting();
  bool accept_one();
  void pause();
  bool is_in_reserve() const;

  Loop& loop_;
  AcceptorEvents& events_;
  int fd_;
  int unasked_ = 0;         // visits before the kernel is asked again
  int reserve_begins_;      // descriptors from this number on are not for clients
  bool is_scarce_ = false;  // the last client got one of those
  Deadline resume_;
  Handle<Box<uv_poll_t, Acceptor>> poll_;
};

}  // namespace gladhand::io
