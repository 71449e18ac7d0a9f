// Digests that protocols ask for.
#pragma once

#include <string>
#include <string_view>

namespace gladhand::tls {

// base64(SHA-1(`text`)), by which a WebSocket's server shows that it knows the protocol (RFC 6455 section 4.2.2).
std::string sha1_base64(std::string_view text);

// Sixteen random bytes in base64: a WebSocket client's key (RFC 6455 section 4.1).
std::string random_key();

}  // namespace gladhand::tls
