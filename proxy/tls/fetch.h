// A blocking TLS client for a few bytes: sends a text, returns what comes back until the server closes.
//
// For the program's own small errands (the demo's visitors), never for traffic.
#pragma once

#include <string>

#include "base/error.h"

namespace gladhand::tls {

class Fetcher {
 public:
  // Trusts exactly `authority_pem`.
  explicit Fetcher(const std::string& authority_pem);
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  // `fd` is a connected, blocking socket, which stays the caller's. `resume`: with the last session, where the server allows.
  Expected<std::string> exchange(int fd, const std::string& server_name, const std::string& request, bool resume);

 private:
  struct State;
  State* state_;
};

}  // namespace gladhand::tls
