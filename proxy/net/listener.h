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
  // `index` is the listener's place in the configuration; `fd` a socket of io::open_listening_socket(), which keeps SYNs if
  // `has_syns`.
  Listener(io::Loop& loop, ListenerEvents& events, timeline::Recorder& recorder, std::uint16_t index, int fd, bool has_syns);

  io::Address address() const { return acceptor_.address(); }
  void accept_all() { acceptor_.accept_all(); }

 private:
  void on_accepted(int fd, const io::Address& peer) override;
  void on_exhausted() override;

  io::Loop& loop_;
  ListenerEvents& events_;
  timeline::Recorder& recorder_;
  std::uint16_t index_;
  bool has_syns_;
  io::Acceptor acceptor_;
};

}  // namespace gladhand::net
