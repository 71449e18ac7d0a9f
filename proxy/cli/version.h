// `gladhand version`.
#pragma once

#include "server/server.h"

namespace gladhand::cli {

server::Exit run_version(bool as_json);

}  // namespace gladhand::cli
