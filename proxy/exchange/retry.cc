#include "exchange/retry.h"

#include <algorithm>
#include <optional>

namespace gladhand::exchange {
namespace {

using config::RetryOn;

bool is_broken_off(Code error) {
  return error == Code::upstream_closed || error == Code::upstream_reset || error == Code::truncated_tls || error == Code::truncated_response;
}

// Nothing of the request can have been acted on. A handshake's result is one of those where no connection came of it.
bool was_never_sent(const Attempt& attempt) {
  const ErrorRow& error = row(attempt.error);
  return error.retryable || (!attempt.had_stream && error.handshake);
}

std::optional<RetryOn> condition(const Attempt& attempt) {
  if (is_broken_off(attempt.error)) return RetryOn::reset;
  if (attempt.error != Code::ok) return std::nullopt;
  switch (attempt.status) {
    case 502: return RetryOn::bad_gateway;
    case 503: return RetryOn::unavailable;
    case 504: return RetryOn::gateway_timeout;
    default: return std::nullopt;
  }
}

bool includes(const config::Retry& policy, RetryOn condition) { return std::ranges::find(policy.on, condition) != policy.on.end(); }

}  // namespace

Again judge(const Attempt& attempt, const config::Retry* policy, upstream::Cluster& cluster, Nanos now) {
  if (policy && attempt.number >= policy->attempts) return Again::no;
  if (was_never_sent(attempt)) {
    if (attempt.error == Code::pool_overflow) return Again::no;
    if (policy) return includes(*policy, RetryOn::connect) ? Again::elsewhere : Again::no;
    return attempt.number < cluster.most_attempts() ? Again::anywhere : Again::no;
  }
  if (!attempt.is_repeatable) return Again::no;
  // It had probably died before the request got there.
  if (is_broken_off(attempt.error) && attempt.error != Code::truncated_response && attempt.was_reused && !attempt.is_second_try) return Again::anywhere;
  const auto reason = condition(attempt);
  if (!policy || !reason || !includes(*policy, *reason)) return Again::no;
  return cluster.retry_budget().take(now) ? Again::elsewhere : Again::no;
}

}  // namespace gladhand::exchange
