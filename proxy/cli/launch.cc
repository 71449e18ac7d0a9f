#include "cli/launch.h"

#include <cstdio>
#include <thread>

#include "base/log.h"
#include "config/find.h"
#include "config/read.h"
#include "config/validate.h"

namespace gladhand::cli {

using server::Exit;

void print(const std::vector<config::Diagnostic>& diagnostics) {
  std::fputs(config::render(diagnostics).c_str(), stderr);
  std::fputs((config::count_text(diagnostics.size()) + "\n").c_str(), stderr);
}

Exit launch(const config::Config& config, const config::Source& source, server::StartOptions options,
            const std::function<void(const server::Prepared&)>& started) {
  log::limit(static_cast<log::Level>(config.log.level));
  options.workers = config.server.workers ? config.server.workers : std::max(1u, std::thread::hardware_concurrency());
  const auto prepared = server::prepare(config, source, options);
  if (!prepared) {
    print(prepared.error());
    return Exit::could_not_start;
  }
  server::Server server(config, *prepared, GLADHAND_VERSION, options.workers);
  if (auto start = server.start(); !start) {
    log::error("could not start: {}", start.error().detail);
    return Exit::could_not_start;
  }
  if (started) started(*prepared);
  return server.run();
}

Exit run_file(const std::string& config_path, std::size_t workers) {
  const auto found = config::find(config_path);
  if (!found) {
    print({found.error()});
    return Exit::configuration_invalid;
  }
  config::Result read = config::read_file(found->path);
  if (!read.is_valid()) {
    print(read.diagnostics);
    return Exit::configuration_invalid;
  }
  log::limit(static_cast<log::Level>(read.config.log.level));
  log::info("configuration {} ({})", found->path, found->chosen_by);
  if (workers) read.config.server.workers = static_cast<std::uint32_t>(workers);
  return launch(read.config, read.source, {});
}

Exit run_reverse(const ReverseOptions& options) {
  config::Config config;
  config.server.admin = options.admin;
  config::Listener listener;
  listener.address = options.from;
  listener.has_tls = !options.is_plain;
  listener.tls.self_signed = !options.is_plain;
  config.listeners.push_back(listener);
  config::Route route;
  route.upstream = options.to.find("://") == std::string::npos ? "http://" + options.to : options.to;
  config.routes.push_back(route);
  if (const auto wrong = config::validate(config); !wrong.empty()) {
    print(wrong);
    return Exit::usage;
  }
  return launch(config, {}, {});
}

}  // namespace gladhand::cli
