#include "server/passed_sockets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "io/acceptor.h"

namespace gladhand::server {
namespace {

constexpr int kFirst = 3;         // SD_LISTEN_FDS_START
constexpr int kMost = 64 * 1024;  // more is a number that nobody meant

std::optional<std::string> take_variable(const char* name) {
  const char* value = std::getenv(name);
  if (!value) return std::nullopt;
  std::string taken = value;
  unsetenv(name);
  return taken;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// Up to the next colon, which is taken away, too.
std::string next_name(std::string_view& names) {
  const std::size_t colon = std::min(names.find(':'), names.size());
  std::string name(names.substr(0, colon));
  names.remove_prefix(std::min(colon + 1, names.size()));
  return name;
}

}  // namespace

PassedSockets PassedSockets::from_environment() {
  const auto whom = take_variable("LISTEN_PID"), count_text = take_variable("LISTEN_FDS"), name_text = take_variable("LISTEN_FDNAMES");
  const auto ready_text = take_variable("GLADHAND_READY_FD");
  PassedSockets passed;
  const auto ready_fd = ready_text ? number(*ready_text) : std::nullopt;
  if (ready_fd && fcntl(*ready_fd, F_SETFD, FD_CLOEXEC) == 0) {
    passed.ready_fd_ = *ready_fd;
    passed.is_handed_over_ = true;
  }
  // Variables that somebody handed down by mistake name another process.
  const bool is_for_us = passed.is_handed_over_ || (whom && number(*whom) == getpid());
  if (!is_for_us || !count_text) return passed;
  const auto count = number(*count_text);
  if (!count || *count > kMost) {
    passed.problems_.push_back(fmt::format("LISTEN_FDS={} is no number of sockets", *count_text));
    return passed;
  }
  std::string_view names = name_text ? std::string_view(*name_text) : std::string_view();
  for (int fd = kFirst; fd < kFirst + *count; ++fd) passed.add(fd, next_name(names));
  return passed;
}

void PassedSockets::add(int fd, std::string name) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound, value_size = sizeof(int);
  int is_listening = 0, type = 0;
  const bool is_socket = getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) == 0 && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &value_size) == 0 &&
                         getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &value_size) == 0;
  if (is_socket) fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (is_socket && is_listening && type == SOCK_STREAM && (bound.ss_family == AF_INET || bound.ss_family == AF_INET6)) {
    sockets_.push_back({fd, std::move(name), io::Address(reinterpret_cast<sockaddr*>(&bound), size)});
    return;
  }
  problems_.push_back(fmt::format("descriptor {} (`{}`) was passed to be listened on, but is no listening TCP socket{}", fd, name,
                                  is_socket ? "" : fmt::format(": {}", std::strerror(errno))));
}

std::vector<std::vector<int>> PassedSockets::deal(const std::vector<Wanted>& wanted) {
  std::vector<std::vector<int>> dealt(wanted.size());
  const auto deal_where = [&](auto fits) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto first = std::ranges::find_if(sockets_, [&](const Socket& socket) { return !socket.is_dealt && fits(socket, wanted[i]); });
      if (first == sockets_.end() || !dealt[i].empty()) continue;
      for (Socket& socket : sockets_) {
        if (socket.is_dealt || socket.name != first->name || socket.address != first->address) continue;
        dealt[i].push_back(socket.fd);
        socket.is_dealt = true;
      }
    }
  };
  const auto has_address = [](const Socket& socket, const Wanted& one) { return socket.address == one.address; };
  if (is_handed_over_) {
    deal_where([](const Socket& socket, const Wanted& one) { return socket.name == handed_name(one.name, one.configured); });
    deal_where([](const Socket& socket, const Wanted& one) { return socket.name.ends_with(handed_name({}, one.configured)); });
  } else {
    const auto has_name = [](const Socket& socket, const Wanted& one) { return !one.name.empty() && socket.name == one.name; };
    deal_where([&](const Socket& socket, const Wanted& one) { return has_name(socket, one) && has_address(socket, one); });
    deal_where(has_name);
  }
  deal_where(has_address);
  return dealt;
}

std::vector<std::string> PassedSockets::problems() const {
  std::vector<std::string> all = problems_;
  for (const Socket& socket : sockets_) {
    if (!socket.is_dealt && !is_handed_over_) all.push_back(fmt::format("the service manager passed a socket `{}` on {}, which no listener has the name or the address of", socket.name, socket.address.to_string()));
  }
  return all;
}

void PassedSockets::close_unwanted() {
  if (!is_handed_over_) return;
  std::erase_if(sockets_, [](const Socket& socket) { return !socket.is_dealt && close(socket.fd) == 0; });
}

std::size_t PassedSockets::workers() const {
  std::map<std::string_view, std::size_t> counts;
  std::size_t most = 0;
  for (const Socket& socket : sockets_) most = std::max(most, ++counts[socket.name]);
  return is_handed_over_ ? most : 0;
}

std::expected<std::vector<int>, int> share_out(const std::vector<int>& sockets, std::size_t workers) {
  std::vector<int> all = sockets;
  while (all.size() < workers) {
    const int copy = fcntl(sockets[all.size() % sockets.size()], F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
      const int error = errno;
      for (std::size_t i = sockets.size(); i < all.size(); ++i) close(all[i]);
      return std::unexpected(error);
    }
    all.push_back(copy);
  }
  return all;
}

std::vector<int> distinct_sockets(const std::vector<int>& sockets) {
  std::vector<int> all;
  std::set<ino_t> seen;
  for (const int fd : sockets) {
    struct stat one {};
    if (fstat(fd, &one) != 0 || seen.insert(one.st_ino).second) all.push_back(fd);
  }
  return all;
}

// A colon parts names.
std::string handed_name(std::string_view name, std::string_view configured_address) {
  std::string text = fmt::format("{}@{}", name, configured_address);
  std::ranges::replace(text, ':', ';');
  return text;
}

}  // namespace gladhand::server
