// The admin listener of a proxy that runs, as the program's own commands ask it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gladhand::cli {

struct AdminReply {
  int status = 0;  // of HTTP
  std::string body;

  bool is_ok() const { return status == 200; }
};

// `accept`: the type of content that is wanted, where there is a choice. Nothing: nobody answers there, or not in HTTP.
std::optional<AdminReply> ask_admin(const std::string& address, std::string_view method, std::string_view path, std::string_view accept = "*/*");

// On standard error.
void tell_that_nobody_answers(const std::string& address);

}  // namespace gladhand::cli
