#include "cli/healthcheck.h"

#include <cstdio>

#include "cli/admin_client.h"

namespace gladhand::cli {

server::Exit run_healthcheck(const std::string& admin) {
  const auto reply = ask_admin(admin, "GET", "/readyz");
  if (!reply) {
    tell_that_nobody_answers(admin);
  } else if (reply->is_ok()) {
    std::puts("ready");
    return server::Exit::ok;
  } else {
    std::fprintf(stderr, "not ready: %s", reply->body.c_str());
  }
  return server::Exit::could_not_start;
}

}  // namespace gladhand::cli
