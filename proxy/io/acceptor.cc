#include "io/acceptor.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

namespace gladhand::io {
namespace {

// How long accepting pauses when file descriptors have run out: long enough not to spin, short against any client's patience.
constexpr Nanos kPause = std::chrono::milliseconds(50);

// Visits of a listening socket that was found with one client waiting before it is asked for their number again.
constexpr int kUnasked = 7;

bool enable(int fd, int level, int option) {
  const int yes = 1;
  return setsockopt(fd, level, option, &yes, sizeof yes) == 0;
}

// Descriptors that clients may not have: upstream connections, files and the log need some too.
int reserve_begins() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const auto most = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, INT_MAX));
  return most - std::clamp(most / 8, 4, 64);
}

int queue_depth(int listening_fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(listening_fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 1;
  return static_cast<int>(info.tcpi_unacked);  // on a listening socket: the accept queue's depth
}

}  // namespace

std::expected<int, int> open_listening_socket(const Address& address, int backlog) {
  const int fd = socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::unexpected(errno);
  if (address.family() == AF_INET6) {
    const int no = 0;  // ":8443" means IPv4 too
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
  }
  const bool ready = enable(fd, SOL_SOCKET, SO_REUSEADDR) && enable(fd, SOL_SOCKET, SO_REUSEPORT) && enable(fd, IPPROTO_TCP, TCP_NODELAY) &&
                     bind(fd, address.raw(), address.size()) == 0 && listen(fd, backlog) == 0;
  if (ready) return fd;
  const int error = errno;
  close(fd);
  return std::unexpected(error);
}

std::expected<void, int> adopt_listening_socket(int fd, int backlog) {
  const int flags = fcntl(fd, F_GETFL);
  const bool ready = flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 && enable(fd, IPPROTO_TCP, TCP_NODELAY) &&
                     listen(fd, backlog) == 0;
  if (!ready) return std::unexpected(errno);
  return {};
}

Acceptor::Acceptor(Loop& loop, AcceptorEvents& events, int fd)
    : loop_(loop), events_(events), fd_(fd), reserve_begins_(reserve_begins()), resume_(loop.deadlines(), *this), poll_(new Box<uv_poll_t, Acceptor>) {
  poll_->owner = this;
  uv_poll_init_socket(loop.uv(), &poll_->handle, fd);
  start();
}

Acceptor::~Acceptor() {
  poll_ = {};  // before the descriptor goes: libuv must not touch a number that another thread may have got by then
  if (fd_ >= 0) close(fd_);
}

int Acceptor::release() {
  poll_ = {};
  resume_.disarm();
  return std::exchange(fd_, -1);
}

void Acceptor::start() {
  uv_poll_start(&poll_->handle, UV_READABLE, [](uv_poll_t* handle, int, int) {
    if (Acceptor* self = Box<uv_poll_t, Acceptor>::of(handle)->owner) self->on_ready();
  });
}

void Acceptor::on_deadline(Deadline&) { start(); }

int Acceptor::waiting() {
  if (unasked_ > 0) {
    --unasked_;
    return 1;
  }
  const int depth = std::clamp(queue_depth(fd_), 1, kAcceptBatch);
  if (depth == 1) unasked_ = kUnasked;
  return depth;
}

void Acceptor::on_ready() {
  for (int left = waiting(); left > 0; --left) {
    if (!accept_one()) return;
  }
}

void Acceptor::accept_all() {
  while (accept_one()) {
  }
}

void Acceptor::pause() {
  uv_poll_stop(&poll_->handle);
  resume_.arm(kPause);
  events_.on_exhausted();
}

// The kernel gives out the lowest free number: a copy of our own descriptor tells how many are taken.
bool Acceptor::is_in_reserve() const {
  const int copy = fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) close(copy);
  return copy < 0 || copy >= reserve_begins_;
}

// False: there is nobody, or no room.
bool Acceptor::accept_one() {
  if (is_scarce_ && (is_scarce_ = is_in_reserve())) {
    pause();
    return false;
  }
  sockaddr_storage peer;
  socklen_t size = sizeof peer;
  const int fd = accept4(fd_, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    loop_.begin_event();
    is_scarce_ = fd >= reserve_begins_;
    events_.on_accepted(fd, Address(reinterpret_cast<sockaddr*>(&peer), size));
    return true;
  }
  if (errno == ECONNABORTED || errno == EINTR || errno == EPROTO) return true;
  if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
    pause();
  }
  return false;
}

Address Acceptor::address() const {
  sockaddr_storage own;
  socklen_t size = sizeof own;
  getsockname(fd_, reinterpret_cast<sockaddr*>(&own), &size);
  return Address(reinterpret_cast<sockaddr*>(&own), size);
}

}  // namespace gladhand::io
