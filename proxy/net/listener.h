// Accepts clients and takes the first notes of their connections: when, and what the kernel says of the handshake.
#pragma once

#include "io/acceptor.h"
#include "timeline/recorder.h"

namespace gladhand::net {

class ListenerEvents {
 public:
  virtual ~ListenerEvents() = default;
  // `begun` has its side, owner, TCP facts and the marks `started` and `connected`. `fd` is now the receiver's to close.
  virtual void on_client(int fd, const io::Address& peer, const timeline::ConnectionRecord& begun) = 0;
};

class Listener final : private io::AcceptorEvents {
 public:
  // `id` stands for the listener in records; `fd` is a socket of io::open_listening_socket(), which keeps SYNs if `has_syns`.
  Listener(io::Loop& loop, ListenerEvents& events, timeline::Recorder& recorder, std::uint16_t id, int fd, bool has_syns);
  // For those that are accepted from now on.
  void adopt(std::uint16_t id, bool has_syns) {
    id_ = id;
    has_syns_ = has_syns;
  }

  io::Address address() const { return acceptor_.address(); }
  void accept_all() { acceptor_.accept_all(); }
  int fd() const { return acceptor_.fd(); }
  // As io::Acceptor's.
  int release() { return acceptor_.release(); }

 private:
  void on_accepted(int fd, const io::Address& peer) override;
  void on_exhausted() override;

  io::Loop& loop_;
  ListenerEvents& events_;
  timeline::Recorder& recorder_;
  std::uint16_t id_;
  bool has_syns_;
  io::Acceptor acceptor_;
};

}  // namespace gladhand::net
