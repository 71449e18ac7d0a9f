// Attempts that are not the last: see retry.h for which those are, and exchange.cc for the states.
#include "exchange/exchange.h"

namespace gladhand::exchange {

using timeline::ExchangeMark;

Again Exchange::judge_attempt(Code error, std::uint16_t status) const {
  if (!cluster_ || response_ != Half::idle || sent_body_) return Again::no;
  const bool is_answered = error == Code::ok;
  if (!is_answered && row(error).retryable && upstream_) return Again::no;  // it is not the upstream that failed
  const Attempt attempt{
      .error = error,
      .status = status,
      .number = record_.attempts,
      .had_stream = record_.upstream != nullptr,
      .was_reused = was_reused_,
      .is_second_try = has_retried_,
      .is_repeatable = (!request_head_.has_body || asks_for_tunnel()) && http::is_idempotent(request_head_.method),
  };
  return judge(attempt, route_ && route_->has_retry ? &route_->retry : nullptr, *cluster_, services_.loop.now());
}

// What was seen of its endpoint may be gone before the next one answers, and its wait is not the next one's. Where no connection
// came about, the request waits for one all along.
void Exchange::forget_attempt() {
  if (record_.upstream) {
    for (const ExchangeMark mark : {ExchangeMark::upstream_asked, ExchangeMark::resolved, ExchangeMark::upstream_ready, ExchangeMark::head_sent}) record_.timeline.forget(mark);
    record_.timeline.mark(ExchangeMark::upstream_asked, now());
  }
  is_discarding_ = false;
  response_trailers_.clear();
  upstream_.drop();
  record_.upstream = nullptr;
  record_.endpoint = {};
}

// Whoever is to answer in its place is asked when it is over: mostly it has come with its head.
void Exchange::discard(const http::Head& head) {
  is_discarding_ = true;
  discarded_bytes_ = 0;
  if (head.has_body && head.content_length.value_or(0) > kDiscardedBytes) return end_discarded();
  deadline_.arm(kDiscardTime);
}

void Exchange::discard(Buffer&& body) {
  const Buffer unwanted = std::move(body);
  discarded_bytes_ += unwanted.size();
  if (discarded_bytes_ > kDiscardedBytes) return end_discarded();
  upstream_->consumed(unwanted.size());
}

void Exchange::end_discarded() {
  forget_attempt();
  ask(true, endpoint_);
}

}  // namespace gladhand::exchange
