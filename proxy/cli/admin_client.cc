#include "cli/admin_client.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>

#include "cli/authorization.h"
#include "cli/dial.h"

namespace gladhand::cli {

std::optional<AdminReply> ask_admin(const std::string& address, std::string_view method, std::string_view path, std::string_view accept) {
  constexpr std::string_view kBegin = "HTTP/1.1 ";
  // Every length of body is followed by the end of the connection, so there is no need to know it.
  const std::string reply = ask(address, fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\nAccept: {}\r\n{}Content-Length: 0\r\nConnection: close\r\n\r\n",
                                                     method, path, accept, authorization_field()));
  const std::size_t head = reply.find("\r\n\r\n");
  if (!reply.starts_with(kBegin) || head == std::string::npos) return std::nullopt;
  AdminReply answer{0, reply.substr(head + 4)};
  std::from_chars(reply.data() + kBegin.size(), reply.data() + head, answer.status);
  return answer;
}

void tell_that_nobody_answers(const std::string& address) { std::fprintf(stderr, "nobody answers at %s\n", address.c_str()); }

}  // namespace gladhand::cli
