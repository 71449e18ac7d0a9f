// A blocking TLS client for a few bytes: sends a text, returns what comes back until the server closes.
//
// For the program's own small errands (the demo's visitors), never for traffic.
#pragma once

#include <expected>
#include <string>

#include "base/error.h"
#include "tls/shown_chain.h"

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

// What the server at `fd`, which is as above, shows to who asks for `host`; nothing is asked of it but that. `doubt`: why this
// system does not trust it for that name, empty if it does. The error is text for a person.
struct Presented {
  ShownChain chain;
  std::string doubt;
};
std::expected<Presented, std::string> fetch_chain(int fd, const std::string& host);

}  // namespace gladhand::tls
