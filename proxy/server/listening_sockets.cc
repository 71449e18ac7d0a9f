#include "server/listening_sockets.h"

#include <fmt/ranges.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/kernel_counters.h"
#include "base/log.h"
#include "net/saved_syn.h"
#include "net/tcp_facts.h"

namespace gladhand::server {
namespace {

void add_problem(std::vector<std::string>& problems, const std::vector<std::string>& names, std::string_view whom, unsigned needed,
                 std::optional<unsigned> allowed) {
  if (names.empty() || (allowed && (*allowed & needed))) return;
  const std::string has = allowed ? fmt::format("is {} in this network namespace and lacks {}", *allowed, needed) : "does not exist here";
  problems.push_back(fmt::format("fast_open of {} {} has no effect: net.ipv4.tcp_fastopen {}", whom, fmt::join(names, ", "), has));
}

}  // namespace

ListeningSockets::ListeningSockets(io::Loop& loop, const config::Config& config, const Prepared& prepared)
    : config_(config), prepared_(prepared), look_(loop.deadlines(), *this) {
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    if (prepared.fast_open_keys[i]) keys_.push_back({i, *prepared.fast_open_keys[i], std::nullopt});
  }
  if (!keys_.empty()) look_.arm(kLook);
}

std::vector<timeline::AcceptQueue> ListeningSockets::accept_queues() const {
  std::vector<timeline::AcceptQueue> queues;
  for (std::size_t i = 0; are_ours_ && i < config_.listeners.size(); ++i) {
    timeline::AcceptQueue& sum = queues.emplace_back();
    for (const int fd : prepared_.sockets[i]) {
      const timeline::AcceptQueue queue = net::accept_queue(fd);
      sum.depth += queue.depth;
      sum.limit += queue.limit;
    }
  }
  return queues;
}

void ListeningSockets::let_go() {
  are_ours_ = false;
  look_.disarm();
}

void ListeningSockets::on_deadline(io::Deadline&) {
  for (Keys& known : keys_) look_at(known);
  look_.arm(kLook);
}

void ListeningSockets::look_at(Keys& known) {
  const config::Listener& listener = config_.listeners[known.listener];
  const auto keys = net::load_fast_open_keys(listener.fast_open_key);
  if (!keys) {
    if (known.problem != keys.error()) log::error("{}; {} keeps the Fast Open keys that it has", keys.error().message, listener.name);
    known.problem = keys.error();
    return;
  }
  known.problem.reset();
  if (*keys == known.keys) return;
  known.keys = *keys;
  for (const int fd : prepared_.sockets[known.listener]) net::use_keys(fd, *keys);
  log::info("{} makes Fast Open cookies with a new key of {}", listener.name, listener.fast_open_key);
}

void prepare_socket(int listening_fd, const config::Listener& listener, const std::optional<net::FastOpenKeys>& keys) {
  const auto warn = [&](std::string_view setting) { log::warning("{} of {} has no effect: {}", setting, listener.name, std::strerror(errno)); };
  if (listener.fast_open > 0 && !net::allow_fast_open(listening_fd, static_cast<int>(listener.fast_open))) warn("fast_open");
  if (keys && !net::use_keys(listening_fd, *keys)) warn("fast_open_key");
  if (listener.saved_syn && !net::keep_syns(listening_fd)) warn("saved_syn");
}

std::vector<std::string> fast_open_problems(const config::Config& config, std::optional<unsigned> allowed_bits) {
  std::vector<std::string> listeners, upstreams;
  for (const config::Listener& listener : config.listeners) {
    if (listener.fast_open > 0) listeners.push_back(listener.name);
  }
  for (const config::Upstream& upstream : config.upstreams) {
    if (upstream.fast_open) upstreams.push_back(upstream.name);
  }
  std::vector<std::string> problems;
  add_problem(problems, listeners, "listener", kFastOpenServer, allowed_bits);
  add_problem(problems, upstreams, "upstream", kFastOpenClient, allowed_bits);
  return problems;
}

void advise_on_fast_open(const config::Config& config, std::optional<unsigned> allowed_bits) {
  for (const std::string& problem : fast_open_problems(config, allowed_bits)) {
    log::warning("{}; `{}` allows it (in Kubernetes, a sysctl of the pod's securityContext that the kubelet must allow as unsafe)", problem, kFastOpenCure);
  }
}

}  // namespace gladhand::server
