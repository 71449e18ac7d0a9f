#include "cli/healthcheck.h"

#include <cstdio>

#include "cli/dial.h"

namespace gladhand::cli {

server::Exit run_healthcheck(const std::string& admin) {
  const std::string reply = ask(admin, "GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  if (reply.starts_with("HTTP/1.1 200")) {
    std::puts("ready");
    return server::Exit::ok;
  }
  if (reply.empty()) {
    std::fprintf(stderr, "nobody answers at %s\n", admin.c_str());
  } else {
    const std::size_t body = reply.find("\r\n\r\n");
    std::fprintf(stderr, "not ready: %s", body == std::string::npos ? "\n" : reply.c_str() + body + 4);
  }
  return server::Exit::could_not_start;
}

}  // namespace gladhand::cli
