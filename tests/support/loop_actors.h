// What a test wants done on its loop: at the end of a turn, or after a while.
#pragma once

#include <functional>
#include <utility>

#include "io/loop.h"

namespace gladhand::test {

class Task final : public io::TurnTask {
 public:
  Task(io::Loop& loop, std::function<void(Task&)> act) : TurnTask(loop), act_(std::move(act)) {}

 private:
  void on_turn_end() override { act_(*this); }
  std::function<void(Task&)> act_;
};

class Alarm final : private io::DeadlineEvents {
 public:
  Alarm(io::Loop& loop, std::function<void()> act) : deadline(loop.deadlines(), *this), act_(std::move(act)) {}
  io::Deadline deadline;

 private:
  void on_deadline(io::Deadline&) override { act_(); }
  std::function<void()> act_;
};

}  // namespace gladhand::test
