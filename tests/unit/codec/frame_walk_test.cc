#include "codec/frame_walk.h"

#include <gtest/gtest.h>

#include <string>

#include "support/http2_peer.h"

namespace gladhand::codec {
namespace {

using test::Http2Peer;

// What is seen of `bytes` in reads of at most `size`: each header as "type:length:stream", each step's bytes as a number.
std::string seen(std::string_view bytes, std::size_t size, std::size_t preface = 0) {
  FrameWalk walk(preface);
  std::string text;
  while (!bytes.empty()) {
    std::string_view read = bytes.substr(0, size);
    bytes.remove_prefix(read.size());
    while (!read.empty()) {
      const std::size_t step = walk.step(read);
      if (walk.has_begun()) text += fmt::format("{}:{}:{} ", walk.header().type, walk.header().length, walk.header().stream_id);
      text += fmt::format("{} ", step);
      read.remove_prefix(step);
    }
  }
  return text;
}

const std::string kThree = Http2Peer::settings() + Http2Peer::data(0x80000005, "hello", http::End::yes) + Http2Peer::ping();

TEST(FrameWalk, stops_behind_each_frame) { EXPECT_EQ(seen(kThree, 1000), "4:0:0 9 0:5:5 14 6:8:0 17 "); }

TEST(FrameWalk, passes_what_comes_before_the_first_frame) {
  EXPECT_EQ(seen("preface!" + Http2Peer::settings(), 1000, 8), "8 4:0:0 9 ");
  EXPECT_EQ(seen("preface!" + Http2Peer::settings(), 5, 8), "5 3 2 5 4:0:0 2 ");
}

TEST(FrameWalk, sees_the_same_frames_however_they_are_cut) {
  EXPECT_EQ(seen(Http2Peer::data(1, "hello"), 8), "8 0:5:1 6 ");
  EXPECT_EQ(seen(Http2Peer::data(1, "hello"), 9), "0:5:1 9 5 ");
  EXPECT_EQ(seen(Http2Peer::data(1, "hello"), 10), "0:5:1 10 4 ");
  EXPECT_EQ(seen(Http2Peer::ping(), 1), "1 1 1 1 1 1 1 1 6:8:0 1 1 1 1 1 1 1 1 1 ");
}

TEST(FrameWalk, looks_at_what_a_stream_depends_on_and_takes_it_for_payload_all_the_same) {
  const std::string priority = Http2Peer::frame(NGHTTP2_PRIORITY, 0, 3, std::string("\x80\0\0\x07\x10", 5));
  EXPECT_EQ(seen(priority + Http2Peer::ping(), 1000), "2:5:3 14 6:8:0 17 ");
  EXPECT_EQ(seen(priority + Http2Peer::ping(), 10), "10 2:5:3 4 6 6:8:0 10 1 ");
  FrameWalk walk(0);
  walk.step(priority);
  EXPECT_EQ(walk.dependency(), 7);
  walk.step(Http2Peer::frame(NGHTTP2_PRIORITY, 0, 3, std::string("\0\0\0\3", 4)));
  EXPECT_TRUE(walk.has_begun());
  EXPECT_EQ(walk.dependency(), 0);
  walk.step(Http2Peer::ping());
  EXPECT_EQ(walk.dependency(), 0);
}

TEST(FrameWalk, knows_the_flags_and_the_longest_length) {
  FrameWalk walk(0);
  const std::string header("\xff\xff\xff\x21\xfe\xff\xff\xff\xff", 9);
  EXPECT_EQ(walk.step(header), 9u);
  EXPECT_EQ(walk.header().length, (1u << 24) - 1);
  EXPECT_EQ(walk.header().type, 0x21);
  EXPECT_EQ(walk.header().flags, 0xfe);
  EXPECT_EQ(walk.header().stream_id, INT32_MAX);
}

}  // namespace
}  // namespace gladhand::codec
