#include "server/listening_sockets.h"

#include <fmt/ranges.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <map>
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

// One that stays open.
void change_socket(int fd, const config::Listener& before, const config::Listener& now, const std::optional<net::FastOpenKeys>& keys) {
  listen(fd, static_cast<int>(now.backlog));
  // Not where it was never asked for: the network namespace may allow it to all.
  if (before.fast_open > 0 && now.fast_open == 0) net::allow_fast_open(fd, 0);
  if (before.saved_syn && !now.saved_syn) net::keep_syns(fd, false);
  prepare_socket(fd, now, keys);
}

}  // namespace

ListeningSockets::ListeningSockets(io::Loop& loop, SnapshotPtr snapshot) : snapshot_(std::move(snapshot)), look_(loop.deadlines(), *this) {
  learn_keys();
}

void ListeningSockets::learn_keys() {
  keys_.clear();
  const auto& keys = snapshot_->prepared.files.fast_open_keys;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i]) keys_.push_back({i, *keys[i], std::nullopt});
  }
  keys_.empty() ? look_.disarm() : look_.arm(kLook);
}

void ListeningSockets::adopt(SnapshotPtr snapshot) {
  std::map<int, const config::Listener*> had;
  for (std::size_t i = 0; i < snapshot_->config.listeners.size(); ++i) {
    for (const int fd : snapshot_->prepared.sockets[i]) had[fd] = &snapshot_->config.listeners[i];
  }
  for (std::size_t i = 0; i < snapshot->config.listeners.size(); ++i) {
    const config::Listener& listener = snapshot->config.listeners[i];
    for (const int fd : snapshot->prepared.sockets[i]) {
      if (const auto before = had.find(fd); before != had.end()) change_socket(fd, *before->second, listener, snapshot->prepared.files.fast_open_keys[i]);
    }
  }
  snapshot_ = std::move(snapshot);
  learn_keys();
}

std::vector<timeline::AcceptQueue> ListeningSockets::accept_queues() const {
  std::vector<timeline::AcceptQueue> queues;
  for (std::size_t i = 0; are_ours_ && i < snapshot_->config.listeners.size(); ++i) {
    timeline::AcceptQueue& sum = queues.emplace_back();
    sum.listener = snapshot_->ids.listeners[i];
    for (const int fd : distinct_sockets(snapshot_->prepared.sockets[i])) {
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
  const config::Listener& listener = snapshot_->config.listeners[known.listener];
  const auto keys = net::load_fast_open_keys(listener.fast_open_key);
  if (!keys) {
    if (known.problem != keys.error()) log::error("{}; {} keeps the Fast Open keys that it has", keys.error().message, listener.name);
    known.problem = keys.error();
    return;
  }
  known.problem.reset();
  if (*keys == known.keys) return;
  known.keys = *keys;
  for (const int fd : snapshot_->prepared.sockets[known.listener]) net::use_keys(fd, *keys);
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
