// The codec for a connection: the one place that knows which there are.
#pragma once

#include <memory>
#include <optional>

#include "codec/settings.h"
#include "http/codec.h"

namespace gladhand::codec {

enum class Protocol : std::uint8_t {
  sequential,   // HTTP/1: one message pair after the other
  multiplexed,  // HTTP/2: as many streams as the peer lets be
  raw,          // none: the connection is a tunnel's; for clients only
};

std::unique_ptr<http::Codec> make(Protocol protocol, http::Role role, http::CodecEvents& events, const Settings& settings);

// What was agreed on by ALPN (RFC 7301). Empty, that is no agreement, means HTTP/1.1.
Protocol protocol_of(std::string_view alpn);
// What a client speaks that did not have to agree on it, from the first bytes it sent: HTTP/2 begins with a preface (RFC
// 9113 section 3.4). Unset: too few bytes to tell.
std::optional<Protocol> recognize(const Buffer& first);

}  // namespace gladhand::codec
