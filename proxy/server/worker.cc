#include "server/worker.h"

#include <pthread.h>
#include <signal.h>

namespace gladhand::server {

// Lives on the worker's thread.
class Worker::Life final : private io::DeadlineEvents {
 public:
  Life(const WorkerSettings& settings, const std::function<void()>& on_drained)
      : on_drained_(on_drained), loop_(settings.clock), mailbox_(loop_), drained_check_(loop_.deadlines(), *this), floor_(settings, loop_) {}

  io::Loop& loop() { return loop_; }
  io::Mailbox& mailbox() { return mailbox_; }
  void adopt(SnapshotPtr snapshot) { floor_.adopt(std::move(snapshot)); }
  void hand_over() { floor_.hand_over(); }
  void drain() {
    floor_.drain();
    drained_check_.arm(kCheckDrained);
  }
  void cut() { floor_.cut(); }

 private:
  static constexpr Nanos kCheckDrained = std::chrono::milliseconds(10);

  void on_deadline(io::Deadline&) override {
    if (floor_.clients() > 0) return drained_check_.arm(kCheckDrained);
    on_drained_();
  }

  const std::function<void()>& on_drained_;
  io::Loop loop_;
  io::Mailbox mailbox_;
  io::Deadline drained_check_;
  Floor floor_;
};

Worker::Worker(const WorkerSettings& settings, std::function<void()> on_drained)
    : settings_(settings), on_drained_(std::move(on_drained)), thread_([this] { run(); }) {
  mailbox_.wait(nullptr);
}

Worker::~Worker() {
  mailbox_.load()->post([this] { life_.load()->loop().stop(); });
  thread_.join();
}

void Worker::run() {
  // Signals are the main thread's.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  Life life(settings_, on_drained_);
  settings_.snapshot.reset();  // the floor's alone, which lets it go
  life_ = &life;
  mailbox_ = &life.mailbox();
  mailbox_.notify_all();
  life.loop().run();
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
