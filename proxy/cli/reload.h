// `gladhand reload`: has a running proxy read its configuration anew, and says what came of it. Shows
// $GLADHAND_ADMIN_TOKEN.
#pragma once

#include <string>

#include "server/server.h"

namespace gladhand::cli {

server::Exit run_reload(const std::string& admin);

}  // namespace gladhand::cli
