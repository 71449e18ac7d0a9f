#include "server/upgrade.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "server/passed_sockets.h"

namespace gladhand::server {
namespace {

std::vector<std::string> own_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string one; std::getline(file, one, '\0');) arguments.push_back(one);
  return arguments;
}

// Without what was meant for this process alone: the watchdog is fed by whoever serves.
std::vector<std::string> own_environment() {
  std::vector<std::string> all;
  for (char** one = environ; *one; ++one) {
    if (!std::string_view(*one).starts_with("WATCHDOG_PID=")) all.emplace_back(*one);
  }
  return all;
}

// Each socket once, those of a listener in the order of its workers, the admin's last.
std::vector<std::pair<std::string, int>> sockets_of(const Snapshot& running) {
  std::vector<std::pair<std::string, int>> all;
  for (std::size_t i = 0; i < running.config.listeners.size(); ++i) {
    const config::Listener& listener = running.config.listeners[i];
    for (const int fd : distinct_sockets(running.prepared.sockets[i])) all.emplace_back(handed_name(listener.name, listener.address), fd);
  }
  if (running.prepared.admin_socket >= 0) all.emplace_back(handed_name({}, running.config.server.admin), running.prepared.admin_socket);
  return all;
}

io::Command command(const Snapshot& running) {
  io::Command made{own_path(), own_arguments(), own_environment(), {}};
  std::vector<std::string> names;
  for (const auto& [name, fd] : sockets_of(running)) {
    names.push_back(name);
    made.descriptors.push_back(fd);
  }
  made.environment.push_back(fmt::format("LISTEN_FDS={}", names.size()));
  made.environment.push_back(fmt::format("LISTEN_FDNAMES={}", fmt::join(names, ":")));
  made.environment.push_back(fmt::format("GLADHAND_READY_FD={}", io::kFirstPassed + static_cast<int>(names.size())));
  return made;
}

}  // namespace

std::string own_path() {
  constexpr std::string_view kGone = " (deleted)";  // what the kernel says where another file has its name
  std::error_code error;
  std::string path = std::filesystem::read_symlink("/proc/self/exe", error).string();
  if (path.ends_with(kGone) && !std::filesystem::exists(path, error)) path.resize(path.size() - kGone.size());
  return path;
}

Upgrade::Upgrade(io::Loop& loop, const Snapshot& running, std::function<void(const Outcome&)> on_done)
    : on_done_(std::move(on_done)), patience_(loop.deadlines(), *this) {
  const io::Command wanted = command(running);
  auto child = io::Child::start(loop, wanted, [this](io::Child::News news) { on_news(news); });
  if (child) {
    child_ = *std::move(child);
  } else {
    problem_ = fmt::format("{} cannot be started: {}", wanted.path, child.error());
  }
  patience_.arm(child_ ? kPatience : Nanos(1));
}

Upgrade::~Upgrade() {
  if (child_ && on_done_) child_->terminate();
}

void Upgrade::on_news(io::Child::News news) {
  if (news == io::Child::News::ready) return finish(child_->pid());
  finish(std::unexpected("it ended before it was ready, and says why above"));
}

void Upgrade::on_deadline(io::Deadline&) {
  if (!child_) return finish(std::unexpected(problem_));
  child_->terminate();
  finish(std::unexpected(fmt::format("it was not ready after {} s", std::chrono::duration_cast<std::chrono::seconds>(kPatience).count())));
}

void Upgrade::finish(const Outcome& outcome) {
  patience_.disarm();
  if (const auto on_done = std::exchange(on_done_, nullptr)) on_done(outcome);
}

}  // namespace gladhand::server
