// What a ServerHello says in the clear (RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3), read without a TLS library.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gladhand::tls {

struct ServerHello {
  std::uint16_t version = 0;        // that the server chose; 0x0304 is TLS 1.3
  bool is_retry = false;            // a HelloRetryRequest, which has the form of a ServerHello
  bool has_pre_shared_key = false;  // it took the client's
};

// `message` is the whole handshake message, its four bytes of type and length included, and nothing behind it.
// Nothing: this is no ServerHello, or a malformed one.
std::optional<ServerHello> read_server_hello(std::string_view message);

}  // namespace gladhand::tls
