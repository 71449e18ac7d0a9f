// What went wrong, where, and the cure: the probe's errors in words for a person.
#pragma once

#include "cli/probe_attempt.h"

namespace gladhand::cli {

// Of the leg to the target, or to the proxy.
Trouble explain(const ProbePlan& plan, const Leg& leg, bool is_proxy, Error error);

// "404 Not Found".
std::string status_text(std::uint16_t status);

// What is wrong with a certificate, with its dates and names: "has expired 3 days ago (2026-11-18): CN=example.com".
// `now` is the wall clock's.
std::string certificate_problem(const Leg& leg, Code code, std::string_view host, std::chrono::sys_seconds now);

// "3 days", "5 hours": in the largest unit of which there is at least one.
std::string span_text(std::chrono::seconds span);
// "2026-11-18".
std::string date_text(std::chrono::sys_seconds time);

}  // namespace gladhand::cli
