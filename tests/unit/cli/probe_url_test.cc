#include "cli/probe_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gladhand::cli {
namespace {

using config::Scheme;
using testing::HasSubstr;

struct Case {
  std::string_view text;
  Scheme scheme;
  bool is_websocket;
  std::string host;
  std::uint16_t port;
  std::string authority, target;
};

TEST(ProbeUrl, what_can_be_probed_is_taken_apart) {
  for (const Case& c : {
           Case{"http://example.com", Scheme::http, false, "example.com", 80, "example.com", "/"},
           Case{"https://example.com/a/b?c=d#e", Scheme::https, false, "example.com", 443, "example.com", "/a/b?c=d"},
           Case{"https://example.com:8443?x=1", Scheme::https, false, "example.com", 8443, "example.com:8443", "/?x=1"},
           Case{"h2c://[::1]:50051/", Scheme::h2c, false, "::1", 50051, "[::1]:50051", "/"},
           Case{"ws://example.com/chat", Scheme::http, true, "example.com", 80, "example.com", "/chat"},
           Case{"wss://[2001:db8::1]", Scheme::https, true, "2001:db8::1", 443, "[2001:db8::1]", "/"},
           Case{"http://example.com/mail@host", Scheme::http, false, "example.com", 80, "example.com", "/mail@host"},
       }) {
    const auto url = parse_probe_url(c.text);
    ASSERT_TRUE(url) << c.text << ": " << url.error();
    EXPECT_EQ(url->scheme, c.scheme) << c.text;
    EXPECT_EQ(url->is_websocket, c.is_websocket) << c.text;
    EXPECT_EQ(url->host, c.host) << c.text;
    EXPECT_EQ(url->port, c.port) << c.text;
    EXPECT_EQ(url->authority, c.authority) << c.text;
    EXPECT_EQ(url->target, c.target) << c.text;
  }
}

TEST(ProbeUrl, what_cannot_be_probed_is_told_with_the_cure) {
  for (const auto& [text, cure] : std::initializer_list<std::pair<std::string_view, const char*>>{
           {"example.com:8443/x", "did you mean `https://example.com:8443/x`?"},
           {"ftp://example.com", "http, https, h2c, ws and wss"},
           {"http://", "it has no host"},
           {"http://example.com:0/", "is not a port"},
           {"http://user:word@example.com/", "leave out"},
           {"http://example.com/a b", "%XX"},
           {"http://ex\xc3\xa4mple.com/", "xn--"},
           {"http://example.com/a\r\nHost: other", "%XX"},
       }) {
    const auto url = parse_probe_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_THAT(url.error(), HasSubstr(cure)) << text;
  }
}

TEST(ProbeUrl, a_proxy_is_a_host_and_a_port) {
  EXPECT_EQ(parse_proxy_url("http://proxy:3128")->host_and_port(), "proxy:3128");
  EXPECT_TRUE(parse_proxy_url("https://[::1]:3128/")->is_tls());
  EXPECT_FALSE(parse_proxy_url("ws://proxy:3128"));
  EXPECT_FALSE(parse_proxy_url("h2c://proxy:3128"));
  EXPECT_FALSE(parse_proxy_url("http://proxy:3128/path"));
}

}  // namespace
}  // namespace gladhand::cli
