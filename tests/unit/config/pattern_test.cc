#include "config/pattern.h"

#include <string>

#include <gtest/gtest.h>

namespace gladhand::config {
namespace {

TEST(ConfigPattern, prefixes_are_paths_that_name_something) {
  for (const std::string text : {"/api", "/api/v2", "/%20"}) EXPECT_FALSE(check_path_prefix(text)) << text;
  for (const std::string text : {"", "/", "api", "/api/", "/api/*", "/a*b", "/a?b", "/a#b", "/a b"}) {
    const auto fault = check_path_prefix(text);
    ASSERT_TRUE(fault) << text;
    EXPECT_EQ(fault->rule, Rule::bad_prefix);
    EXPECT_FALSE(fault->hint.empty()) << text;
  }
  EXPECT_EQ(check_path_prefix("/api/*")->hint, "did you mean \"/api\"?");
}

TEST(ConfigPattern, hosts_are_names_addresses_or_a_leading_wildcard) {
  for (const std::string text : {"example.com", "Example.COM", "localhost", "*.example.com", "*.com", "192.0.2.1",
                                 "[2001:db8::1]", "xn--bcher-kva.example", "a_b.example"}) {
    EXPECT_FALSE(check_host_pattern(text)) << text;
  }
}

TEST(ConfigPattern, what_no_host_can_match_is_refused) {
  for (const std::string text : {"",
                                 "*",
                                 "*.",
                                 "*.*",
                                 "*.*.com",
                                 "a.*.com",
                                 "a*.com",
                                 "*a.com",
                                 "example.*",
                                 ".example.com",
                                 "example.com.",
                                 "example.com:8080",
                                 "http://example.com",
                                 "example.com/x",
                                 "a b",
                                 "bücher.example",
                                 "::1",
                                 "[::1",
                                 "[::1]:80",
                                 "*.192.0.2.1",
                                 "1.2.3.400",
                                 "-a.com"}) {
    const auto fault = check_host_pattern(text);
    ASSERT_TRUE(fault) << text;
    EXPECT_EQ(fault->rule, Rule::bad_host_pattern) << text;
  }
}

TEST(ConfigPattern, slips_in_hosts_are_corrected) {
  EXPECT_EQ(check_host_pattern("*")->hint, "leave `host` out");
  EXPECT_EQ(check_host_pattern(".example.com")->hint, "did you mean \"*.example.com\"?");
  EXPECT_EQ(check_host_pattern("example.com:80")->hint, "did you mean \"example.com\"?");
  EXPECT_EQ(check_host_pattern("example.com.")->hint, "did you mean \"example.com\"?");
  EXPECT_EQ(check_host_pattern("::1")->hint, "did you mean \"[::1]\"?");
}

TEST(ConfigPattern, paths_are_exact_or_a_prefix) {
  for (const std::string text : {"/", "/*", "/api", "/api/", "/api/*", "/a/b.c/*", "/a%20b", "/~user/@x;p=1"}) {
    EXPECT_FALSE(check_path_pattern(text)) << text;
  }
}

TEST(ConfigPattern, what_no_path_can_match_is_refused) {
  for (const std::string text :
       {"", "api", "*", "*/x", "/api*", "/a/*/b", "/**", "/a?b", "/a#b", "/a b", "/é", "/a\x7F", "http://a/b"}) {
    const auto fault = check_path_pattern(text);
    ASSERT_TRUE(fault) << text;
    EXPECT_EQ(fault->rule, Rule::bad_path_pattern) << text;
  }
}

TEST(ConfigPattern, slips_in_paths_are_corrected) {
  EXPECT_EQ(check_path_pattern("/api*")->hint, "did you mean \"/api/*\"?");
  EXPECT_EQ(check_path_pattern("/a?b=1")->hint, "did you mean \"/a\"?");
  EXPECT_EQ(check_path_pattern("api")->hint, "write \"/exact\" or \"/prefix/*\"");
}

TEST(ConfigPattern, what_browsers_send_as_origin_is_one) {
  for (const std::string text : {"*", "https://example.com", "http://localhost:3000", "https://192.0.2.1", "https://[2001:db8::1]", "https://[2001:db8::1]:8443"}) {
    EXPECT_FALSE(check_origin(text)) << text;
  }
}

TEST(ConfigPattern, what_no_browser_sends_as_origin_is_refused) {
  for (const std::string text : {"", "example.com", "null", "https://", "https://a b", "https://example.com/", "https://example.com:", "https://example.com:99999",
                                 "ftp://example.com", "https://Example.com", "https://*.example.com", "https://u@example.com", "https://a,b", "https://a\r\nX: y"}) {
    const auto fault = check_origin(text);
    ASSERT_TRUE(fault) << text;
    EXPECT_EQ(fault->rule, Rule::bad_origin) << text;
  }
  EXPECT_EQ(check_origin("https://example.com/x")->hint, "did you mean \"https://example.com\"?");
  EXPECT_EQ(check_origin("example.com")->hint, "did you mean \"https://example.com\"?");
}

}  // namespace
}  // namespace gladhand::config
