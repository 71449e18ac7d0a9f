// Signals of the process, delivered on one loop.
#pragma once

#include <uv.h>

#include <functional>

#include "io/handle.h"
#include "io/loop.h"

namespace gladhand::io {

class Signal {
 public:
  // Calls `act` each time `number` arrives.
  Signal(Loop& loop, int number, std::function<void()> act);
  Signal(const Signal&) = delete;  // its handle knows where it lives
  Signal& operator=(const Signal&) = delete;

 private:
  std::function<void()> act_;
  Handle<Box<uv_signal_t, Signal>> handle_;
};

}  // namespace gladhand::io
