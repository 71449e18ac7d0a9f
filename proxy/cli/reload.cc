#include "cli/reload.h"

#include <cstdio>

#include "cli/admin_client.h"

namespace gladhand::cli {

server::Exit run_reload(const std::string& admin) {
  const auto reply = ask_admin(admin, "POST", "/api/v1/reload", "text/plain");
  if (!reply) {
    tell_that_nobody_answers(admin);
    return server::Exit::could_not_start;
  }
  std::fputs(reply->body.c_str(), reply->is_ok() ? stdout : stderr);
  if (reply->status == 401) std::fputs("this command shows the token in $GLADHAND_ADMIN_TOKEN\n", stderr);
  return reply->is_ok() ? server::Exit::ok : server::Exit::configuration_invalid;
}

}  // namespace gladhand::cli
