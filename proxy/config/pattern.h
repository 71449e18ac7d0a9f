// The grammar of what a route can match, and of the origins that it names. Matching itself is the router's.
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

// What a path may begin with: "/api", "/api/v2"; not "/" alone. Fault: bad_prefix.
std::optional<Fault> check_path_prefix(std::string_view text);

// "https://example.com" or "https://example.com:8443", as browsers write it (RFC 6454 section 6.2), or "*". Fault: bad_origin.
std::optional<Fault> check_origin(std::string_view text);

}  // namespace gladhand::config
