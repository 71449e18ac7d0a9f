#include "cli/dial.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "server/prepared.h"

namespace gladhand::cli {
namespace {

constexpr std::size_t kMostOfHead = 8 * 1024;
constexpr timeval kPatience{.tv_sec = 5, .tv_usec = 0};

}  // namespace

int dial(const std::string& address) {
  const auto target = server::resolve_listen_address(address);
  if (!target) return -1;
  const int fd = socket(target->family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  // Else a request waits behind the client's Finished for an acknowledgement that the other end delays.
  const int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (connect(fd, target->raw(), target->size()) == 0) return fd;
  close(fd);
  return -1;
}

int dial_through(const std::string& proxy, const std::string& target) {
  const int fd = dial(proxy);
  if (fd < 0) return -1;
  const std::string request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", target);
  std::string reply;
  char piece[512];
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    while (reply.size() < kMostOfHead && !reply.ends_with("\r\n\r\n")) {
      const ssize_t n = recv(fd, piece, sizeof piece, 0);
      if (n <= 0) break;
      reply.append(piece, static_cast<std::size_t>(n));
    }
  }
  // Nothing follows the head: targets that speak TLS wait for our word.
  if (reply.starts_with("HTTP/1.1 200 ") && reply.ends_with("\r\n\r\n")) return fd;
  close(fd);
  return -1;
}

std::string ask(const std::string& address, const std::string& request) {
  const int fd = dial(address);
  if (fd < 0) return {};
  std::string reply;
  char piece[4096];
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(request.size())) {
    for (ssize_t n = recv(fd, piece, sizeof piece, 0); n > 0; n = recv(fd, piece, sizeof piece, 0)) reply.append(piece, static_cast<std::size_t>(n));
  }
  close(fd);
  return reply;
}

}  // namespace gladhand::cli
