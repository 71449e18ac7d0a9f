// Digests: what protocols ask for, and what stands for a secret.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "tls/openssl.h"

namespace gladhand::tls {

// base64(SHA-1(`text`)), by which a WebSocket's server shows that it knows the protocol (RFC 6455 section 4.2.2).
std::string sha1_base64(std::string_view text);

// Sixteen random bytes in base64: a WebSocket client's key (RFC 6455 section 4.1).
std::string random_key();

// HMAC-SHA-256 under a key that is drawn when the object is made and never leaves it. Equal texts have equal digests, and
// a digest says nothing of its text, not even to who can guess the text: it can be kept where a secret must not be.
class KeyedDigest {
 public:
  using Value = std::array<unsigned char, 32>;

  KeyedDigest();
  // For one thread at a time.
  Value of(std::string_view text);

 private:
  MacContextPtr context_;
};

}  // namespace gladhand::tls
