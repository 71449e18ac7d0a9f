// `gladhand demo`: an origin, a proxy with TLS before it, a forward proxy, and a few visitors a second, so that there is
// something to see.
#pragma once

#include "server/server.h"

namespace gladhand::cli {

struct DemoOptions {
  bool has_traffic = true;
};
server::Exit run_demo(const DemoOptions& options);

}  // namespace gladhand::cli
