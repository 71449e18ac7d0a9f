// Non-blocking sockets on one epoll, for wire.cc.
#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace gladhand::bench {

// Something with a descriptor, which it owns and closes.
class Watched {
 public:
  explicit Watched(int fd) : fd_(fd) {}
  virtual ~Watched() { ::close(fd_); }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  virtual bool on_ready() = 0;  // false: it is over, and can be deleted
  virtual std::uint32_t wanted() const { return EPOLLIN; }
  int fd() const { return fd_; }

 private:
  int fd_;
};

// Owns what it watches, until that is over.
class Loop {
 public:
  ~Loop() { ::close(epoll_); }
  void add(std::unique_ptr<Watched> watched) {
    Entry entry{std::move(watched), 0};
    Watched* const key = entry.watched.get();
    watch(EPOLL_CTL_ADD, entry);
    entries_.emplace(key, std::move(entry));
  }
  std::size_t size() const { return entries_.size(); }
  void turn(int timeout_ms) {
    std::array<epoll_event, 128> events;
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout_ms);
    for (int i = 0; i < count; ++i) {
      auto* const watched = static_cast<Watched*>(events[static_cast<std::size_t>(i)].data.ptr);
      const bool goes_on = watched->on_ready();
      const auto entry = entries_.find(watched);
      if (!goes_on) {
        entries_.erase(entry);
      } else if (watched->wanted() != entry->second.events) {
        watch(EPOLL_CTL_MOD, entry->second);
      }
    }
  }

 private:
  struct Entry {
    std::unique_ptr<Watched> watched;
    std::uint32_t events;
  };
  void watch(int operation, Entry& entry) const {
    entry.events = entry.watched->wanted();
    epoll_event event{.events = entry.events, .data = {.ptr = entry.watched.get()}};
    ::epoll_ctl(epoll_, operation, entry.watched->fd(), &event);
  }

  int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::unordered_map<Watched*, Entry> entries_;
};

// A TCP connection, what was not consumed yet and what was not sent yet. `finish()` and `fail()` end it; a peer that closes it has
// failed it.
class Connection : public Watched {
 public:
  using Watched::Watched;

  bool on_ready() override {
    static std::array<char, 256 * 1024> room;
    const ssize_t n = ::recv(fd(), room.data(), room.size(), MSG_DONTWAIT);
    if (n > 0) {
      take({room.data(), static_cast<std::size_t>(n)});
    } else if (n == 0) {
      fail("the connection was closed");
    } else if (errno != EAGAIN) {
      fail(std::strerror(errno));
    }
    flush();
    return failure_.empty() && !is_finished_;
  }
  std::uint32_t wanted() const override { return output_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT; }

 protected:
  // Uses the front of `bytes` and says how much of it; what it leaves comes again, with more behind it.
  virtual std::size_t consume(std::string_view bytes) = 0;

  void say(std::string_view bytes) { output_ += bytes; }
  void finish() { is_finished_ = true; }
  std::size_t fail(std::string_view why) {
    if (failure_.empty()) failure_ = why;
    return 0;
  }
  const std::string& failure() const { return failure_; }

 private:
  void take(std::string_view bytes) {
    if (!rest_.empty()) bytes = rest_ += bytes;
    while (!bytes.empty() && failure_.empty() && !is_finished_) {
      const std::size_t used = consume(bytes);
      if (used == 0) break;
      bytes.remove_prefix(used);
    }
    rest_ = std::string(bytes);
    if (rest_.size() > kMostRestBytes) fail("a head or a frame without an end");
  }
  void flush() {
    if (output_.empty()) return;
    const ssize_t n = ::send(fd(), output_.data(), output_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) output_.erase(0, static_cast<std::size_t>(n));
    if (n < 0 && errno != EAGAIN) fail(std::strerror(errno));
  }

  static constexpr std::size_t kMostRestBytes = 1024 * 1024;

  std::string rest_, output_, failure_;
  bool is_finished_ = false;
};

}  // namespace gladhand::bench
