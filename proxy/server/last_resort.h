// What ends a process that does not end: a thread that waits, says what the end has been waiting for, and calls _exit().
//
// A process that was told to stop must stop, whatever a thread of it, a library's own end or the kernel has come to wait for.
// That it comes to this is a defect, which the line that it leaves in the log is there to find. Standard output is not flushed.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "base/clock.h"

namespace gladhand::server {

class LastResort {
 public:
  // From here to the end of the process, exit() and what it calls included, no longer than `most`; then with `status`. There
  // is no way back.
  LastResort(Nanos most, int status);

  // What the end waits for from now on, as in "the workers". A literal.
  void now_waiting_for(const char* what) { *what_ = what; }

 private:
  const std::shared_ptr<std::atomic<const char*>> what_;  // the thread outlives everything
};

// Every thread of the process by its name, its state and what the kernel says it waits in (proc(5)): "gladhand S futex_wait, …".
std::string threads_text();

}  // namespace gladhand::server
