#include "cli/version.h"

#include <cstdio>

namespace gladhand::cli {

server::Exit run_version(bool as_json) {
  std::printf(as_json ? "{\"version\":\"%s\"}\n" : "gladhand %s\n", GLADHAND_VERSION);
  return server::Exit::ok;
}

}  // namespace gladhand::cli
