// An exchange's way through its plugins, with what filter/ does not do itself: slow work on other threads.
#pragma once

#include <functional>
#include <memory>

#include "filter/chain.h"
#include "io/work.h"

namespace gladhand::exchange {

// The slow work of plugins of one worker, in libuv's thread pool, which names are resolved in too: it is bounded.
class Asides {
 public:
  static constexpr long kMost = 64;

  explicit Asides(io::Loop& loop) : loop_(loop) {}

  // As io::run(). Nothing: kMost others are under way.
  std::optional<io::Ticket> run(std::function<void()> job, std::function<void()> done);
  // A job is under way, even if nobody waits for it any more: its plugin is in use.
  bool is_busy() const { return slots_.use_count() > 1; }

 private:
  io::Loop& loop_;
  std::shared_ptr<char> slots_ = std::make_shared<char>();  // every job holds one more reference
};

class Filtering {
 public:
  // `passed` is told, once, what became of the request: go_on, answered, or aside, if there is too much work already.
  using Passed = std::function<void(filter::Verdict)>;

  // What it refers to outlives it.
  Filtering(Asides& asides, const filter::Chain& chain, const timeline::ExchangeRecord& record, http::Head& request, Arena& arena, Passed passed)
      : asides_(asides), walk_(chain, record, request, arena), passed_(std::move(passed)) {}

  // May tell at once.
  void pass_request();
  filter::Walk& walk() { return walk_; }
  const filter::Walk& walk() const { return walk_; }
  // The exchange is over, however it ended. Nothing is told any more.
  void finish();

 private:
  Asides& asides_;
  filter::Walk walk_;
  const Passed passed_;
  std::optional<io::Ticket> ticket_;
};

}  // namespace gladhand::exchange
