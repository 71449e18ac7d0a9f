// Names to addresses, off the loop's thread.
//
// The system's own resolver is asked (hosts file, search domains and all), in libuv's thread pool. Dropping the
// ticket cuts the way back.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "io/address.h"
#include "io/loop.h"
#include "io/ticket.h"

namespace gladhand::io {

using Addresses = std::vector<Address>;

class Resolver {
 public:
  using Answer = std::function<void(Expected<Addresses>)>;

  explicit Resolver(Loop& loop) : loop_(loop) {}

  // The answer comes later, never from inside the call. Addresses are in the order of RFC 6724, and not empty.
  Ticket resolve(const std::string& host, std::uint16_t port, Answer answer);

 private:
  Loop& loop_;
};

// The same, waiting for it: for the start of the process only.
Expected<Addresses> resolve_now(const std::string& host, std::uint16_t port);

}  // namespace gladhand::io
