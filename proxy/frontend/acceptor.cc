#include "frontend/acceptor.h"

namespace gladhand::frontend {

Acceptor::~Acceptor() {
  while (!connections_.empty()) delete &connections_.front();
}

void Acceptor::adopt(const ListenerServices& services) {
  services_ = &services;
  if (listener_) listener_->adopt(services.id, services.listener.saved_syn);
  connections_.for_each([&](Connection& connection) { connection.adopt(services); });
}

void Acceptor::listen(int fd) {
  stop_accepting();
  net::ListenerEvents& self = *this;
  listener_.emplace(services_->loop, self, services_->recorder, services_->id, fd, services_->listener.saved_syn);
}

void Acceptor::release() {
  if (listener_) listener_->release();
  listener_.reset();
}

void Acceptor::on_client(int fd, const io::Address& peer, const timeline::ConnectionRecord& begun) {
  timeline::ConnectionRecord record = begun;
  record.id = ++connection_ids_;
  ConnectionEvents& self = *this;
  Connection& connection = *new Connection(*services_, self, fd, peer, record);
  connections_.push_back(connection);
  ++size_;
  if (is_draining_) connection.drain();
}

void Acceptor::on_closed(Connection& connection) {
  connection.unlink();
  --size_;
  services_->loop.retire(std::unique_ptr<Connection>(&connection));
}

void Acceptor::drain() {
  is_draining_ = true;
  // Connections change lists while they are visited only at the turn's end, so walking is safe.
  connections_.for_each([](Connection& connection) { connection.drain(); });
}

void Acceptor::cut() {
  connections_.for_each([](Connection& connection) { connection.cut(); });
}

}  // namespace gladhand::frontend
