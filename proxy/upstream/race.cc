//   running ──one is connected, or has taken a request on board──► won
//    │ │  ▲
//    │ └──┴── the next address: after the head start, or when an attempt has failed
//    └─────── none is left, nor is there time for another ────────► lost
#include "upstream/race.h"

#include <algorithm>

namespace gladhand::upstream {

Race::Race(io::Loop& loop, RaceEvents& events, timeline::Recorder& recorder, const ConnectionSettings& settings, io::Addresses addresses, bool has_rider)
    : loop_(loop),
      events_(events),
      recorder_(recorder),
      settings_(settings),
      addresses_(std::move(addresses)),
      has_rider_(has_rider),
      started_(loop.now()),
      head_start_(loop.deadlines(), *this) {
  start_next(settings_.connect_timeout);
}

// Who waits may ride once, so the others leave without, as long as the first is under way.
void Race::start_next(Nanos left) {
  ConnectionEvents& self = *this;
  const bool has_rider = has_rider_ && attempts_.empty();
  const io::Address& address = addresses_[next_++];
  attempts_.push_back(std::make_unique<Connection>(loop_, self, recorder_, settings_, address, events_.next_connection_id(), has_rider));
  attempts_.back()->connect_within(left);
  has_next() ? head_start_.arm(kHeadStart) : head_start_.disarm();
}

void Race::on_deadline(io::Deadline&) {
  const Nanos left = settings_.connect_timeout - (loop_.now() - started_);
  if (left > Nanos::zero()) start_next(left);
}

void Race::on_boarding(Connection& connection) {
  if (events_.board(connection)) win(connection);
}

void Race::win(Connection& winner) {
  head_start_.disarm();
  std::unique_ptr<Connection> first;
  for (std::unique_ptr<Connection>& attempt : attempts_) {
    if (attempt.get() == &winner) {
      first = std::move(attempt);
      continue;
    }
    if (!first) events_.on_disappointed(attempt->address());
    attempt->yield();
  }
  attempts_.clear();
  events_.on_won(*this, std::move(first));
}

void Race::on_closed(Connection& connection, Error error, bool) {
  const auto failed = std::ranges::find(attempts_, &connection, &std::unique_ptr<Connection>::get);
  loop_.retire(std::move(*failed));
  attempts_.erase(failed);
  // Short of descriptors, another address is of no use, and none is to blame.
  if (error.code == Code::out_of_descriptors) {
    next_ = addresses_.size();
  } else {
    events_.on_disappointed(connection.address());
  }
  const Nanos left = settings_.connect_timeout - (loop_.now() - started_);
  if (has_next() && left > Nanos::zero()) return start_next(left);
  if (!attempts_.empty()) return;
  head_start_.disarm();
  events_.on_lost(*this, error);
}

}  // namespace gladhand::upstream
