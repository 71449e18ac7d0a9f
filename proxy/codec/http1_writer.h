// Heads and chunks of HTTP/1 as bytes (RFC 9112). What it writes has passed http/syntax.h on its way in.
#pragma once

#include <cstdint>

#include "base/buffer.h"
#include "http/framing.h"
#include "http/message.h"

namespace gladhand::codec {

// What a head says about the connection beyond its fields.
enum class Persistence : std::uint8_t {
  implied,  // says nothing: the version's default is meant
  close,
  keep_alive,  // said aloud, to a client of HTTP/1.0
};

// The framing fields come from `framing`, never from head.fields. A response without a body (to HEAD, 304) names the
// length that a body would have had, head.content_length.
void write_request_head(const http::Head& head, http::Framing framing, Buffer& out);
void write_response_head(const http::Head& head, http::Framing framing, Persistence persistence, Buffer& out);
// `body` is not empty.
void write_chunk(Buffer&& body, Buffer& out);
void write_last_chunk(const http::Headers& trailers, Buffer& out);
// Adds `body` to `out`: small pieces by copying, so that they pin no larger block and leave in one slice.
void write_body(Buffer&& body, Buffer& out);

}  // namespace gladhand::codec
