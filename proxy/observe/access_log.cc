#include "observe/access_log.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "observe/log_ring.h"
#include "observe/log_writer.h"

namespace gladhand::observe {
namespace {

constexpr int kGatherMillis = 20;

}  // namespace

struct AccessLog::Lane {
  explicit Lane(std::size_t ring_bytes) : ring(ring_bytes) {}
  LogRing ring;
  Count dropped;
  std::unique_ptr<LogWriter> writer;
};

Expected<std::unique_ptr<AccessLog>> AccessLog::open(const config::Config& config, std::size_t workers, Limits limits) {
  auto file = LogFile::open(config.log.access.file, limits.patience);
  if (!file) return std::unexpected(file.error());
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0) return failure(Code::local_error, strerrordesc_np(errno));
  return std::unique_ptr<AccessLog>(new AccessLog(Names(config), std::move(*file), workers, limits.ring_bytes, wake_fd));
}

AccessLog::AccessLog(const Names& names, LogFile file, std::size_t workers, std::size_t ring_bytes,
                     int wake_fd)
    : names_(std::make_unique<LogNames>()), file_(std::move(file)), wake_fd_(wake_fd) {
  names_->learn(names);
  for (std::size_t i = 0; i < workers; ++i) {
    auto& lane = *lanes_.emplace_back(std::make_unique<Lane>(ring_bytes));
    lane.writer = std::make_unique<LogWriter>(*names_, *this, i);
  }
  // The thread inherits the mask: signals are for others, and a SIGPIPE of its own writes becomes EPIPE.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

AccessLog::~AccessLog() {
  stop();
  close(wake_fd_);
}

timeline::Recorder& AccessLog::recorder(std::size_t worker) { return *lanes_[worker]->writer; }

void AccessLog::learn(const Names& names) { names_->learn(names); }

Expected<void> AccessLog::reopen() { return file_.reopen(); }

void AccessLog::stop() {
  if (!thread_.joinable()) return;
  is_stopping_.store(true);
  wake();
  thread_.join();
}

std::uint64_t AccessLog::dropped_full() const {
  std::uint64_t total = 0;
  for (const auto& lane : lanes_) total += lane->dropped.value();
  return total;
}

void AccessLog::publish(std::size_t worker, std::string_view line) {
  Lane& lane = *lanes_[worker];
  if (!lane.ring.push(line)) {
    lane.dropped.add();
    return;
  }
  // Either we see here that the thread sleeps, or it sees our line before it falls asleep: the push and this look on
  // one side, the mood and the look at the rings on the other, are all sequentially consistent.
  const Mood mood = mood_.load(std::memory_order_seq_cst);
  if (mood == Mood::awake || (mood == Mood::gathering && !lane.ring.is_filling())) return;
  if (mood_.exchange(Mood::awake) != Mood::awake) wake();
}

void AccessLog::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = ::write(wake_fd_, &one, sizeof one);  // fails only when it is awake anyway
}

void AccessLog::run() {
  pthread_setname_np(pthread_self(), "access log");
  while (true) {
    const bool is_last = is_stopping_.load();  // before the rings: what was published before stop() is written
    const bool is_busy = write_out();
    if (is_last) return;
    rest(is_busy);
  }
}

void AccessLog::rest(bool is_busy) {
  mood_.store(is_busy ? Mood::gathering : Mood::asleep, std::memory_order_seq_cst);
  if (is_busy || !is_anything_there()) {
    pollfd ask{wake_fd_, POLLIN, 0};
    poll(&ask, 1, is_busy ? kGatherMillis : -1);
  }
  mood_.store(Mood::awake);
  std::uint64_t wakes;
  [[maybe_unused]] const auto n = ::read(wake_fd_, &wakes, sizeof wakes);
}

bool AccessLog::is_anything_there() const {
  return std::ranges::any_of(lanes_, [](const auto& lane) { return lane->ring.peek().size() > 0; });
}

bool AccessLog::write_out() {
  bool is_busy = false;
  for (const auto& lane : lanes_) is_busy |= write_out(lane->ring) > 0;
  return is_busy;
}

// All that is there before the next ring has its turn: lines of two workers must not be mixed.
std::size_t AccessLog::write_out(LogRing& ring) {
  auto [first, second] = ring.peek();
  const std::size_t size = first.size() + second.size();
  if (size == 0) return 0;
  const std::size_t written = file_.write(first, second, is_stopping_);
  first.remove_prefix(std::min(written, first.size()));
  second.remove_prefix(written > size - second.size() ? written - (size - second.size()) : 0);
  if (written < size)
    unwritten_.add(static_cast<std::uint64_t>(std::ranges::count(first, '\n') + std::ranges::count(second, '\n')));
  ring.pop(size);
  return size;
}

}  // namespace gladhand::observe
