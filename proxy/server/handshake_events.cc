#include "server/handshake_events.h"

#include <fmt/format.h>

namespace gladhand::server {

using observe::RecentRing;

HandshakeEvents::HandshakeEvents(Channel& client, const observe::Recents& recents, const Clock& clock, int& streams)
    : client_(client), recents_(recents), clock_(clock), streams_(streams), json_(recents), next_(client.loop().deadlines(), *this) {
  ++streams_;
  for (std::size_t worker = 0; worker < recents.workers(); ++worker) places_.push_back(recents.ring(worker).events());
  send(": connections of Gladhand, as they happen\n\n");
  next_.arm(kPause);
}

void HandshakeEvents::tell() {
  int told = 0;
  bool is_more = true;
  while (is_more && told < kMostAtOnce && client_.writable() > 0) {
    is_more = false;
    for (std::size_t worker = 0; worker < places_.size() && client_.writable() > 0; ++worker) {
      if (!tell_next(worker)) continue;
      is_more = true;
      ++told;
    }
  }
  if (missed_ > 0 && client_.writable() > 0) tell_gap();
  if (clock_.now() - last_sent_ >= kSilence && client_.writable() > 0) send(":\n\n");
  next_.arm(is_more ? kBreath : kPause);
}

// Up to the next event of which something is remembered. False: there is none.
bool HandshakeEvents::tell_next(std::size_t worker) {
  const RecentRing& ring = recents_.ring(worker);
  std::uint64_t& place = places_[worker];
  while (place != ring.events()) {
    const auto event = ring.event(place);
    if (!event) {
      const std::uint64_t oldest = ring.events() - RecentRing::kEvents + 1;
      missed_ += oldest - place;
      place = oldest;
      continue;
    }
    ++place;
    const auto recent = ring.find(event->id);
    if (!recent) {
      ++missed_;
      continue;
    }
    if (missed_ > 0) tell_gap();
    send(fmt::format("event: {}\ndata: {}\n\n", event->is_end ? "closed" : "handshake", json_.write(*recent, observe::Moment::of(clock_))));
    return true;
  }
  return false;
}

void HandshakeEvents::tell_gap() {
  missed_in_all_ += missed_;
  send(fmt::format("event: gap\ndata: {{\"missed\":{},\"missed_in_all\":{}}}\n\n", std::exchange(missed_, 0), missed_in_all_));
}

void HandshakeEvents::send(std::string_view text) {
  last_sent_ = clock_.now();
  Buffer bytes;
  bytes.append(text);
  client_.send(std::move(bytes));
}

}  // namespace gladhand::server
