// Answers that the proxy makes itself, each from its row of the error table, with Proxy-Status (RFC 9209).
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "exchange/field_log.h"
#include "http/stream.h"

namespace gladhand::exchange {

// Sends the whole answer to `error`, whose row has a status. The texts live in `arena` until the next turn. `log` sees its head.
void send_local_reply(http::Stream& client, Error error, bool is_head_request, Arena& arena, FieldLog& log);

// Sends the client of `request` to the same place by https, at `port`, with a method that stays (RFC 9110 section 15.4.9).
inline constexpr std::uint16_t kRedirectStatus = 308;
std::string_view secure_location(const http::Head& request, std::uint16_t port, Arena& arena);
void send_redirect(http::Stream& client, const http::Head& request, std::uint16_t port, Arena& arena, FieldLog& log);

}  // namespace gladhand::exchange
