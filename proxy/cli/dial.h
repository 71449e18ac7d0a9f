// Blocking connections for the program's own small errands.
#pragma once

#include <cstdint>
#include <string>

namespace gladhand::cli {

// A connected socket with a time limit on everything, or -1. The caller closes it.
int dial(const std::string& address);

// Sends `request`, returns all that comes until the peer closes; empty when nothing did.
std::string ask(const std::string& address, const std::string& request);

}  // namespace gladhand::cli
