#include "codec/stream_ids.h"

#include <gtest/gtest.h>

namespace gladhand::codec {
namespace {

TEST(StreamIds, a_new_stream_is_higher_than_all_before_it) {
  StreamIds ids;
  EXPECT_TRUE(ids.open(1));
  EXPECT_FALSE(ids.open(1));
  EXPECT_TRUE(ids.open(7));
  EXPECT_FALSE(ids.open(5));
}

TEST(StreamIds, what_is_not_open_and_not_higher_is_closed) {
  StreamIds ids;
  EXPECT_FALSE(ids.is_closed(1));
  ids.open(5);
  EXPECT_TRUE(ids.is_closed(1));
  EXPECT_TRUE(ids.is_closed(5));
  EXPECT_FALSE(ids.is_closed(7));
}

TEST(StreamIds, what_was_skipped_was_not_opened) {
  StreamIds ids;
  ids.open(1);
  ids.open(3);
  ids.open(9);
  EXPECT_TRUE(ids.was_opened(1));
  EXPECT_TRUE(ids.was_opened(3));
  EXPECT_FALSE(ids.was_opened(5));
  EXPECT_FALSE(ids.was_opened(7));
  EXPECT_TRUE(ids.was_opened(9));
}

TEST(StreamIds, frames_may_be_on_their_way_to_what_we_reset) {
  StreamIds ids;
  for (std::int32_t id = 1; id < 600; id += 2) ids.open(id);
  ids.reset_by_us(9);
  EXPECT_FALSE(ids.is_closed(9));
  EXPECT_TRUE(ids.is_closed(7));
  EXPECT_TRUE(ids.is_closed(11));
}

TEST(StreamIds, nothing_is_sure_of_streams_from_before_the_resets_that_are_remembered) {
  StreamIds ids;
  for (std::int32_t id = 1; id < 2000; id += 2) ids.open(id);
  for (std::int32_t id = 101; id < 101 + 2 * 128; id += 2) ids.reset_by_us(id);
  EXPECT_TRUE(ids.is_closed(99));
  ids.reset_by_us(101);  // known
  EXPECT_TRUE(ids.is_closed(99));
  ids.reset_by_us(1001);
  EXPECT_FALSE(ids.is_closed(101));
  EXPECT_FALSE(ids.is_closed(99));
  EXPECT_TRUE(ids.is_closed(999));
}

}  // namespace
}  // namespace gladhand::codec
