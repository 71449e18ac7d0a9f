#include "io/tcp.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <new>

#include "base/pooled.h"
#include "io/fast_dial.h"

namespace gladhand::io {
namespace {

constexpr std::size_t kGather = 64;  // slices to one system call

Code code_of(int uv_error) {
  switch (uv_error) {
    case UV_ECONNREFUSED: return Code::refused;
    case UV_ETIMEDOUT: return Code::connect_timeout;
    case UV_ENETUNREACH:
    case UV_EHOSTUNREACH:
    case UV_EADDRNOTAVAIL:
    case UV_EACCES:
    case UV_EPERM: return Code::unreachable;
    case UV_EMFILE:
    case UV_ENFILE: return Code::out_of_descriptors;
    case UV_ECONNRESET:
    case UV_EPIPE: return Code::reset;
    default: return Code::internal;
  }
}

std::size_t gather(const Buffer& bytes, std::array<uv_buf_t, kGather>& bufs, std::size_t& total) {
  const auto slices = bytes.slices();
  const std::size_t n = std::min(slices.size(), kGather);
  total = 0;
  for (std::size_t i = 0; i < n; ++i) {
    bufs[i] = uv_buf_init(const_cast<char*>(slices[i].data()), static_cast<unsigned>(slices[i].size()));
    total += slices[i].size();
  }
  return n;
}

}  // namespace

// An accepted socket is a bare descriptor until it must be watched: a client that is read, answered and closed at once costs
// the loop nothing.
struct Tcp::Socket final : Box<uv_tcp_t, Tcp>, Pooled<Tcp::Socket> {
  int bare = -1;  // the descriptor as long as libuv does not know it
  bool wants_fin = false;
  std::size_t in_flight = 0;  // the first bytes of `queued`, which libuv is writing
  Buffer queued;              // waits behind the write in flight, or is it
  uv_connect_t connect;
  uv_write_t write;
  uv_shutdown_t shutdown;

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&handle); }
  bool is_bare() const { return bare >= 0; }
  static Socket& of(void* data) { return *static_cast<Socket*>(static_cast<Box*>(data)); }

  int hand_over(Loop& loop) {
    uv_tcp_init(loop.uv(), &handle);
    return uv_tcp_open(&handle, std::exchange(bare, -1));
  }

  void release() {
    if (!is_bare()) return Box::release();
    close(bare);
    delete this;
  }

  int write_queued() {
    std::array<uv_buf_t, kGather> bufs;
    const std::size_t n = gather(queued, bufs, in_flight);
    write.data = handle.data;
    return uv_write(&write, stream(), bufs.data(), static_cast<unsigned>(n), [](uv_write_t* request, int status) { of(request->data).on_written(status); });
  }

  void on_written(int status) {
    if (status != 0) {
      if (owner) owner->report_at_turn_end(status);
      return;
    }
    queued.consume(std::exchange(in_flight, 0));
    if (!owner) return;
    owner->is_queued_ = !queued.empty();
    if (!queued.empty()) {
      if (const int error = write_queued()) owner->report_at_turn_end(error);
      return;
    }
    if (wants_fin) send_fin();
    owner->drained();
  }

  // As uv_try_write, which has no flags.
  static int try_write(int fd, std::array<uv_buf_t, kGather>& bufs, std::size_t n, Then then) {
    const int flags = MSG_NOSIGNAL | (then == Then::fin ? MSG_MORE : 0);
    msghdr message{};
    message.msg_iov = reinterpret_cast<iovec*>(bufs.data());
    message.msg_iovlen = n;
    // The most usual case has a shorter way into the kernel.
    const ssize_t sent = n == 1 ? send(fd, bufs[0].base, bufs[0].len, flags) : sendmsg(fd, &message, flags);
    if (sent >= 0) return static_cast<int>(sent);
    return errno == ENOBUFS ? UV_EAGAIN : -errno;  // libuv's errors are negated errnos
  }

  void send_fin() {
    if (is_bare()) {
      ::shutdown(bare, SHUT_WR);
      return;
    }
    uv_shutdown(&shutdown, stream(), [](uv_shutdown_t*, int) {});
  }
};

Tcp::Tcp(Loop& loop, TcpEvents& events, int fd) : TurnTask(loop), events_(events), socket_(new Socket), is_fresh_(true), is_first_read_due_(loop.first_reads().is_worth_trying()) {
  socket_->owner = this;
  socket_->bare = fd_ = fd;
}

Tcp::Tcp(Loop& loop, TcpEvents& events, const Address& address, Dial dial) : TurnTask(loop), events_(events), socket_(new Socket) {
  socket_->owner = this;
  if (dial == Dial::ordinary || !dial_fast(address)) this->dial(address);
}

// False: it could not even begin, which an ordinary dial may do, or fail in its own way.
bool Tcp::dial_fast(const Address& address) {
  const auto begun = begin_fast_dial(address);
  if (!begun) {
    opening_ = Opening::unsupported;
    return false;
  }
  socket_->bare = fd_ = begun->fd;
  is_connecting_ = true;
  opening_ = begun->is_deferred ? Opening::with_cookie : Opening::asking;
  owes_syn_ = begun->is_deferred;
  if (owes_syn_) {
    request_turn_end();
  } else {
    watch_rise();
  }
  return true;
}

void Tcp::send_syn(Buffer& bytes) {
  owes_syn_ = false;
  std::array<uv_buf_t, kGather> bufs;
  std::size_t total = 0;
  msghdr message{};
  message.msg_iovlen = gather(bytes, bufs, total);
  message.msg_iov = reinterpret_cast<iovec*>(bufs.data());
  const ssize_t sent = sendmsg(fd(), &message, MSG_NOSIGNAL);
  if (sent > 0) bytes.consume(static_cast<std::size_t>(sent));
  if (sent < 0 && errno != EINPROGRESS) {  // which is the answer where there was nothing to send
    bytes.clear();
    return report_at_turn_end(-errno);
  }
  watch_rise();
}

void Tcp::watch_rise() {
  auto* box = new Box<uv_poll_t, Tcp>;
  if (const int error = uv_poll_init_socket(loop().uv(), &box->handle, fd())) {
    delete box;
    return report_at_turn_end(error);
  }
  rise_ = Handle<Box<uv_poll_t, Tcp>>(box);
  box->owner = this;
  uv_poll_start(&box->handle, UV_WRITABLE, [](uv_poll_t* handle, int, int) {
    if (Tcp* self = Box<uv_poll_t, Tcp>::of(handle)->owner) self->on_risen();
  });
}

void Tcp::on_risen() {
  loop().begin_event();
  const int error = fast_dial_state(fd());
  if (error == EINPROGRESS) return;
  rise_ = {};
  is_connecting_ = false;
  if (error != 0) return report_at_turn_end(-error);
  hand_over();
  if (!socket_->queued.empty()) {
    if (const int failed = socket_->write_queued()) report_at_turn_end(failed);
  } else if (socket_->wants_fin) {
    socket_->send_fin();
  }
  if (wants_reading_) watch();
  events_.on_connected();
}

bool Tcp::is_rising() const { return is_connecting_ && socket_->is_bare(); }

void Tcp::dial(const Address& address) {
  uv_tcp_init(loop().uv(), &socket_->handle);
  const int error = uv_tcp_connect(&socket_->connect, &socket_->handle, address.raw(), [](uv_connect_t* request, int status) {
    Tcp* self = Socket::of(request->handle->data).owner;
    if (!self) return;
    self->is_connecting_ = false;
    self->loop().begin_event();
    if (status != 0) return self->report_at_turn_end(status);
    self->events_.on_connected();
  });
  is_connecting_ = true;
  uv_fileno(socket_->base(), &fd_);
  if (error != 0) report_at_turn_end(error);
  uv_tcp_nodelay(&socket_->handle, 1);
}

Tcp::~Tcp() = default;

void Tcp::start_reading() {
  wants_reading_ = true;
  if (is_first_read_due_) {
    request_turn_end();
  } else if (!is_rising()) {
    watch();
  }
}

std::span<char> Tcp::next_room() {
  const std::span<char> room = loop().read_space().room();
  return room.first(std::min(room.size(), std::exchange(next_read_, SIZE_MAX)));
}

void Tcp::read_first() {
  is_first_read_due_ = false;
  if (raw_reader_ || edge_reader_) return watch();
  const std::span<char> room = next_room();
  const ssize_t n = recv(fd(), room.data(), room.size(), 0);
  loop().first_reads().note(n >= 0);
  if (n > 0) events_.on_read(loop().read_space().taken(static_cast<std::size_t>(n)));
  if (n == 0) return events_.on_end();
  if (n < 0 && errno != EAGAIN && errno != EINTR) return report_at_turn_end(-errno);
  if (wants_reading_) watch();
}

void Tcp::hand_over() {
  if (!socket_->is_bare()) return;
  if (const int error = socket_->hand_over(loop())) report_at_turn_end(error);
}

void Tcp::watch() {
  if (edge_reader_) return;  // not before it is gone
  is_fresh_ = false;
  hand_over();
  const int error = uv_read_start(
      socket_->stream(),
      [](uv_handle_t* handle, std::size_t, uv_buf_t* buf) {
        Tcp* self = Socket::of(handle->data).owner;
        if (!self || self->raw_reader_) return;  // an empty buffer: libuv reads nothing, and says so below
        const std::span<char> room = self->next_room();
        *buf = uv_buf_init(room.data(), static_cast<unsigned>(room.size()));
      },
      [](uv_stream_t* stream, ssize_t n, const uv_buf_t*) {
        Tcp* self = Socket::of(stream->data).owner;
        if (!self || n == 0) return;
        self->loop().begin_event();
        if (n == UV_ENOBUFS && self->raw_reader_) return self->raw_reader_->on_readable();
        if (n > 0) {
          Loop& loop = self->loop();
          self->events_.on_read(loop.read_space().taken(static_cast<std::size_t>(n)));
          return loop.end_event();
        }
        if (n == UV_EOF) return self->events_.on_end();
        self->report_at_turn_end(static_cast<int>(n));
      });
  if (error != 0 && error != UV_EALREADY) report_at_turn_end(error);
}

bool Tcp::watch_edges(EdgeEvents* reader) {
  if (reader) {
    if (loop().edges().add(fd(), *reader) != 0) return false;
    if (!is_fresh_ && !socket_->is_bare()) uv_read_stop(socket_->stream());
  } else {
    loop().edges().remove(fd(), *edge_reader_);
  }
  edge_reader_ = reader;
  if (!reader && wants_reading_) start_reading();
  return true;
}

void Tcp::stop_reading() {
  wants_reading_ = false;
  if (!is_fresh_ && !socket_->is_bare()) uv_read_stop(socket_->stream());
}

void Tcp::write(Buffer& bytes, Then then) {
  if (pending_error_ != Code::ok) return bytes.clear();
  if (owes_syn_) send_syn(bytes);
  if (!is_queued_) {
    while (!bytes.empty()) {
      std::array<uv_buf_t, kGather> bufs;
      std::size_t total = 0;
      const std::size_t n = gather(bytes, bufs, total);
      const int written = is_connecting_ ? UV_EAGAIN : Socket::try_write(fd_, bufs, n, then);
      if (written == UV_EAGAIN) break;
      if (written < 0) {
        bytes.clear();
        return report_at_turn_end(written);
      }
      bytes.consume(static_cast<std::size_t>(written));
      if (static_cast<std::size_t>(written) < total) break;
    }
  }
  if (bytes.empty()) return;
  is_queued_ = true;
  if (is_rising()) return socket_->queued.append(std::move(bytes));
  hand_over();
  socket_->queued.append(std::move(bytes));
  if (socket_->in_flight == 0) {
    if (const int error = socket_->write_queued()) report_at_turn_end(error);
  }
}

std::size_t Tcp::backlog() const {
  if (!is_queued_) return 0;
  if (socket_->is_bare()) return socket_->queued.size();
  return socket_->queued.size() - socket_->in_flight + uv_stream_get_write_queue_size(socket_->stream());
}

void Tcp::shutdown() {
  socket_->wants_fin = true;
  if (socket_->queued.empty() && pending_error_ == Code::ok && !is_rising()) socket_->send_fin();
}

bool Tcp::has_end_come() const {
  pollfd asked{fd(), POLLRDHUP, 0};
  return poll(&asked, 1, 0) > 0;
}

void Tcp::reset_on_close() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  setsockopt(fd(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void Tcp::report_at_turn_end(int uv_error) {
  if (pending_error_ != Code::ok || uv_error == UV_ECANCELED) return;
  pending_error_ = code_of(uv_error);
  request_turn_end();
}

void Tcp::on_turn_end() {
  if (pending_error_ != Code::ok) return events_.on_error(pending_error_);
  if (owes_syn_ && !std::exchange(has_asked_, true)) {
    events_.on_syn_due();
    if (owes_syn_) request_turn_end();  // behind whoever wants to write at the turn's end
    return;
  }
  if (owes_syn_) {
    Buffer nothing;
    send_syn(nothing);
  }
  if (owes_drained_ && backlog() == 0) drained();
  if (is_first_read_due_ && wants_reading_) read_first();
}

void Tcp::drained() {
  owes_drained_ = false;
  loop().begin_event();
  raw_writer_ ? raw_writer_->on_drained() : events_.on_drained();
}

void Tcp::tell_when_drained() {
  owes_drained_ = true;
  if (backlog() == 0) request_turn_end();
}

void Tcp::end_raw(int error) {
  if (error == 0) return events_.on_end();
  report_at_turn_end(-error);  // libuv's errors are negated errnos
}

}  // namespace gladhand::io
