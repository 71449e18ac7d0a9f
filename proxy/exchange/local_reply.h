// Answers that the proxy makes itself, each from its row of the error table, with Proxy-Status (RFC 9209).
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "http/stream.h"

namespace gladhand::exchange {

// Sends the whole answer to `error`, whose row has a status. The texts live in `arena` until the next turn.
void send_local_reply(http::Stream& client, Error error, bool is_head_request, Arena& arena);

}  // namespace gladhand::exchange
