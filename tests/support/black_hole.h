// An address that nobody answers at: a listening socket whose accept queue is full, so that the kernel drops further SYNs.
#pragma once

#include <vector>

#include "support/sockets.h"

namespace gladhand::test {

class BlackHole {
 public:
  explicit BlackHole(std::string_view host = "127.0.0.1") : socket_(Socket::listening(host)) {
    ::listen(socket_.fd(), 0);
    waiting_ = Socket::connected_to(socket_.address());
    socket_.make_non_blocking();
  }
  io::Address address() const { return socket_.address(); }
  // From now on there is room for one: the next SYN, which may be one that is sent again, is answered.
  void open() { socket_.accept(); }

 private:
  Socket socket_;
  Socket waiting_;
};

// One that answers every SYN with a RST: its port is taken by somebody who does not listen.
class Refusal {
 public:
  explicit Refusal(std::string_view host = "127.0.0.1") {
    const io::Address any = *io::Address::numeric(host, 0);
    socket_ = Socket(::socket(any.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(socket_.fd(), any.raw(), any.size()) != 0) socket_.close();
  }
  io::Address address() const { return socket_.address(); }

 private:
  Socket socket_;
};

}  // namespace gladhand::test
