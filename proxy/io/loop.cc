#include "io/loop.h"

#include <cassert>
#include <cstdlib>

namespace gladhand::io {

Loop::Loop(const Clock& clock) : clock_(clock) {
  if (uv_loop_init(&uv_) != 0) std::abort();  // only when the process is out of file descriptors or memory at its start
  uv_.data = this;
  uv_prepare_init(&uv_, &before_poll_);
  uv_check_init(&uv_, &after_poll_);
  uv_idle_init(&uv_, &late_);
  uv_timer_init(&uv_, &timer_);
  uv_prepare_start(&before_poll_, [](uv_prepare_t* handle) {
    Loop& self = of(handle->loop);
    self.end_turn();
    self.arm_timer();
  });
  uv_check_start(&after_poll_, [](uv_check_t* handle) {
    Loop& self = of(handle->loop);
    self.wake_late_tasks();
    self.end_turn();
    if (self.edges_->note_turn()) uv_stop(&self.uv_);
  });
  // The two keep the loop alive: run() waits for stop(), even without a connection.
  edges_.emplace(uv_);
  begin_event();  // the wheel has asked for the time
}

Loop::~Loop() {
  end_turn();
  edges_.reset();
  for (uv_handle_t* handle : {reinterpret_cast<uv_handle_t*>(&before_poll_), reinterpret_cast<uv_handle_t*>(&after_poll_),
                              reinterpret_cast<uv_handle_t*>(&late_), reinterpret_cast<uv_handle_t*>(&timer_)}) {
    uv_close(handle, nullptr);
  }
  uv_run(&uv_, UV_RUN_DEFAULT);
  [[maybe_unused]] const int leaked = uv_loop_close(&uv_);
  assert(leaked == 0 && "a handle outlived everything that could own it");
}

void Loop::run() {
  do {
    uv_run(&uv_, UV_RUN_DEFAULT);  // until stop(), or until edges want to lead
    if (!is_stopped_) edges_->lead();
    while (!is_stopped_ && edges_->is_leading()) wait_for_edges();
  } while (!is_stopped_);
  edges_->follow();
  is_stopped_ = false;
}

// As libuv does it, but for waiting in another set. Its timeout is zero while it has something to do before anybody may wait;
// since 1.44 that includes what it has not begun to watch.
void Loop::wait_for_edges() {
  uv_update_time(&uv_);
  end_turn();
  arm_timer();
  if (edges_->wait(uv_backend_timeout(&uv_))) uv_run(&uv_, UV_RUN_NOWAIT);
}

void Loop::stop() {
  is_stopped_ = true;
  // While edges lead there may be no uv_run() that it could end, and the next one would be ended instead.
  if (!edges_->is_leading()) uv_stop(&uv_);
}

void Loop::run_once(bool may_wait) { uv_run(&uv_, may_wait ? UV_RUN_ONCE : UV_RUN_NOWAIT); }

void Loop::run_first(List<TurnTask>& tasks) {
  TurnTask& task = tasks.front();
  task.unlink();
  begin_event();
  task.on_turn_end();
}

void Loop::end_event() {
  while (!event_tasks_.empty()) run_first(event_tasks_);
}

void Loop::end_turn() {
  end_event();
  // A task may ask for another round (its own or another's), and a destructor may too.
  while (!tasks_.empty() || !graveyard_.empty()) {
    while (!tasks_.empty()) {
      run_first(tasks_);
      end_event();
    }
    std::vector<Grave> graves;
    graves.swap(graveyard_);
    for (const Grave& grave : graves) grave.destroy(grave.object);
    graves.clear();
    if (graveyard_.empty()) graveyard_.swap(graves);  // keeps the memory for the next turn
    end_event();
  }
  begin_event();
}

void Loop::wake_late_tasks() {
  if (late_tasks_.empty()) return;
  late_tasks_.move_to(tasks_);
  uv_idle_stop(&late_);
}

void TurnTask::request_next_turn_end() {
  if (is_linked()) return;
  loop_.late_tasks_.push_back(*this);
  uv_idle_start(&loop_.late_, [](uv_idle_t*) {});
}

void Loop::run_deadlines() {
  begin_event();
  deadlines_.gather();
  while (deadlines_.fire_one()) begin_event();
}

void Loop::arm_timer() {
  const auto next = deadlines_.next();
  if (!next) return;
  if (!deadlines_.take_earlier() && uv_is_active(reinterpret_cast<uv_handle_t*>(&timer_))) return;
  const auto at = static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::milliseconds>(*next).count());
  const std::uint64_t now = uv_now(&uv_);
  uv_timer_start(
      &timer_, [](uv_timer_t* handle) { of(handle->loop).run_deadlines(); }, at > now ? at - now : 0, 0);
}

}  // namespace gladhand::io
