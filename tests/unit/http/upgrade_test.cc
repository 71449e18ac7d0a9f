#include "http/upgrade.h"

#include <gtest/gtest.h>

namespace gladhand::http {
namespace {

Head head_with(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  Head head;
  head.method = "GET";
  for (const auto& [name, value] : fields) head.fields.add(field_id(name), name, value);
  return head;
}

TEST(NamedProtocol, needs_both_fields) {
  EXPECT_EQ(named_protocol(head_with({{"Upgrade", "websocket"}, {"Connection", "keep-alive, UPGRADE"}})), "websocket");
  EXPECT_EQ(named_protocol(head_with({{"Connection", "x"}, {"Connection", "upgrade"}, {"Upgrade", "SPDY/3.1"}})), "SPDY/3.1");
  EXPECT_EQ(named_protocol(head_with({{"Upgrade", "websocket"}})), "");
  EXPECT_EQ(named_protocol(head_with({{"Upgrade", "websocket"}, {"Connection", "close"}})), "");
  EXPECT_EQ(named_protocol(head_with({{"Connection", "upgrade"}})), "");
}

TEST(NamedProtocol, is_one_and_not_for_this_hop_alone) {
  for (std::string_view upgrade : {"h2c", "H2C", "TLS/1.2", "tls", "a, b", "", "a b", "a/", "/b", "a/b/c"}) {
    EXPECT_EQ(named_protocol(head_with({{"Upgrade", upgrade}, {"Connection", "upgrade"}})), "") << upgrade;
  }
  EXPECT_EQ(named_protocol(head_with({{"Upgrade", "a"}, {"Upgrade", "b"}, {"Connection", "upgrade"}})), "");
}

TEST(NamedProtocol, is_a_matter_of_http_1_1) {
  Head head = head_with({{"Upgrade", "websocket"}, {"Connection", "upgrade"}});
  head.version = Version::http1_0;
  EXPECT_EQ(named_protocol(head), "");
}

TEST(Websocket, the_request_is_checked) {
  EXPECT_TRUE(check_websocket_request(head_with({{"sec-WebSocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}})));
  for (std::string_view key : {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZ\t==", "dGhlIHNhbXBsZSBub25jZQAA"}) {
    EXPECT_FALSE(check_websocket_request(head_with({{"Sec-WebSocket-Key", key}}))) << key;
  }
  EXPECT_FALSE(check_websocket_request(head_with({{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}, {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}})));
  EXPECT_FALSE(check_websocket_request(head_with({})));
  Head post = head_with({{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}});
  post.method = "POST";
  EXPECT_FALSE(check_websocket_request(post));
}

}  // namespace
}  // namespace gladhand::http
