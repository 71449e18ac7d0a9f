// The grammar of what a route can match. Matching itself is the router's.
#pragma once

#include <optional>
#include <string_view>

#include "config/diagnostic.h"

namespace gladhand::config {

// "example.com", "192.0.2.1", "[2001:db8::1]", or "*.example.com"; no port. Fault: bad_host_pattern.
std::optional<Fault> check_host_pattern(std::string_view text);

// "/exact" or "/prefix/*"; a * stands nowhere else. No query, fragment, blank or control character. Fault:
// bad_path_pattern.
std::optional<Fault> check_path_pattern(std::string_view text);

}  // namespace gladhand::config
