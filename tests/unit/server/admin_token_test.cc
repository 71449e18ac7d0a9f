#include "server/admin_token.h"

#include <gtest/gtest.h>

namespace gladhand::server {
namespace {

constexpr std::string_view kToken = "0123456789abcdef";

TEST(AdminToken, is_shown_as_a_bearer_token_whatever_the_case_of_the_scheme) {
  for (const char* shown : {"Bearer 0123456789abcdef", "bearer 0123456789abcdef", "BEARER 0123456789abcdef"}) EXPECT_TRUE(shows_token(shown, kToken)) << shown;
}

TEST(AdminToken, nothing_else_shows_it) {
  for (const char* shown : {"", "Bearer", "Bearer ", "Bearer 0123456789abcdeF", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0", "Bearer  0123456789abcdef",
                            "Basic 0123456789abcdef", "0123456789abcdef", "Bearer0123456789abcdef", "Bearer 1123456789abcdef"}) {
    EXPECT_FALSE(shows_token(shown, kToken)) << shown;
  }
}

}  // namespace
}  // namespace gladhand::server
