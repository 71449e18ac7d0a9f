// How other threads talk to a loop: they post functions, the loop runs them in order on its own thread.
#pragma once

#include <uv.h>

#include <functional>
#include <mutex>
#include <vector>

#include "io/handle.h"
#include "io/loop.h"

namespace gladhand::io {

class Mailbox {
 public:
  using Letter = std::function<void()>;

  explicit Mailbox(Loop& loop);

  // From any thread, as long as the mailbox lives. Never blocks for longer than a push.
  void post(Letter letter);

 private:
  void deliver();

  Loop& loop_;
  std::mutex mutex_;
  std::vector<Letter> letters_;
  Handle<Box<uv_async_t, Mailbox>> wake_;
};

}  // namespace gladhand::io
