// Fields that are for one connection and no further.
#pragma once

#include "http/headers.h"

namespace gladhand::http {

// Meant for this connection only (RFC 9110 section 7.6.1), or never to be believed from a client.
bool is_hop_by_hop(FieldId id);

}  // namespace gladhand::http
