#include "server/floor.h"

#include "observe/recents.h"

namespace gladhand::server {
namespace {

std::vector<io::Network> networks(const std::vector<std::string>& texts) {
  std::vector<io::Network> parsed;
  for (const std::string& text : texts) {
    if (auto network = io::Network::parse(text)) parsed.push_back(*network);
  }
  return parsed;
}

}  // namespace

Floor::Floor(const WorkerSettings& settings, io::Loop& loop)
    : library_(settings.ticket_keys),
      router_(settings.config.routes),
      connection_ids_(static_cast<std::uint64_t>(settings.index) << observe::kWorkerBit),
      endpoint_services_{loop, settings.recorder, connection_ids_},
      asides_(loop),
      services_{loop, settings.recorder, router_, settings.config.routes, clusters_, gates_, *settings.prepared.plugins, asides_},
      store_(services_) {
  add_upstreams(settings);
  for (std::size_t i = 0; i < settings.config.listeners.size(); ++i) add_listener(settings, static_cast<std::uint16_t>(i));
}

// All contexts were tried by prepare() with the same values.
void Floor::add_upstreams(const WorkerSettings& settings) {
  for (std::size_t i = 0; i < settings.config.upstreams.size(); ++i) {
    const config::Upstream& upstream = settings.config.upstreams[i];
    client_contexts_.push_back(std::move(*settings.prepared.identities[i].make_context(library_, upstream)));
    clusters_.push_back(std::make_unique<upstream::Cluster>(endpoint_services_, upstream, static_cast<std::uint16_t>(i), settings.prepared.endpoints[i],
                                                            client_contexts_.back().get()));
  }
}

void Floor::add_listener(const WorkerSettings& settings, std::uint16_t index) {
  const config::Listener& listener = settings.config.listeners[index];
  gates_.push_back(nullptr);
  if (listener.mode == config::Mode::forward) {
    const config::Upstream& targets = settings.config.upstreams[listener.forward.upstream_index];
    gates_.back() = std::make_unique<exchange::Gate>(endpoint_services_, listener.forward, targets, settings.prepared.users[index]);
  }
  contexts_.push_back(nullptr);
  if (listener.has_tls) contexts_.back() = std::move(*tls::ServerContext::make(library_, listener, settings.prepared.certificates[index], settings.prepared.client_authorities[index]));
  frontend::ListenerServices services{endpoint_services_.loop, settings.clock, settings.recorder, store_, listener, contexts_.back().get(), networks(listener.trusted_proxies), networks(listener.proxy_protocol), services_.plugins.of_listener(index)};
  acceptors_.push_back(std::make_unique<frontend::Acceptor>(std::move(services), index, connection_ids_, settings.prepared.sockets[index][settings.index]));
}

void Floor::drain() {
  for (auto& acceptor : acceptors_) {
    acceptor->stop_accepting();
    acceptor->drain();
  }
}

void Floor::cut() {
  for (auto& acceptor : acceptors_) acceptor->cut();
}

std::size_t Floor::clients() const {
  std::size_t sum = 0;
  for (const auto& acceptor : acceptors_) sum += acceptor->size();
  return sum;
}

}  // namespace gladhand::server
