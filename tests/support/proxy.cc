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

server::SnapshotPtr first_snapshot(config::Config config, observe::Names& names, const std::vector<io::Addresses>& resolved) {
  config = validated(std::move(config));
  auto result = server::prepare(config, {}, {});
  if (!result) give_up(result.error());
  for (std::size_t i = 0; i < resolved.size(); ++i) {
    if (!resolved[i].empty()) result->endpoints.front()[i] = resolved[i];
  }
  const observe::Ids ids = *names.learn(config);
  return std::make_shared<const server::Snapshot>(server::Snapshot{std::move(config), std::move(*result), ids});
}

}  // namespace

Proxy::Proxy(config::Config config, timeline::Recorder& recorder, const std::vector<io::Addresses>& resolved)
    : snapshot_(first_snapshot(std::move(config), names_, resolved)), floor_({snapshot_, ticket_keys_, recorder, clock_}, loop_) {
  signal(SIGPIPE, SIG_IGN);  // as server/server.cc: splice() knows no MSG_NOSIGNAL
}

void Proxy::adopt(config::Config config) {
  const server::Running running{snapshot_->config, snapshot_->prepared};
  config = validated(std::move(config));
  auto next = server::prepare(config, {}, {}, &running);
  if (!next) give_up(next.error());
  const observe::Ids ids = *names_.learn(config);
  snapshot_ = std::make_shared<const server::Snapshot>(server::Snapshot{std::move(config), std::move(*next), ids});
  floor_.adopt(snapshot_);
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
