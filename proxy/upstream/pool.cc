#include "upstream/pool.h"

#include <algorithm>

namespace gladhand::upstream {

Pool::~Pool() = default;

Expected<Pool::Lease> Pool::ask(StreamWaiter& waiter, bool may_reuse) {
  while (may_reuse && !idle_.empty()) {
    Connection& connection = idle_.front();
    connection.unlink();
    if (http::Stream* stream = connection.open()) return Lease{http::StreamGrip(*stream), &connection};
  }
  if (connections_.size() < settings_.max_connections) {
    if (!dial()) return failure(Code::no_endpoint, "the endpoint has no address");
  } else if (waiting_size_ >= dialing_ + settings_.max_pending) {  // each dial on its way is somebody's
    return failure(Code::pool_overflow, "too many requests wait for a connection");
  }
  ++waiting_size_;
  waiter.queue_size_ = &waiting_size_;
  waiting_.push_back(waiter);
  return Lease{};
}

bool Pool::dial() {
  const io::Address* address = events_.address();
  if (!address) return false;
  ++dialing_;
  ConnectionEvents& self = *this;
  connections_.push_back(std::make_unique<Connection>(loop_, self, recorder_, settings_.connection, *address, events_.next_connection_id()));
  return true;
}

void Pool::on_opened(Connection& connection) {
  --dialing_;
  events_.on_dial_ended(true);
  serve(connection);
}

void Pool::serve(Connection& connection) {
  while (!waiting_.empty()) {
    StreamWaiter& waiter = waiting_.front();
    http::Stream* stream = connection.open();
    if (!stream) return;
    waiter.give_up();
    return waiter.on_stream_ready(http::StreamGrip(*stream), connection);
  }
  idle_.push_front(connection);
}

void Pool::on_closed(Connection& connection, Error error, bool was_opened) {
  connection.unlink();
  const auto self = std::ranges::find(connections_, &connection, &std::unique_ptr<Connection>::get);
  loop_.retire(std::move(*self));
  *self = std::move(connections_.back());
  connections_.pop_back();
  if (!was_opened) {
    --dialing_;
    events_.on_dial_ended(false);
    // Short of descriptors, the connections that are there will have to do: one of them will be free soon.
    if (error.code == Code::out_of_descriptors && !connections_.empty()) return;
    // Each waiter has one dial's failure to bear; what it does next is its own policy.
    if (!waiting_.empty()) {
      StreamWaiter& waiter = waiting_.front();
      waiter.give_up();
      waiter.on_stream_failed(error);
    }
  }
  if (!waiting_.empty() && dialing_ == 0 && connections_.size() < settings_.max_connections) dial();
}

}  // namespace gladhand::upstream
