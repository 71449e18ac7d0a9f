// Blocking connections for the program's own small errands.
#pragma once

#include <cstdint>
#include <string>

namespace gladhand::cli {

// A connected socket with a time limit on everything, or -1. The caller closes it.
int dial(const std::string& address);

// The same, to `target` by way of the forward proxy at `proxy` (CONNECT, RFC 9110 section 9.3.6).
int dial_through(const std::string& proxy, const std::string& target);

// Sends `request`, returns all that comes until the peer closes; empty when nothing did.
std::string ask(const std::string& address, const std::string& request);

}  // namespace gladhand::cli
