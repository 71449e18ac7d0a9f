#include "cli/authorization.h"

#include <cstdlib>
#include <string_view>

#include "http/syntax.h"

namespace gladhand::cli {

std::string authorization_field() {
  const char* token = std::getenv("GLADHAND_ADMIN_TOKEN");
  if (!token || !*token || !http::is_field_value(token)) return {};
  return "Authorization: Bearer " + std::string(token) + "\r\n";
}

}  // namespace gladhand::cli
