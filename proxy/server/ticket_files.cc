#include "server/ticket_files.h"

#include "base/log.h"

namespace gladhand::server {

TicketFiles::TicketFiles(io::Loop& loop, const config::Config& config, const Prepared& prepared) : look_(loop.deadlines(), *this) {
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    if (prepared.ticket_keys[i]) files_.push_back({config.listeners[i], *prepared.ticket_keys[i], std::nullopt});
  }
  if (!files_.empty()) look_.arm(kLook);
}

void TicketFiles::on_deadline(io::Deadline&) {
  for (Watched& watched : files_) look_at(watched);
  look_.arm(kLook);
}

void TicketFiles::look_at(Watched& watched) {
  const config::Listener& listener = watched.listener;
  auto ring = tls::load_ticket_keys(listener.tls.tickets);
  if (!ring) {
    if (watched.problem != ring.error()) log::error("{}; {} keeps the ticket keys that it has", ring.error().message, listener.name);
    watched.problem = ring.error();
    return;
  }
  watched.problem.reset();
  if (*ring == *watched.keys.ring()) return;
  watched.keys.use(*std::move(ring));
  log::info("{} seals and opens tickets with the new keys of {}", listener.name, listener.tls.tickets);
}

}  // namespace gladhand::server
