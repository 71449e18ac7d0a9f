#include "upstream/pool.h"

#include <algorithm>
#include <utility>

namespace gladhand::upstream {

Pool::~Pool() = default;

Expected<Pool::Lease> Pool::ask(StreamWaiter& waiter, bool may_reuse) {
  while (may_reuse && !available_.empty()) {
    Connection& connection = available_.front();
    http::Stream* stream = connection.open();
    if (connection.can_open() == 0) connection.unlink();
    if (stream) return Lease{http::StreamGrip(*stream), &connection};
  }
  if (!may_reuse || needs_dial(waiting_.size() + 1)) {
    if (size() < settings_.max_connections) {
      // Who has just seen a connection fail takes no chances.
      if (!dial(may_reuse && waiter.can_ride())) return failure(Code::no_endpoint, "the endpoint has no address");
    } else if (waiting_.size() >= dialing_ * expected_streams_ + settings_.max_pending) {  // what is being dialled is somebody's
      return failure(Code::pool_overflow, "too many requests wait for a connection");
    }
  }
  waiting_.join(waiter, may_reuse);
  return Lease{};
}

bool Pool::dial(bool has_rider) {
  io::Addresses addresses = events_.addresses();
  if (addresses.empty()) return false;
  ++dialing_;
  RaceEvents& self = *this;
  races_.push_back(std::make_unique<Race>(loop_, self, recorder_, settings_.connection, std::move(addresses), has_rider));
  return true;
}

// Who boards does not wait any more, and the connection is nobody else's: the two leave the account together.
bool Pool::board(Connection& connection) {
  if (waiting_.empty() || !waiting_.front().can_ride() || !waiting_.may_reuse()) return false;
  http::Stream* stream = connection.open();
  if (!stream) return false;
  --dialing_;
  waiting_.take_front().on_stream_ready(http::StreamGrip(*stream), connection);
  return true;
}

void Pool::on_won(Race& race, std::unique_ptr<Connection> winner) {
  winner->belong_to(*this);
  connections_.push_back(std::move(winner));
  drop(race);
}

void Pool::on_lost(Race& race, Error error) {
  drop(race);
  --dialing_;
  events_.on_race_lost();
  bear_failure(error);
}

void Pool::drop(Race& race) {
  const auto self = std::ranges::find(races_, &race, &std::unique_ptr<Race>::get);
  loop_.retire(std::move(*self));
  races_.erase(self);
}

void Pool::on_opened(Connection& connection) {
  if (!connection.is_used()) --dialing_;
  const std::size_t expected = std::exchange(expected_streams_, std::max<std::size_t>(connection.can_open(), 1));
  events_.on_address_tried(connection.address(), true);
  events_.on_dial_ended(true);
  serve(connection);
  // It carries less than those hoped who trusted in it.
  if (expected_streams_ < expected) dial_for_the_waiting();
}

void Pool::dial_for_the_waiting() {
  while (needs_dial(waiting_.size()) && size() < settings_.max_connections && dial()) {
  }
}

void Pool::serve(Connection& connection) {
  while (!waiting_.empty()) {
    // It has just seen a connection fail, and its own is on its way.
    if (!waiting_.may_reuse() && connection.is_used() && dialing_ > 0) break;
    http::Stream* stream = connection.open();
    if (!stream) break;
    waiting_.take_front().on_stream_ready(http::StreamGrip(*stream), connection);
  }
  if (!connection.is_linked() && connection.can_open() > 0) available_.push_front(connection);
}

void Pool::on_closed(Connection& connection, Error error, bool was_opened) {
  connection.unlink();
  const auto self = std::ranges::find(connections_, &connection, &std::unique_ptr<Connection>::get);
  loop_.retire(std::move(*self));
  *self = std::move(connections_.back());
  connections_.pop_back();
  const bool was_given_up = error.code == Code::ok;
  if (!was_opened && !was_given_up) events_.on_address_tried(connection.address(), false);
  if (!was_opened && connection.is_used()) {
    events_.on_dial_ended(false);  // who was on board was told
  } else if (!was_opened) {
    --dialing_;
    events_.on_dial_ended(false);
    return bear_failure(error);
  }
  dial_once_more();
}

// Each waiter has one dial's failure to bear; what it does next, which may be to wait here again, is its own policy.
void Pool::bear_failure(Error error) {
  // Short of descriptors, the connections that are there will have to do: one of them will be free soon.
  if (error.code == Code::out_of_descriptors && size() > 0) return;
  for (std::size_t left = std::min(expected_streams_, waiting_.size()); left > 0 && !waiting_.empty(); --left) waiting_.take_front().on_stream_failed(error);
  dial_once_more();
}

void Pool::dial_once_more() {
  if (needs_dial(waiting_.size()) && dialing_ == 0 && size() < settings_.max_connections) dial();
}

}  // namespace gladhand::upstream
