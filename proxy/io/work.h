// Blocking work off the loop's thread, in libuv's thread pool.
//
// The pool is small (four threads, if UV_THREADPOOL_SIZE does not say otherwise), it is the whole process's, and names are
// resolved in it too: whoever sends work there bounds how much of it waits.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "io/loop.h"
#include "io/ticket.h"

namespace gladhand::io {

// `job` runs in a thread of the pool; `done` follows on the loop's thread, never from inside the call. Dropping the ticket
// means that `done` is not called. The job may be running all the same, so it owns what it uses, or shares it with those
// who do not change it.
Ticket run(Loop& loop, std::function<void()> job, std::function<void()> done);

// The same for a job with a result, which `done` is given: run<bool>(loop, job, done).
template <class Result>
Ticket run(Loop& loop, std::function<Result()> job, std::function<void(Result)> done) {
  auto result = std::make_shared<std::optional<Result>>();
  return run(
      loop, [result, job = std::move(job)] { result->emplace(job()); },
      [result, done = std::move(done)] { done(*std::move(*result)); });
}

}  // namespace gladhand::io
