// `gladhand tickets`: makes and rotates the files of ticket keys that replicas share.
#pragma once

#include <string>

#include "server/server.h"

namespace gladhand::cli {

// Writes a file that is not there yet.
server::Exit run_tickets_new(const std::string& path);
// Replaces a file by its next one, in one step: whoever reads it finds the one or the other.
server::Exit run_tickets_rotate(const std::string& path);

}  // namespace gladhand::cli
