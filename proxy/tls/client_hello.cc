#include "tls/client_hello.h"

#include <algorithm>

#include "config/address.h"
#include "tls/wire.h"

namespace gladhand::tls {
namespace {

constexpr std::size_t kRandomBytes = 32;
constexpr std::size_t kMostSessionIdBytes = 32;

bool is_of_tls(std::uint16_t version) { return version >> 8 == 3; }  // no value of RFC 8701 is

// RFC 8701 section 2: two equal bytes that end in A.
bool is_grease(std::string_view protocol) { return protocol.size() == 2 && protocol[0] == protocol[1] && (protocol[0] & 0x0f) == 0x0a; }

bool read_server_name(Wire wire, ClientHello& hello) {
  constexpr std::uint32_t kHostName = 0;
  Wire names(wire.vector(2));
  if (!wire.is_used_up() || !names.has_more()) return false;
  while (names.has_more()) {
    const std::uint32_t type = names.number(1);
    const std::string_view name = names.vector(2);
    if (!names.is_sound() || name.empty()) return false;
    if (type != kHostName) continue;
    if (hello.has_server_name) return false;
    hello.has_server_name = true;
    const bool is_number = name.find_first_not_of("0123456789.") == std::string_view::npos;
    const std::string_view rooted = name.substr(0, name.size() - (name.ends_with('.') ? 1 : 0));
    if (!is_number && config::is_host_name(rooted)) hello.server_name = name;
  }
  return true;
}

bool read_protocols(Wire wire, ClientHello& hello) {
  Wire names(wire.vector(2));
  if (!wire.is_used_up() || !names.has_more()) return false;
  while (names.has_more()) {
    const std::string_view name = names.vector(1);
    if (name.empty()) return false;
    if (is_grease(name)) continue;
    if (hello.first_protocol.empty()) hello.first_protocol = name;
    (name == "h2" ? hello.offers_h2 : name == "http/1.1" ? hello.offers_http1_1 : hello.offers_other_protocol) = true;
  }
  return true;
}

bool read_versions(Wire wire, ClientHello& hello) {
  Wire versions(wire.vector(1));
  if (!wire.is_used_up() || !versions.has_more()) return false;
  hello.version = 0;
  while (versions.has_more()) {
    const std::uint16_t version = versions.u16();
    if (is_of_tls(version)) hello.version = std::max(hello.version, version);
  }
  return versions.is_sound();
}

bool read_extension(Extension type, Wire body, ClientHello& hello) {
  switch (type) {
    case Extension::server_name: return read_server_name(body, hello);
    case Extension::alpn: return read_protocols(body, hello);
    case Extension::supported_versions: return read_versions(body, hello);
    case Extension::early_data: hello.has_early_data = true; return body.is_used_up();
    case Extension::pre_shared_key: hello.has_pre_shared_key = true; return body.has_more();
    case Extension::encrypted_client_hello: hello.has_encrypted_hello = true; return body.has_more();
  }
  return true;
}

bool read_extensions(Wire wire, ClientHello& hello) {
  std::uint64_t seen = 0;  // of each type of ours, by its number below 64
  while (wire.has_more()) {
    if (hello.has_pre_shared_key) return false;  // it must be the last one
    const std::uint16_t type = wire.u16();
    const Wire body(wire.vector(2));
    if (!wire.is_sound()) return false;
    const std::uint64_t bit = type < 64 ? std::uint64_t{1} << type : 0;
    if (seen & bit) return false;  // no type may come twice
    seen |= bit;
    if (type == static_cast<std::uint16_t>(Extension::encrypted_client_hello) && hello.has_encrypted_hello) return false;
    if (!read_extension(static_cast<Extension>(type), body, hello)) return false;
  }
  return wire.is_sound();
}

}  // namespace

std::optional<ClientHello> read_client_hello(std::string_view message) {
  Wire wire(message);
  const auto type = static_cast<MessageType>(wire.number(1));
  Wire body(wire.vector(3));
  if (!wire.is_used_up() || type != MessageType::client_hello) return std::nullopt;

  ClientHello hello;
  hello.legacy_version = body.u16();
  body.take(kRandomBytes);
  const std::string_view session_id = body.vector(1);
  const std::string_view suites = body.vector(2);
  const std::string_view compressions = body.vector(1);
  if (!body.is_sound() || !is_of_tls(hello.legacy_version) || session_id.size() > kMostSessionIdBytes) return std::nullopt;
  if (suites.empty() || suites.size() % 2 != 0 || !compressions.contains('\0')) return std::nullopt;
  hello.version = std::min(hello.legacy_version, kTls12);
  if (!body.has_more()) return hello;  // TLS 1.2 may do without extensions

  const Wire extensions(body.vector(2));
  if (!body.is_used_up() || !read_extensions(extensions, hello)) return std::nullopt;
  return hello;
}

}  // namespace gladhand::tls
