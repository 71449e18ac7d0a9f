// What a ClientHello says in the clear (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2), read without a TLS library.
//
// For looking on: it is strict about what it reads and passes over the extensions that it has no question about. Nothing is
// allocated. The reserved values of RFC 8701 (GREASE) are no offers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gladhand::tls {

// The views are into the message.
struct ClientHello {
  std::uint16_t legacy_version = 0;  // 0x0303 is TLS 1.2
  // The highest that is offered: of supported_versions where that is sent (0: it names none of ours, 0x03..), else the legacy
  // version, which stands for TLS 1.2 at most (RFC 8446 section 4.2.1).
  std::uint16_t version = 0;
  bool has_server_name = false;
  std::string_view server_name;  // empty: none was sent, or it is no host name (an address is none: RFC 6066 section 3)
  bool offers_h2 = false;
  bool offers_http1_1 = false;
  bool offers_other_protocol = false;
  std::string_view first_protocol;     // of ALPN (RFC 7301); empty: none is offered
  bool has_encrypted_hello = false;    // then all of the above is the outer hello's, or a GREASE one's: they look the same
  bool has_pre_shared_key = false;
  bool has_early_data = false;
};

// `message` is the whole handshake message, its four bytes of type and length included, and nothing behind it.
// Nothing: this is no ClientHello, or a malformed one.
std::optional<ClientHello> read_client_hello(std::string_view message);

}  // namespace gladhand::tls
