#include "io/edges.h"

#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace gladhand::io {
namespace {

constexpr std::uint32_t kWanted = EPOLLIN | EPOLLRDHUP | EPOLLET;

}  // namespace

Edges::~Edges() {
  watch_ = {};  // libuv forgets the descriptor at once
  if (epoll_ >= 0) close(epoll_);
}

int Edges::open() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) return errno;
  auto* box = new Box<uv_poll_t, Edges>;
  if (const int error = uv_poll_init(&uv_, &box->handle, epoll_)) {
    delete box;
    close(std::exchange(epoll_, -1));
    return -error;  // libuv's errors are negated errnos
  }
  watch_ = Handle<Box<uv_poll_t, Edges>>(box);
  box->owner = this;
  watch();
  return 0;
}

void Edges::watch() {
  // Fails for what cannot be polled, which an epoll set can.
  uv_poll_start(&watch_->handle, UV_READABLE, [](uv_poll_t* handle, int, int) {
    Edges* self = Box<uv_poll_t, Edges>::of(handle)->owner;
    if (!self) return;
    self->has_told_ = true;
    self->wait(0);
  });
}

int Edges::add(int fd, EdgeEvents& events) {
  if (epoll_ < 0) {
    if (const int error = open()) return error;
  }
  epoll_event wanted{.events = kWanted, .data = {.ptr = &events}};
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &wanted) == 0 ? 0 : errno;
}

void Edges::tell_again(int fd, EdgeEvents& events) {
  epoll_event wanted{.events = kWanted, .data = {.ptr = &events}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &wanted);
}

void Edges::remove(int fd, EdgeEvents& events) {
  epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  for (epoll_event& event : rest_) {
    if (event.data.ptr == &events) event.data.ptr = nullptr;
  }
}

// Neither of two sets may be in the other while that one is in it (ELOOP).
void Edges::lead() {
  uv_poll_stop(&watch_->handle);
  epoll_event wanted{.events = EPOLLIN, .data = {.ptr = this}};
  is_leading_ = epoll_ctl(epoll_, EPOLL_CTL_ADD, uv_backend_fd(&uv_), &wanted) == 0;
  if (is_leading_) return;
  score_ = 0;
  watch();
}

void Edges::follow() {
  if (!std::exchange(is_leading_, false)) return;
  epoll_ctl(epoll_, EPOLL_CTL_DEL, uv_backend_fd(&uv_), nullptr);
  watch();
}

bool Edges::wait(int timeout_ms) {
  const int n = epoll_wait(epoll_, batch_.data(), static_cast<int>(batch_.size()), timeout_ms);
  bool is_libuv_due = n <= 0 || timeout_ms == 0;
  rest_ = std::span(batch_).first(static_cast<std::size_t>(std::max(n, 0)));
  while (!rest_.empty()) {
    const epoll_event event = rest_.front();
    rest_ = rest_.subspan(1);
    if (event.data.ptr == this) {
      is_libuv_due = true;
    } else if (event.data.ptr) {
      static_cast<EdgeEvents*>(event.data.ptr)->on_edge((event.events & ~std::uint32_t{EPOLLIN}) != 0);
    }
  }
  if (is_leading_) {
    vote(!is_libuv_due);
    if (score_ == -kCertain) follow();
  }
  return is_libuv_due;
}

}  // namespace gladhand::io
