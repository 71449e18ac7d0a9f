// One listener of one worker: makes connections of accepted sockets and owns them.
#pragma once

#include <memory>
#include <optional>

#include "frontend/connection.h"
#include "net/listener.h"

namespace gladhand::frontend {

class Acceptor final : private net::ListenerEvents, private ConnectionEvents {
 public:
  // `fd`: a socket of io::open_listening_socket().
  Acceptor(ListenerServices services, std::uint16_t index, std::uint64_t& connection_ids, int fd);
  ~Acceptor() override;

  // Takes no more clients. Those that are here may go on.
  void stop_accepting() {
    if (listener_) listener_->accept_all();
    listener_.reset();
  }
  // Every connection ends with the exchange it is on.
  void drain();
  void cut();
  std::size_t size() const { return size_; }

 private:
  void on_client(int fd, const io::Address& peer, const timeline::ConnectionRecord& begun) override;
  void on_closed(Connection& connection) override;

  const ListenerServices services_;
  std::uint64_t& connection_ids_;
  bool is_draining_ = false;
  std::size_t size_ = 0;
  List<Connection> connections_;
  std::optional<net::Listener> listener_;
};

}  // namespace gladhand::frontend
