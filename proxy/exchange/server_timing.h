// What a page may know of how its response came about (W3C Server Timing): Server-Timing and Timing-Allow-Origin.
#pragma once

#include <span>
#include <string>

#include "base/arena.h"
#include "http/headers.h"
#include "timeline/records.h"

namespace gladhand::exchange {

// Adds `Server-Timing: tcp;dur=0.512, tls;dur=1.820, queue;dur=0.004, connect;dur=0.311, origin;dur=12.500`, in milliseconds:
//
//   tcp, tls   the client connection's handshakes, with its first response alone
//   queue      the wait for an upstream connection, without
//   connect    that connection's handshakes, with the response that waited for them
//   origin     request sent to response head received
//
// What is not known is left out. `record` has got as far as the response's head. The texts live in `arena`.
void add_server_timing(http::Headers& fields, const timeline::ExchangeRecord& record, Arena& arena);

// Pages of these origins may read it; of the response's own they may anyway. None: nothing is added.
void add_timing_allow_origin(http::Headers& fields, std::span<const std::string> origins, Arena& arena);

}  // namespace gladhand::exchange
