#include "io/fast_dial.h"

#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace gladhand::io {
namespace {

bool enable(int fd, int option) {
  const int yes = 1;
  return setsockopt(fd, IPPROTO_TCP, option, &yes, sizeof yes) == 0;
}

}  // namespace

std::expected<FastDial, int> begin_fast_dial(const Address& address) {
  FastDial dial{.fd = socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (dial.fd < 0) return std::unexpected(errno);
  if (enable(dial.fd, TCP_NODELAY) && enable(dial.fd, TCP_FASTOPEN_CONNECT)) {
    dial.is_deferred = connect(dial.fd, address.raw(), address.size()) == 0;
    if (dial.is_deferred || errno == EINPROGRESS) return dial;
  }
  const int error = errno;
  close(dial.fd);
  return std::unexpected(error);
}

int fast_dial_state(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0) return errno;
  if (error != 0) return error;
  tcp_info info{};
  size = offsetof(tcp_info, tcpi_ca_state);  // the state is the first byte, and all that is wanted
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return errno;
  return info.tcpi_state == TCP_SYN_SENT ? EINPROGRESS : 0;
}

}  // namespace gladhand::io
