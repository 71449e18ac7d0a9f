// What the ws package does not do in tests/e2e/test_demo.py: clients that do not read, and clients that lie.
#include "cli/websocket_echo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/channel.h"

namespace gladhand::cli {
namespace {

constexpr std::size_t kPayload = 1000;

// A frame of 126 to 65535 bytes, as a client sends it, under the mask 0, which leaves everything as it is.
std::string frame(std::uint8_t first, std::string_view payload) {
  const auto size = static_cast<std::uint16_t>(payload.size());
  std::string bytes{static_cast<char>(first), static_cast<char>(0x80 | 126), static_cast<char>(size >> 8), static_cast<char>(size & 0xff)};
  return bytes.append(4, '\0').append(payload);
}

struct WebsocketEchoTest : testing::Test {
  void hear(std::string_view text) {
    Buffer bytes;
    bytes.append(text);
    sequel.on_received(std::move(bytes));
  }

  test::NarrowChannel client{1 << 20};
  WebsocketEcho echo{client};
  server::Sequel& sequel = echo;
};

TEST_F(WebsocketEchoTest, a_client_that_does_not_read_is_not_read_either) {
  std::string much;
  for (int i = 0; i < 100; ++i) much += frame(0x82, std::string(kPayload, 'm'));
  client.room = kPayload / 2;
  hear(much);
  EXPECT_EQ(client.sent.size(), kPayload / 2);
  EXPECT_LT(client.paid, 10 * kPayload);
  hear(much);
  EXPECT_LT(client.paid, 10 * kPayload);
  client.room = 1 << 20;
  sequel.on_writable();
  EXPECT_EQ(client.paid, 2 * much.size());
  EXPECT_EQ(client.sent.size(), 200 * (4 + kPayload));
  EXPECT_FALSE(client.is_ended);
}

TEST_F(WebsocketEchoTest, a_close_waits_for_the_echo_before_it) {
  client.room = kPayload / 2;
  hear(frame(0x81, std::string(kPayload, 'm')) + std::string{static_cast<char>(0x88), static_cast<char>(0x80), 0, 0, 0, 0});
  EXPECT_FALSE(client.is_ended);
  client.room = 1 << 20;
  sequel.on_writable();
  EXPECT_TRUE(client.is_ended);
  EXPECT_TRUE(client.sent.ends_with(std::string{'m', static_cast<char>(0x88), 0}));
}

TEST_F(WebsocketEchoTest, a_frame_without_a_mask_breaks_the_protocol) {
  hear(std::string{static_cast<char>(0x81), 1, 'a'});
  EXPECT_TRUE(client.is_ended);
  EXPECT_TRUE(client.sent.starts_with(static_cast<char>(0x88)));
  EXPECT_EQ(client.sent.substr(2, 2), "\x03\xea") << "1002";
}

TEST_F(WebsocketEchoTest, text_that_is_not_UTF_8_is_refused) {
  hear(frame(0x81, std::string(kPayload, static_cast<char>(0xff))));
  EXPECT_TRUE(client.is_ended);
  EXPECT_EQ(client.sent.substr(2, 2), "\x03\xef") << "1007";
}

}  // namespace
}  // namespace gladhand::cli
