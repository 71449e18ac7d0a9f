// `gladhand healthcheck`: for container health checks, where there is no curl.
#pragma once

#include <string>

#include "server/server.h"

namespace gladhand::cli {

server::Exit run_healthcheck(const std::string& admin);

}  // namespace gladhand::cli
