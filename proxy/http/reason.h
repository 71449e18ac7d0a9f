// Reason phrases for messages that came without one (RFC 9110 section 15, RFC 6585): HTTP/2 has none, and some readers of
// HTTP/1 miss them.
#pragma once

#include <cstdint>
#include <string_view>

namespace gladhand::http {

// Empty when the status code is not a known one.
std::string_view reason_phrase(std::uint16_t status);

}  // namespace gladhand::http
