#include "support/proxy.h"

#include <signal.h>

#include <cstdio>
#include <cstdlib>

#include "config/validate.h"

namespace gladhand::test {
namespace {

[[noreturn]] void give_up(const std::vector<config::Diagnostic>& problems) {
  std::fputs(config::render(problems).c_str(), stderr);
  std::abort();
}

config::Config validated(config::Config config) {
  if (const auto wrong = config::validate(config); !wrong.empty()) give_up(wrong);
  return config;
}

server::Prepared prepared(const config::Config& config) {
  auto result = server::prepare(config, {}, {});
  if (!result) give_up(result.error());
  return std::move(*result);
}

}  // namespace

Proxy::Proxy(config::Config config, timeline::Recorder& recorder)
    : config_(validated(std::move(config))), prepared_(prepared(config_)), services_{loop_, recorder, router_, config_.routes, clusters_} {
  signal(SIGPIPE, SIG_IGN);  // as server/server.cc: splice() knows no MSG_NOSIGNAL
  for (std::size_t i = 0; i < config_.upstreams.size(); ++i) {
    client_contexts_.push_back(std::move(*prepared_.identities[i].make_context(library_, config_.upstreams[i])));
    clusters_.push_back(std::make_unique<upstream::Cluster>(loop_, recorder, connection_ids_, config_.upstreams[i], static_cast<std::uint16_t>(i),
                                                            prepared_.endpoints[i], client_contexts_.back().get()));
  }
  for (std::size_t i = 0; i < config_.listeners.size(); ++i) {
    const config::Listener& listener = config_.listeners[i];
    contexts_.push_back(listener.has_tls ? std::move(*tls::ServerContext::make(library_, listener, prepared_.certificates[i])) : nullptr);
    frontend::ListenerServices services{loop_, clock_, recorder, store_, listener, contexts_.back().get(), {}};
    for (const std::string& text : listener.trusted_proxies) {
      if (auto network = io::Network::parse(text)) services.trusted_proxies.push_back(*network);
    }
    acceptors_.push_back(
        std::make_unique<frontend::Acceptor>(std::move(services), static_cast<std::uint16_t>(i), connection_ids_, prepared_.sockets[i].front()));
  }
}

void Proxy::drain() {
  for (auto& acceptor : acceptors_) {
    acceptor->stop_accepting();
    acceptor->drain();
  }
}

void Proxy::cut() {
  for (auto& acceptor : acceptors_) acceptor->cut();
}

std::size_t Proxy::clients() const {
  std::size_t sum = 0;
  for (const auto& acceptor : acceptors_) sum += acceptor->size();
  return sum;
}

config::Config one_listener(bool has_tls) {
  config::Config config;
  config.server.admin = "off";
  config::Listener listener;
  listener.name = "front";
  listener.address = "127.0.0.1:0";
  listener.has_tls = listener.tls.self_signed = has_tls;
  config.listeners.push_back(listener);
  config::Upstream app;
  app.name = "app";
  config.upstreams.push_back(app);
  config::Route route;
  route.upstream = "app";
  config.routes.push_back(route);
  return config;
}

}  // namespace gladhand::test
