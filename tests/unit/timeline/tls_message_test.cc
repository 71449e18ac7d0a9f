#include "timeline/tls_message.h"

#include <gtest/gtest.h>

#include "support/tls_messages.h"

namespace gladhand::timeline {
namespace {

TEST(TlsMessages, are_kept_in_their_order_until_there_is_no_more_room) {
  TlsMessages messages;
  EXPECT_TRUE(messages.kept().empty());
  for (std::uint32_t i = 0; i < TlsMessages::kMost; ++i) messages.add({TlsMessageType::key_update, false, i, Nanos(i)});
  EXPECT_FALSE(messages.is_cut_short());
  for (int i = 0; i < 1000; ++i) messages.add({TlsMessageType::finished, true, 99, Nanos(99)});
  EXPECT_TRUE(messages.is_cut_short());
  ASSERT_EQ(messages.kept().size(), TlsMessages::kMost);
  EXPECT_EQ(messages.kept().front().bytes, 0u);
  EXPECT_EQ(messages.kept().back().bytes, TlsMessages::kMost - 1);
}

TEST(TlsMessages, have_the_names_of_the_rfc_and_a_stranger_none) {
  EXPECT_EQ(name(TlsMessageType::hello_retry_request), "HelloRetryRequest");
  EXPECT_EQ(name(static_cast<TlsMessageType>(77)), "unknown");
}

}  // namespace
}  // namespace gladhand::timeline
