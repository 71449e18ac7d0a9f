// The cookies of a request (RFC 6265 section 5.4), as far as a proxy looks at them.
#pragma once

#include <string_view>

#include "http/headers.h"

namespace gladhand::http {

// The value of the first cookie of that name; empty when there is none.
std::string_view cookie(const Headers& fields, std::string_view name);

}  // namespace gladhand::http
