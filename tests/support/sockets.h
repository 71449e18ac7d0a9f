// The other end of a connection, as plain blocking sockets on the loopback interface.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "io/address.h"

namespace gladhand::test {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket() { close(); }

  // A listening socket on a port that the kernel chooses.
  static Socket listening(std::string_view host = "127.0.0.1") {
    const io::Address any = *io::Address::numeric(host, 0);
    Socket socket(::socket(any.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(socket.fd_, any.raw(), any.size()) != 0 || ::listen(socket.fd_, 16) != 0) socket.close();
    return socket;
  }
  static Socket connected_to(const io::Address& address) {
    Socket socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(socket.fd_, address.raw(), address.size()) != 0) socket.close();
    return socket;
  }

  explicit operator bool() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  // Closing with unread bytes or without lingering is a RST.
  void reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

  Socket accept() const { return Socket(::accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC)); }
  io::Address address() const {
    sockaddr_storage own;
    socklen_t size = sizeof own;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &size);
    return io::Address(reinterpret_cast<sockaddr*>(&own), size);
  }
  void make_non_blocking() const { fcntl(fd_, F_SETFL, fcntl(fd_, F_GETFL) | O_NONBLOCK); }

  void send(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  // What there is at once, at most `most` bytes.
  std::string receive_some(std::size_t most = 1 << 20) const {
    std::string text(most, '\0');
    const ssize_t n = ::recv(fd_, text.data(), most, MSG_DONTWAIT);
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
  }
  void end() const { ::shutdown(fd_, SHUT_WR); }
  // 0 at the peer's FIN, 1 while there is something to read, EAGAIN while there is not, else the errno.
  int state() const {
    char byte;
    const ssize_t n = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n == 0 ? 0 : n > 0 ? 1 : errno;
  }

 private:
  int fd_ = -1;
};

// Two ends of one TCP connection; the first is non-blocking, for the loop.
inline std::pair<Socket, Socket> connection() {
  const Socket listener = Socket::listening();
  Socket theirs = Socket::connected_to(listener.address());
  Socket ours = listener.accept();
  ours.make_non_blocking();
  return {std::move(ours), std::move(theirs)};
}

}  // namespace gladhand::test
