#include "io/work.h"

namespace gladhand::io {
namespace {

using Done = std::function<void()>;

struct Work : PoolErrand<uv_work_t, Done> {
  std::function<void()> job;

  Work(std::function<void()> j, Done done) : PoolErrand(std::move(done)), job(std::move(j)) {}
  static Work& of(uv_work_t* uv) { return static_cast<Work&>(PoolErrand::of(uv)); }
};

void on_thread(uv_work_t* uv) { Work::of(uv).job(); }

void on_done(uv_work_t* uv, int) {
  Work::of(uv).job = nullptr;  // what it holds need not wait for the ticket's end
  if (const Done done = Work::landed(uv)) done();
}

}  // namespace

Ticket run(Loop& loop, std::function<void()> job, std::function<void()> done) {
  auto work = std::make_shared<Work>(std::move(job), std::move(done));
  uv_queue_work(loop.uv(), &work->uv, on_thread, on_done);  // refuses nothing but a missing function
  return Work::sent(std::move(work));
}

}  // namespace gladhand::io
