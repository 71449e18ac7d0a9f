// The proofs of a WebSocket's opening handshake (RFC 6455 section 4): the key that asks and the answer that only a WebSocket
// server gives. HTTP/2 has neither (RFC 8441 section 5), so a client may come without a key.
#pragma once

#include "base/arena.h"
#include "http/message.h"

namespace gladhand::exchange {

// Gives `request` a key in `arena`, unless its client sent one.
void add_key(http::Head& request, Arena& arena);
// Whether `response` answers the key of `request`.
bool answers_key(const http::Head& response, const http::Head& request);

}  // namespace gladhand::exchange
