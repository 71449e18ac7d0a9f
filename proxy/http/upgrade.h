// Changing to another protocol on the way (RFC 9110 section 7.8), and the rules of one of them (RFC 6455 section 4).
//
// A request names the protocol in Head::protocol and stays open, as if a body were to follow. 101 opens the tunnel: from then
// on both bodies are the other protocol's bytes, each ended by its sender. Any other final answer ends the request, too.
#pragma once

#include "base/error.h"
#include "http/message.h"

namespace gladhand::http {

// The one protocol that Upgrade and Connection of an HTTP/1.1 head name. Empty: none, or what a server may ignore, as it may
// ignore any: a list, or what is meant for this connection alone (h2c, TLS).
std::string_view named_protocol(const Head& head);

// Whether `protocol` is the WebSocket protocol.
bool is_websocket(std::string_view protocol);

// What makes a WebSocket's opening handshake one: GET, and a key that is sixteen bytes in base64. Who asked in HTTP/2, as
// Head::must_change tells, needs none (RFC 8441 section 5).
Expected<void> check_websocket_request(const Head& head);
inline constexpr std::string_view kWebsocketKey = "sec-websocket-key";
inline constexpr std::string_view kWebsocketAccept = "sec-websocket-accept";

// The first value of the field of that name; empty when there is none.
std::string_view value_of(const Headers& fields, std::string_view name);

}  // namespace gladhand::http
