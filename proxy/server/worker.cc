#include "server/worker.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace gladhand::server {

// Lives on the worker's thread.
class Worker::Life final : private io::DeadlineEvents {
 public:
  Life(const WorkerSettings& settings, const std::function<void()>& on_drained)
      : on_drained_(on_drained), adopted_{settings.snapshot}, loop_(settings.clock), mailbox_(loop_), drained_check_(loop_.deadlines(), *this), floor_(std::in_place, settings, loop_) {}

  io::Loop& loop() { return loop_; }
  io::Mailbox& mailbox() { return mailbox_; }
  void adopt(SnapshotPtr snapshot) {
    std::erase_if(adopted_, [](const auto& old) { return old.expired(); });
    adopted_.push_back(snapshot);
    floor_->adopt(std::move(snapshot));
  }
  void hand_over() { floor_->hand_over(); }
  void drain() {
    floor_->drain();
    drained_check_.arm(kCheckDrained);
  }
  void cut() { floor_->cut(); }
  // Work that goes on in libuv's pool may be a plugin's, which stays for as long as the configuration that it came with.
  void let_go() {
    for (const auto& snapshot : adopted_) kept_.push_back(snapshot.lock());
    floor_.reset();
  }

 private:
  static constexpr Nanos kCheckDrained = std::chrono::milliseconds(10);

  void on_deadline(io::Deadline&) override {
    if (floor_->clients() > 0) return drained_check_.arm(kCheckDrained);
    on_drained_();
  }

  const std::function<void()>& on_drained_;
  std::vector<std::weak_ptr<const Snapshot>> adopted_;  // and may be in use
  std::vector<SnapshotPtr> kept_;                       // for longer than the loop
  io::Loop loop_;
  io::Mailbox mailbox_;
  io::Deadline drained_check_;
  std::optional<Floor> floor_;
};

Worker::Worker(const WorkerSettings& settings, std::function<void()> on_drained)
    : settings_(settings), on_drained_(std::move(on_drained)), thread_([this] { run(); }) {
  mailbox_.wait(nullptr);
}

Worker::~Worker() {
  stop();
  thread_.join();
}

void Worker::stop() {
  if (std::exchange(is_stopping_, true)) return;
  mailbox_.load()->post([this] { life_.load()->loop().stop(); });
}

void Worker::run() {
  // Signals are the main thread's.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  pthread_setname_np(pthread_self(), fmt::format("worker {}", settings_.index).c_str());
  end_.set_value_at_thread_exit();
  Life life(settings_, on_drained_);
  settings_.snapshot.reset();  // the floor's alone, which lets it go
  life_ = &life;
  mailbox_ = &life.mailbox();
  mailbox_.notify_all();
  life.loop().run();
  life.let_go();
  let_go_.set_value();
}

void Worker::adopt(SnapshotPtr snapshot, std::function<void()> on_adopted) {
  mailbox_.load()->post([this, snapshot = std::move(snapshot), on_adopted = std::move(on_adopted)] {
    life_.load()->adopt(snapshot);
    on_adopted();
  });
}

bool Worker::is_turning() {
  if (!has_turned_.exchange(false)) return false;  // the letter is still on its way
  mailbox_.load()->post([this] { has_turned_ = true; });
  return true;
}

void Worker::hand_over() {
  mailbox_.load()->post([this] { life_.load()->hand_over(); });
}

void Worker::drain() {
  mailbox_.load()->post([this] { life_.load()->drain(); });
}

void Worker::cut() {
  mailbox_.load()->post([this] { life_.load()->cut(); });
}

}  // namespace gladhand::server
