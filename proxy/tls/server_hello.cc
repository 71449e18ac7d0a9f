#include "tls/server_hello.h"

#include "tls/wire.h"

namespace gladhand::tls {
namespace {

// RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest", in the place of a random value.
constexpr std::string_view kRetryRandom(
    "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c", 32);
constexpr std::size_t kMostSessionIdBytes = 32;

bool read_extensions(Wire wire, ServerHello& hello) {
  while (wire.has_more()) {
    const auto type = static_cast<Extension>(wire.number(2));
    Wire body(wire.vector(2));
    if (!wire.is_sound()) return false;
    if (type == Extension::supported_versions) {
      hello.version = body.u16();
      if (!body.is_used_up()) return false;
    }
    if (type == Extension::pre_shared_key) hello.has_pre_shared_key = true;
  }
  return wire.is_sound();
}

}  // namespace

std::optional<ServerHello> read_server_hello(std::string_view message) {
  Wire wire(message);
  const auto type = static_cast<MessageType>(wire.number(1));
  Wire body(wire.vector(3));
  if (!wire.is_used_up() || type != MessageType::server_hello) return std::nullopt;

  ServerHello hello;
  hello.version = body.u16();
  hello.is_retry = body.take(kRetryRandom.size()) == kRetryRandom;
  const std::string_view session_id = body.vector(1);
  body.take(2);  // the cipher suite
  body.take(1);  // the compression method
  if (!body.is_sound() || session_id.size() > kMostSessionIdBytes) return std::nullopt;
  if (body.has_more()) {
    const Wire extensions(body.vector(2));
    if (!body.is_used_up() || !read_extensions(extensions, hello)) return std::nullopt;
  }
  // Section 4.2.1: who negotiates a version before TLS 1.3 does not send supported_versions, and there is none behind it yet.
  if (hello.version >> 8 != 3 || hello.version > kTls13) return std::nullopt;
  return hello;
}

}  // namespace gladhand::tls
