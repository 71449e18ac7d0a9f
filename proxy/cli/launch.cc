#include "cli/launch.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <thread>
#include <utility>

#include "base/log.h"
#include "config/find.h"
#include "config/validate.h"

namespace gladhand::cli {

using server::Exit;

namespace {

// What is wrong with a value, known by its path, is said of the option that gave it.
config::Source command_line(std::initializer_list<std::pair<const char*, const char*>> options) {
  config::Source source;
  for (const auto& [path, option] : options) source.note(path, {.file = option});
  return source;
}

void tell_how_to_use(const ForwardOptions& options, const config::Forward& forward, const io::Address& at) {
  const std::string host = at.host();
  const bool is_every_address = host == "0.0.0.0" || host == "::";
  const std::string proxy = is_every_address ? fmt::format("localhost:{}", at.port()) : at.to_string();
  log::info("clients may reach {}{}{}; where no port is named, 80 and 443", fmt::join(forward.allow, ", "), forward.deny.empty() ? "" : ", but not ",
            fmt::join(forward.deny, ", "));
  log::info("use it: curl {}{}-x {}://{} URL", options.auth.empty() ? "" : "--proxy-user NAME ",
            options.is_self_signed ? "--proxy-insecure " : "", options.is_self_signed ? "https" : "http", proxy);
  const bool is_loopback = io::Network::parse("127.0.0.0/8")->contains(at) || io::Network::parse("::1")->contains(at);
  if (is_loopback || !options.auth.empty()) return;
  log::warning("an open proxy: whoever reaches {} may use it; name users with --auth, or --listen on 127.0.0.1", at.to_string());
}

}  // namespace

config::Result read_configuration(const std::string& option) {
  const auto found = config::find(option);
  if (found) return config::read_file(found->path);
  return {.config = {}, .diagnostics = {found.error()}, .source = {}};
}

void print(const std::vector<config::Diagnostic>& diagnostics) {
  std::fputs(config::render(diagnostics).c_str(), stderr);
  std::fputs((config::count_text(diagnostics.size()) + "\n").c_str(), stderr);
}

Exit launch(config::Config config, server::Origin origin, server::StartOptions options, const std::function<void(const server::Prepared&)>& started) {
  log::limit(static_cast<log::Level>(config.log.level));
  options.workers = config.server.workers ? config.server.workers : std::max(1u, std::thread::hardware_concurrency());
  auto passed = server::PassedSockets::from_environment();
  if (passed.workers() > options.workers) {
    log::warning("there are as many workers as before, {}, until the program is started again: clients may wait in the socket of each", passed.workers());
    options.workers = passed.workers();
  }
  options.ready_fd = passed.take_ready_fd();
  auto prepared = server::prepare(config, origin.source, options, nullptr, std::move(passed));
  if (!prepared) {
    print(prepared.error());
    return Exit::could_not_start;
  }
  server::Server server(std::move(config), *std::move(prepared), std::move(options), std::move(origin), GLADHAND_VERSION);
  if (auto start = server.start(); !start) {
    log::error("could not start: {}", start.error().detail);
    return Exit::could_not_start;
  }
  if (started) started(server.prepared());
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
  const auto override_workers = [workers](config::Result& result) {
    if (!workers) return;
    result.config.server.workers = static_cast<std::uint32_t>(workers);
    result.source.note("server.workers", {.file = "--workers"});
  };
  override_workers(read);
  const auto read_again = [path = found->path, override_workers] {
    config::Result result = config::read_file(path);
    override_workers(result);
    return result;
  };
  return launch(std::move(read.config), {std::move(read.source), read_again}, {});
}

Exit run_reverse(const ReverseOptions& options) {
  const config::Source source = command_line({{"listener[0].address", "--from"}, {"route[0].upstream", "--to"}, {"server.admin", "--admin"}});
  config::Config config;
  config.server.admin = options.admin;
  config.server.admin_place = source.at("server.admin");
  config::Listener listener;
  listener.address = options.from;
  listener.place = source.at("listener[0].address");
  listener.has_tls = !options.is_plain;
  listener.tls.self_signed = !options.is_plain;
  config.listeners.push_back(listener);
  config::Route route;
  route.upstream = options.to.find("://") == std::string::npos ? "http://" + options.to : options.to;
  config.routes.push_back(route);
  if (const auto wrong = config::validate(config, source); !wrong.empty()) {
    print(wrong);
    return Exit::usage;
  }
  return launch(std::move(config), {source, {}}, {});
}

Exit run_forward(const ForwardOptions& options) {
  const config::Source source = command_line({{"listener[0].address", "--listen"},
                                              {"listener[0].forward.allow", "--allow"},
                                              {"listener[0].forward.deny", "--deny"},
                                              {"listener[0].forward.auth", "--auth"},
                                              {"server.admin", "--admin"}});
  config::Config config;
  config.server.admin = options.admin;
  config.server.admin_place = source.at("server.admin");
  config::Listener listener;
  listener.address = options.listen;
  listener.place = source.at("listener[0].address");
  listener.mode = config::Mode::forward;
  listener.has_tls = listener.tls.self_signed = options.is_self_signed;
  listener.has_forward = true;
  config::Forward& forward = listener.forward;
  forward.allow = options.allow;
  forward.deny.insert(forward.deny.end(), options.deny.begin(), options.deny.end());
  if (std::erase(forward.deny, ForwardOptions::kNoRule)) std::erase(forward.deny, "private");
  forward.auth = options.auth;
  forward.auth_place = source.at("listener[0].forward.auth");
  config.listeners.push_back(listener);
  if (const auto wrong = config::validate(config, source); !wrong.empty()) {
    print(wrong);
    return Exit::usage;
  }
  const config::Forward chosen = config.listeners.front().forward;
  return launch(std::move(config), {source, {}}, {}, [&](const server::Prepared& prepared) { tell_how_to_use(options, chosen, prepared.addresses[0]); });
}

}  // namespace gladhand::cli
