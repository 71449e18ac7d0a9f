#include "exchange/rewrite.h"

#include <gtest/gtest.h>

#include "exchange/local_reply.h"

namespace gladhand::exchange {
namespace {

std::string rewrite(std::string_view target, std::string strip, std::string add = "") {
  Arena arena;
  return std::string(rewritten(target, {std::move(strip), std::move(add)}, arena));
}

TEST(ExchangeRewrite, a_prefix_is_stripped_where_it_ends_with_a_segment) {
  EXPECT_EQ(rewrite("/api/users?page=2", "/api"), "/users?page=2");
  EXPECT_EQ(rewrite("/api", "/api"), "/");
  EXPECT_EQ(rewrite("/api/", "/api"), "/");
  EXPECT_EQ(rewrite("/api?x=/api", "/api"), "/?x=/api");
  EXPECT_EQ(rewrite("/apis", "/api"), "/apis");
  EXPECT_EQ(rewrite("/v1/api/users", "/api"), "/v1/api/users");
}

TEST(ExchangeRewrite, a_prefix_is_added_to_every_path) {
  EXPECT_EQ(rewrite("/users?x", "", "/v2"), "/v2/users?x");
  EXPECT_EQ(rewrite("/", "", "/v2"), "/v2/");
  EXPECT_EQ(rewrite("/api/users", "/api", "/v2"), "/v2/users");
  EXPECT_EQ(rewrite("/api?x", "/api", "/v2"), "/v2/?x");
  EXPECT_EQ(rewrite("/other", "/api", "/v2"), "/v2/other");
}

TEST(ExchangeRewrite, what_is_no_path_and_what_nothing_is_said_of_stay) {
  EXPECT_EQ(rewrite("*", "/api", "/v2"), "*");
  const std::string_view target = "/api/users";
  Arena arena;
  EXPECT_EQ(rewritten(target, {}, arena).data(), target.data());
}

std::string location(std::string_view authority, std::string_view target, std::uint16_t port) {
  http::Head request;
  request.authority = authority;
  request.target = target;
  Arena arena;
  return std::string(secure_location(request, port, arena));
}

TEST(ExchangeRedirect, the_port_is_named_unless_it_is_443) {
  EXPECT_EQ(location("example.com:8080", "/a?b=c", 8443), "https://example.com:8443/a?b=c");
  EXPECT_EQ(location("example.com:80", "/a", 443), "https://example.com/a");
  EXPECT_EQ(location("[::1]:8080", "/", 443), "https://[::1]/");
  EXPECT_EQ(location("example.com", "*", 443), "https://example.com/");
}

}  // namespace
}  // namespace gladhand::exchange
