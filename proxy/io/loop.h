// One worker's event loop, cut into turns.
//
// A turn is one visit of the loop: callbacks run and note what they want done (TurnTask::request_turn_end), and the turn's
// end does it, once for each object, however many callbacks asked. All frames of a turn so leave in one write. Where no
// other event could add to it, it is done at the end of the event (request_event_end), before the next one has driven all
// that it needs out of the caches. The turn's end is also where objects die that were retired during it, so nobody is
// destroyed inside a callback of its own. Turns end before the loop may block and again after it has polled.
#pragma once

#include <uv.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/list.h"
#include "io/deadline.h"
#include "io/edges.h"

namespace gladhand::io {

class Loop;

// Work to be done once at the end of the turn, or of the event. An intrusive member of its loop's list: forgets itself when destroyed.
class TurnTask : public ListNode<TurnTask> {
 public:
  explicit TurnTask(Loop& loop) : loop_(loop) {}
  virtual ~TurnTask() = default;

  void request_turn_end();
  // Nothing where the end of the turn was asked for already.
  void request_event_end();
  // The end of the next turn, which the loop does not wait for: whatever the sockets hold already comes before it.
  void request_next_turn_end();

 protected:
  virtual void on_turn_end() = 0;
  Loop& loop() const { return loop_; }

 private:
  friend class Loop;
  Loop& loop_;
};

// Whether it pays to read an accepted socket before it is watched. If something is there, a short connection never needs a
// watch, which costs about three tries in vain.
class FirstReads {
 public:
  bool is_worth_trying() { return score_ >= 0 || ++left_out_ % kProbe == 0; }
  void note(bool has_come) { score_ = std::clamp(score_ + (has_come ? 3 : -1), -kMemory, kMemory); }

 private:
  static constexpr int kMemory = 32;
  static constexpr unsigned kProbe = 16;
  int score_ = 0;
  unsigned left_out_ = 0;
};

class Loop {
 public:
  explicit Loop(const Clock& clock);
  // Everything that used the loop must be gone; what libuv still has to close is waited for.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Until stop(). May be called again.
  void run();
  void stop();
  // Handles what is ready and returns; waits for something first if `may_wait`. For tests that step through a story.
  void run_once(bool may_wait);

  // The instant of the event that is being handled, for marks: read from the clock when it is first asked for. Work that
  // takes long enough to matter (TLS) reads the clock itself.
  Nanos now() {
    if (event_time_ == Nanos::zero()) event_time_ = clock_.now();
    return event_time_;
  }
  // Another event begins, or one has taken long: the next now() reads the clock again.
  void begin_event() { event_time_ = Nanos::zero(); }
  // What was read from a socket has been dealt with.
  void end_event();
  const Clock& clock() const { return clock_; }
  DeadlineQueue& deadlines() { return deadlines_; }
  ReadSpace& read_space() { return read_space_; }
  Edges& edges() { return *edges_; }

  // Destroys `object` at the end of the turn.
  template <class T>
  void retire(std::unique_ptr<T> object) {
    graveyard_.push_back({object.release(), [](void* p) { delete static_cast<T*>(p); }});
  }

  // For io/ only. libuv's callbacks know no more than their loop.
  uv_loop_t* uv() { return &uv_; }
  static Loop& of(uv_loop_t* uv) { return *static_cast<Loop*>(uv->data); }
  FirstReads& first_reads() { return first_reads_; }

 private:
  friend class TurnTask;

  // Deadlines count from the instant of the event that arms them. libuv's own idea of the time is that of the turn's begin.
  struct EventClock : Clock {
    explicit EventClock(Loop& loop) : loop_(loop) {}
    Nanos now() const override { return loop_.now(); }
    Loop& loop_;
  };
  struct Grave {
    void* object;
    void (*destroy)(void*);
  };

  void wait_for_edges();
  void run_first(List<TurnTask>& tasks);
  void end_turn();
  void wake_late_tasks();
  void run_deadlines();
  void arm_timer();

  const Clock& clock_;
  bool is_stopped_ = false;
  Nanos event_time_{};  // zero: not asked for yet
  uv_loop_t uv_;
  uv_prepare_t before_poll_;
  uv_check_t after_poll_;
  uv_idle_t late_;  // active while there are late tasks: the loop then polls without waiting
  uv_timer_t timer_;
  EventClock event_clock_{*this};
  DeadlineQueue deadlines_{event_clock_};
  ReadSpace read_space_;
  std::optional<Edges> edges_;
  FirstReads first_reads_;
  List<TurnTask> event_tasks_;
  List<TurnTask> tasks_;
  List<TurnTask> late_tasks_;  // of the next turn
  std::vector<Grave> graveyard_;
};

inline void TurnTask::request_turn_end() {
  if (!is_linked()) loop_.tasks_.push_back(*this);
}

inline void TurnTask::request_event_end() {
  if (!is_linked()) loop_.event_tasks_.push_back(*this);
}

}  // namespace gladhand::io
