// What the upstream sees of a request's path where a route changes it.
#pragma once

#include <string_view>

#include "base/arena.h"
#include "config/config.h"

namespace gladhand::exchange {

// `target` is in canonical form: a path and perhaps a query. What is neither ("*") stays. A prefix is stripped where it ends
// with a segment: "/api" of "/api", "/api/x" and "/api?x", but not of "/apis". The new text lives in `arena`.
std::string_view rewritten(std::string_view target, const config::Rewrite& rewrite, Arena& arena);

}  // namespace gladhand::exchange
