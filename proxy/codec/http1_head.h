// The strict reading of a head of HTTP/1 whose end HeadScanner has found (RFC 9112 sections 3, 4 and 5).
//
// `raw` is a whole section, final empty line included, without control characters. The views in the result point into it
// (or, for a target that had to be brought into canonical form, into `arena`).
#pragma once

#include <string_view>

#include "base/arena.h"
#include "base/error.h"
#include "http/message.h"

namespace gladhand::codec {

// Fills method, authority, target, version and fields. The authority is checked, and that of an absolute-form target equals
// the Host field's; the Host field itself stays among the fields. The target of CONNECT is host:port.
Expected<void> read_request_head(std::string_view raw, Arena& arena, http::Head& head);
// Fills status, reason, version and fields.
Expected<void> read_response_head(std::string_view raw, http::Head& head);
// Field lines alone: trailers.
Expected<void> read_field_lines(std::string_view raw, Code bad, http::Headers& fields);

}  // namespace gladhand::codec
