// Frames that nghttp2 passes over in silence, or takes too lightly.
#include <gmock/gmock.h>

#include "support/http2_rig.h"

namespace gladhand::codec {
namespace {

using http::End;
using test::Fields;
using test::Http2ClientRig;
using test::Http2Peer;
using test::Http2ServerRig;
using test::kGet;
using testing::EndsWith;
using testing::HasSubstr;

constexpr std::uint32_t kLargest = 0x7fffffff;

// ---- Streams that are over

class Http2ClosedStream : public testing::Test {
 protected:
  // A request, its answer, and nothing more.
  void finish_one() {
    rig.ask().grip->send_head(Http2ServerRig::reply(), End::yes);
    rig.streams.back()->stream.grip.drop();
    static_cast<void>(rig.sent());
  }
  Http2ServerRig rig;
};

TEST_F(Http2ClosedStream, takes_no_more_of_a_body) {
  finish_one();
  rig.feed(Http2Peer::data(1, "late"));
  EXPECT_EQ(rig.sent(), "goaway 1 STREAM_CLOSED\n");
  EXPECT_TRUE(rig.codec.is_finished());
}

TEST_F(Http2ClosedStream, takes_no_frame_of_nothing_either_however_it_is_cut) {
  finish_one();
  rig.feed_byte_by_byte(Http2Peer::data(1, "", End::yes));
  EXPECT_EQ(rig.sent(), "goaway 1 STREAM_CLOSED\n");
}

TEST_F(Http2ClosedStream, takes_no_second_request) {
  finish_one();
  rig.feed(rig.peer.headers(1, kGet));
  EXPECT_EQ(rig.sent(), "goaway 1 STREAM_CLOSED\n");
  EXPECT_EQ(rig.streams.size(), 1u);
}

TEST_F(Http2ClosedStream, that_was_skipped_cannot_be_opened) {
  rig.feed(rig.peer.headers(7, kGet));
  static_cast<void>(rig.sent());
  rig.feed(rig.peer.headers(5, kGet));
  EXPECT_EQ(rig.sent(), "goaway 7 PROTOCOL_ERROR\n");
  EXPECT_EQ(rig.streams.size(), 1u);
}

TEST_F(Http2ClosedStream, that_the_client_reset_is_closed_for_it) {
  rig.begin();
  rig.feed(Http2Peer::reset(1, NGHTTP2_CANCEL));
  rig.feed(Http2Peer::data(1, "late"));
  EXPECT_THAT(rig.sent(), EndsWith("goaway 1 STREAM_CLOSED\n"));
}

TEST_F(Http2ClosedStream, that_we_reset_may_still_have_frames_on_their_way) {
  rig.begin().grip.drop();
  EXPECT_EQ(rig.sent(), "reset 1 INTERNAL_ERROR\n");
  rig.feed(Http2Peer::data(1, "late"));
  rig.feed(rig.peer.headers(1, {{"x-trailer", "1"}}));
  EXPECT_EQ(rig.sent(), "");
  EXPECT_FALSE(rig.codec.is_finished());
}

TEST(Http2ClosedStreamOfAClient, takes_no_more_of_an_answer) {
  for (const bool is_body : {true, false}) {
    Http2ClientRig rig;
    rig.ask();
    rig.reply(1);
    rig.stream().grip.drop();
    rig.ask();
    static_cast<void>(rig.sent());
    rig.feed(is_body ? Http2Peer::data(1, "late") : rig.peer.headers(1, {{":status", "200"}}));
    EXPECT_EQ(rig.heard(0), "head 200 \nend\n");
    EXPECT_EQ(rig.heard(1), "reset bad_response\n");
    EXPECT_EQ(rig.sent(), "goaway 0 STREAM_CLOSED\n");
  }
}

TEST(Http2ClosedStreamOfAClient, that_we_cancelled_may_still_have_frames_on_their_way) {
  Http2ClientRig rig;
  rig.ask().grip.drop();
  rig.turn();
  rig.reply(1, {}, End::no);
  rig.feed(Http2Peer::data(1, "late", End::yes));
  EXPECT_THAT(rig.sent(), Not(HasSubstr("goaway")));
}

// ---- Priorities

TEST(Http2Priority, on_the_connection_is_a_breach) {
  Http2ServerRig rig;
  rig.feed(Http2Peer::frame(NGHTTP2_PRIORITY, 0, 0, std::string(5, '\1')));
  EXPECT_EQ(rig.sent(), "goaway 0 PROTOCOL_ERROR\n");
}

TEST(Http2Priority, of_a_stream_on_itself_is_a_breach_and_on_any_other_nothing) {
  Http2ServerRig rig;
  rig.feed(Http2Peer::frame(NGHTTP2_PRIORITY, 0, 3, std::string("\0\0\0\1\7", 5)));
  EXPECT_EQ(rig.sent(), "");
  rig.feed(Http2Peer::frame(NGHTTP2_PRIORITY, 0, 3, std::string("\0\0\0\3\7", 5)));
  EXPECT_EQ(rig.sent(), "goaway 0 PROTOCOL_ERROR\n");
}

// ---- Windows of all streams at once

TEST(Http2Widening, past_the_largest_window_of_one_stream_ends_the_connection) {
  Http2ServerRig rig;
  rig.ask();
  rig.ask();
  rig.feed(Http2Peer::window(1, kLargest - 65'535));
  rig.feed(Http2Peer::settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 65'536}}));
  EXPECT_THAT(rig.sent(), HasSubstr("goaway 3 FLOW_CONTROL_ERROR\n"));
  EXPECT_TRUE(rig.codec.is_finished());
}

TEST(Http2Widening, up_to_the_largest_window_is_fine) {
  Http2ServerRig rig;
  rig.ask();
  rig.feed(Http2Peer::settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1}}));
  rig.feed(Http2Peer::window(1, kLargest - 65'536));
  rig.feed(Http2Peer::settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 65'536}}));
  EXPECT_EQ(rig.sent(), "settings ack\nsettings ack\n");
}

TEST(Http2Widening, past_the_largest_window_of_a_request_ends_the_connection) {
  Http2ClientRig rig;
  rig.ask("POST", End::no);
  rig.feed(Http2Peer::window(1, kLargest - 65'535));
  rig.feed(Http2Peer::settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kLargest}}));
  EXPECT_EQ(rig.heard(), "reset bad_response\n");
  EXPECT_THAT(rig.sent(), HasSubstr("goaway 0 FLOW_CONTROL_ERROR\n"));
}

}  // namespace
}  // namespace gladhand::codec
