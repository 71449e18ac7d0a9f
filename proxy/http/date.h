// The time of day as messages write it.
#pragma once

#include <string_view>

#include "base/arena.h"

namespace gladhand::http {

// Now, as IMF-fixdate (RFC 9110 section 5.6.7), in `arena`.
std::string_view date_now(Arena& arena);

}  // namespace gladhand::http
