#include "server/floor.h"

#include <algorithm>

#include "observe/recents.h"

namespace gladhand::server {

Floor::Floor(const WorkerSettings& settings, io::Loop& loop)
    : clock_(settings.clock),
      worker_(settings.index),
      loop_(loop),
      library_(settings.ticket_keys),
      connection_ids_(static_cast<std::uint64_t>(settings.index) << observe::kWorkerBit),
      endpoint_services_{loop, settings.recorder, connection_ids_},
      asides_(loop),
      sweep_(loop.deadlines(), *this) {
  adopt(settings.snapshot);
}

void Floor::adopt(SnapshotPtr snapshot) {
  auto next = std::make_unique<Generation>(std::move(snapshot), endpoint_services_, clock_, library_, asides_, current_.get());
  const std::size_t count = next->snapshot().config.listeners.size();
  std::vector<std::unique_ptr<frontend::Acceptor>> acceptors;
  for (std::size_t i = 0; current_ && i < count; ++i) acceptors.push_back(take_match(i, next->snapshot()));
  acceptors.resize(count);

  // Sockets that another listener takes over must not be closed by the one that has them.
  std::vector<int> wanted;
  for (std::size_t i = 0; i < count; ++i) wanted.push_back(next->snapshot().prepared.sockets[i][worker_]);
  const auto give_up_socket = [&](frontend::Acceptor& acceptor) { std::ranges::count(wanted, acceptor.fd()) ? acceptor.release() : acceptor.stop_accepting(); };
  for (std::size_t i = 0; i < count; ++i) {
    if (acceptors[i] && acceptors[i]->fd() != wanted[i]) give_up_socket(*acceptors[i]);
  }
  const Nanos patience = next->snapshot().config.server.drain_timeout;
  for (auto& acceptor : acceptors_) {
    if (!acceptor) continue;
    give_up_socket(*acceptor);
    acceptor->drain();
    leaving_.push_back({std::move(acceptor), loop_.now() + patience});
  }
  for (std::size_t i = 0; i < count; ++i) {
    const frontend::ListenerServices& services = next->listener(i);
    if (acceptors[i]) {
      acceptors[i]->adopt(services);
    } else {
      acceptors[i] = std::make_unique<frontend::Acceptor>(services, connection_ids_);
    }
    if (acceptors[i]->fd() != wanted[i]) acceptors[i]->listen(wanted[i]);
  }
  acceptors_ = std::move(acceptors);
  if (current_) old_.push_back(std::move(current_));
  current_ = std::move(next);
  adopted_at_ = loop_.now();
  if (!old_.empty()) sweep_.arm(kSweep);
}

// The acceptor whose connections the listener will have.
std::unique_ptr<frontend::Acceptor> Floor::take_match(std::size_t listener, const Snapshot& next) {
  const config::Listener& wanted = next.config.listeners[listener];
  const auto fits = [&](const auto& acceptor) {
    return acceptor && acceptor->services().listener.mode == wanted.mode && acceptor->services().listener.has_tls == wanted.has_tls;
  };
  const auto is_named_so = [&](const auto& acceptor) { return fits(acceptor) && acceptor->services().id == next.ids.listeners[listener]; };
  // Of another name; but not one that has its own listener.
  const auto is_there = [&](const auto& acceptor) {
    return fits(acceptor) && acceptor->fd() == next.prepared.sockets[listener][worker_] && !std::ranges::count(next.ids.listeners, acceptor->services().id);
  };
  auto found = std::ranges::find_if(acceptors_, is_named_so);
  if (found == acceptors_.end()) found = std::ranges::find_if(acceptors_, is_there);
  return found == acceptors_.end() ? nullptr : std::move(*found);
}

void Floor::on_deadline(io::Deadline&) {
  sweep();
  if (old_.empty() && leaving_.empty()) return;
  sweep_.arm(loop_.now() - adopted_at_ < kSlowSweep ? kSweep : kSlowSweep);
}

// Drops what nobody uses any more.
void Floor::sweep() {
  const Nanos now = loop_.now();
  for (Leaving& leaving : leaving_) {
    if (leaving.was_cut || now < leaving.until) continue;
    leaving.was_cut = true;
    leaving.acceptor->cut();
  }
  std::erase_if(leaving_, [](const Leaving& leaving) { return leaving.acceptor->size() == 0; });
  for (auto& generation : old_) {
    if (!is_needed(*generation)) loop_.retire(std::move(generation));  // behind connections of its own that may be waiting there
  }
  std::erase(old_, nullptr);
}

bool Floor::is_needed(const Generation& generation) const {
  return !generation.is_idle() || asides_.is_busy() || std::ranges::any_of(leaving_, [&](const Leaving& leaving) { return generation.has(leaving.acceptor->services()); });
}

template <class Act>
void Floor::each_acceptor(Act act) {
  for (auto& acceptor : acceptors_) act(*acceptor);
  for (auto& leaving : leaving_) act(*leaving.acceptor);
}

void Floor::hand_over() {
  each_acceptor([](frontend::Acceptor& acceptor) { acceptor.hand_over(); });
}

void Floor::drain() {
  each_acceptor([](frontend::Acceptor& acceptor) {
    acceptor.stop_accepting();
    acceptor.drain();
  });
}

void Floor::cut() {
  each_acceptor([](frontend::Acceptor& acceptor) { acceptor.cut(); });
}

std::size_t Floor::clients() const {
  std::size_t sum = 0;
  for (const auto& acceptor : acceptors_) sum += acceptor->size();
  for (const auto& leaving : leaving_) sum += leaving.acceptor->size();
  return sum;
}

}  // namespace gladhand::server
