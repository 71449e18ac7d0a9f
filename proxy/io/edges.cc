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
  // Fails for what cannot be polled, which an epoll set can.
  uv_poll_start(&box->handle, UV_READABLE, [](uv_poll_t* handle, int, int) {
    if (Edges* self = Box<uv_poll_t, Edges>::of(handle)->owner) self->look();
  });
  return 0;
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

// As long as there is work it is looked for here: one system call instead of libuv's and ours.
void Edges::look() {
  for (int i = 0; i < kLooks; ++i) {
    const int n = epoll_wait(epoll_, batch_.data(), static_cast<int>(batch_.size()), 0);
    if (n <= 0) return;
    rest_ = std::span(batch_).first(static_cast<std::size_t>(n));
    while (!rest_.empty()) {
      const epoll_event event = rest_.front();
      rest_ = rest_.subspan(1);
      if (event.data.ptr) static_cast<EdgeEvents*>(event.data.ptr)->on_edge((event.events & ~std::uint32_t{EPOLLIN}) != 0);
    }
  }
}

}  // namespace gladhand::io
