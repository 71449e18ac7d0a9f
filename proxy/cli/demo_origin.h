// The demo's web application: small pages that behave in all the ways in which origins do.
#pragma once

#include "server/service.h"

namespace gladhand::cli {

// / /echo /headers /slow?ms=N /bytes/N /status/N /upload /sse?n=N&ms=N /ws /fail?mode=reset|hang
server::Responder demo_origin();

}  // namespace gladhand::cli
