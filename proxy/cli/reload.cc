#include "cli/reload.h"

#include <cstdio>

#include "cli/authorization.h"
#include "cli/dial.h"

namespace gladhand::cli {

server::Exit run_reload(const std::string& admin) {
  const std::string reply = ask(admin, "POST /api/v1/reload HTTP/1.1\r\nHost: localhost\r\n" + authorization_field() +
                                           "Accept: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  if (reply.empty()) {
    std::fprintf(stderr, "nobody answers at %s\n", admin.c_str());
    return server::Exit::could_not_start;
  }
  const bool is_ok = reply.starts_with("HTTP/1.1 200");
  const std::size_t body = reply.find("\r\n\r\n");
  std::fputs(body == std::string::npos ? "the answer broke off\n" : reply.c_str() + body + 4, is_ok ? stdout : stderr);
  if (reply.starts_with("HTTP/1.1 401")) std::fputs("this command shows the token in $GLADHAND_ADMIN_TOKEN\n", stderr);
  return is_ok ? server::Exit::ok : server::Exit::configuration_invalid;
}

}  // namespace gladhand::cli
