#include "codec/make.h"

#include <gmock/gmock.h>

#include "support/manual_clock.h"
#include "support/slices.h"

namespace gladhand::codec {
namespace {

using test::buffer_of;

struct Nobody final : http::CodecEvents {
  void on_stream(http::Stream&) override {}
  void on_change() override {}
};

TEST(Make, the_codec_of_a_protocol) {
  test::ManualClock clock;
  Nobody nobody;
  for (const http::Role role : {http::Role::server, http::Role::client}) {
    EXPECT_FALSE(make(Protocol::sequential, role, nobody, {.clock = &clock})->is_multiplexed());
    EXPECT_TRUE(make(Protocol::multiplexed, role, nobody, {.clock = &clock})->is_multiplexed());
  }
}

TEST(Make, only_one_name_means_streams_side_by_side) {
  EXPECT_EQ(protocol_of("h2"), Protocol::multiplexed);
  for (std::string_view other : {"", "http/1.1", "http/1.0", "h2c", "h3", "H2"}) EXPECT_EQ(protocol_of(other), Protocol::sequential) << other;
}

TEST(Recognize, the_preface_as_soon_as_it_differs_from_every_method) {
  EXPECT_EQ(recognize(buffer_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")), Protocol::multiplexed);
  EXPECT_EQ(recognize(buffer_of("PRI ")), Protocol::multiplexed);
}

TEST(Recognize, too_little_to_tell) {
  EXPECT_EQ(recognize(Buffer()), std::nullopt);
  for (std::string_view part : {"P", "PR", "PRI"}) EXPECT_EQ(recognize(buffer_of(part)), std::nullopt) << part;
}

TEST(Recognize, everything_else_is_http1) {
  for (std::string_view other : {"GET / HTTP/1.1\r\n", "G", "POST", "PO", "PRX", "PRIVATE / HTTP/1.1", "pri ", "\r\n", "\x16\x03\x01"}) {
    EXPECT_EQ(recognize(buffer_of(other)), Protocol::sequential) << other;
  }
}

TEST(Recognize, the_bytes_may_come_one_by_one) {
  Buffer bytes;
  for (std::string_view byte : {"P", "R", "I"}) {
    bytes.append(test::slice_at_the_edge(byte));
    EXPECT_EQ(recognize(bytes), std::nullopt);
  }
  bytes.append(test::slice_at_the_edge(" "));
  EXPECT_EQ(recognize(bytes), Protocol::multiplexed);
}

}  // namespace
}  // namespace gladhand::codec
