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

server::Prepared prepared(const config::Config& config, const std::vector<io::Addresses>& resolved) {
  auto result = server::prepare(config, {}, {});
  if (!result) give_up(result.error());
  for (std::size_t i = 0; i < resolved.size(); ++i) {
    if (!resolved[i].empty()) result->endpoints.front()[i] = resolved[i];
  }
  return std::move(*result);
}

}  // namespace

Proxy::Proxy(config::Config config, timeline::Recorder& recorder, const std::vector<io::Addresses>& resolved)
    : config_(validated(std::move(config))), prepared_(prepared(config_, resolved)), floor_({config_, prepared_, ticket_keys_, recorder, clock_}, loop_) {
  signal(SIGPIPE, SIG_IGN);  // as server/server.cc: splice() knows no MSG_NOSIGNAL
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
