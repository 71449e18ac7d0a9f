#include "exchange/filtering.h"

namespace gladhand::exchange {

using filter::Verdict;

std::optional<io::Ticket> Asides::run(std::function<void()> job, std::function<void()> done) {
  if (slots_.use_count() > kMost) return std::nullopt;
  return io::run(loop_, [job = std::move(job), slot = slots_] { job(); }, std::move(done));
}

void Filtering::pass_request() {
  const Verdict verdict = walk_.pass_request();
  if (verdict != Verdict::aside) return passed_(verdict);
  ticket_ = asides_.run(walk_.aside_job(), [this] { pass_request(); });
  if (!ticket_) passed_(verdict);
}

void Filtering::finish() {
  ticket_.reset();
  walk_.finish();
}

}  // namespace gladhand::exchange
