#include "server/notifier.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "base/log.h"

namespace gladhand::server {
namespace {

using Micros = std::chrono::microseconds;

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

// Half of what 64 bits of nanoseconds can say is enough for everybody, and can be counted on with.
constexpr std::int64_t kMostMicros = INT64_MAX / 2000;

// Zero where somebody else is watched, as after a fork.
Nanos watchdog() {
  const auto micros = number(variable("WATCHDOG_USEC"));
  const std::string_view whom = variable("WATCHDOG_PID");
  if (!micros || (!whom.empty() && number(whom) != getpid())) return Nanos::zero();
  return Micros(std::min(*micros, kMostMicros));
}

// Connected, so that a message is one call; -1 where there is no such socket.
int connect_to(std::string_view socket_name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // Without a file the name needs no end, and the address is no longer than the name.
  if (socket_name.size() < 2 || socket_name.size() >= sizeof address.sun_path) return -1;
  std::ranges::copy(socket_name, address.sun_path);
  if (socket_name.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_name.size());
  const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd >= 0 && connect(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

}  // namespace

Notifier Notifier::from_environment() { return Notifier(variable("NOTIFY_SOCKET"), watchdog()); }

Notifier::Notifier(std::string_view socket, Nanos watchdog) : pulse_(watchdog / 3) {
  if (socket.empty()) {
    pulse_ = Nanos::zero();
    return;
  }
  fd_ = connect_to(socket);
  if (fd_ < 0) log::warning("NOTIFY_SOCKET names {}, which cannot be reached: the service manager will not be told that the proxy is ready", socket);
}

Notifier::~Notifier() {
  if (fd_ >= 0) close(fd_);
}

Notifier::Notifier(Notifier&& other) noexcept : fd_(std::exchange(other.fd_, -1)), pulse_(other.pulse_) {}

void Notifier::ready() { send("READY=1"); }

// The manager compares the time with when it asked, by the clock that systemd calls CLOCK_MONOTONIC and we may not be using.
void Notifier::reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto micros = std::chrono::seconds(now.tv_sec) + std::chrono::duration_cast<Micros>(Nanos(now.tv_nsec));
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", Micros(micros).count()));
}

void Notifier::stopping(std::optional<Nanos> at_most) {
  if (!at_most) return send("STOPPING=1");
  send(fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}", std::chrono::duration_cast<Micros>(*at_most).count()));
}

void Notifier::status(std::string_view line) { send(fmt::format("STATUS={}", line.substr(0, line.find('\n')))); }

void Notifier::alive() { send("WATCHDOG=1"); }

void Notifier::handed_over(int pid) {
  send(fmt::format("MAINPID={}", pid));
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

void Notifier::send(std::string_view message) {
  if (fd_ >= 0) ::send(fd_, message.data(), message.size(), MSG_NOSIGNAL);
}

}  // namespace gladhand::server
