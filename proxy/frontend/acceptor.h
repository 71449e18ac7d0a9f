// One listener of one worker: makes connections of accepted sockets and owns them, whatever configurations come and go.
#pragma once

#include <memory>
#include <optional>

#include "frontend/connection.h"
#include "net/listener.h"

namespace gladhand::frontend {

class Acceptor final : private net::ListenerEvents, private ConnectionEvents {
 public:
  // Listens to nothing yet. `services` stay until adopt() brings others.
  Acceptor(const ListenerServices& services, std::uint64_t& connection_ids) : services_(&services), connection_ids_(connection_ids) {}
  ~Acceptor() override;

  // Another configuration of the same listener: for who comes, and for what those ask next who are here.
  void adopt(const ListenerServices& services);
  const ListenerServices& services() const { return *services_; }

  // Takes over a socket of io::open_listening_socket(), in place of the one that it had.
  void listen(int fd);
  // The socket; -1: none.
  int fd() const { return listener_ ? listener_->fd() : -1; }
  // Gives the socket up without closing it.
  void release();

  // Takes no more clients. Those that are here may go on.
  void stop_accepting() {
    if (listener_) listener_->accept_all();
    listener_.reset();
  }
  // Closes the socket, which another process has as well: whoever waits in it is that one's client.
  void hand_over() { listener_.reset(); }
  // Every connection ends with the exchange it is on.
  void drain();
  void cut();
  std::size_t size() const { return size_; }

 private:
  void on_client(int fd, const io::Address& peer, const timeline::ConnectionRecord& begun) override;
  void on_closed(Connection& connection) override;

  const ListenerServices* services_;
  std::uint64_t& connection_ids_;
  bool is_draining_ = false;
  std::size_t size_ = 0;
  List<Connection> connections_;
  std::optional<net::Listener> listener_;
};

}  // namespace gladhand::frontend
