#include "codec/glitches.h"

#include <gmock/gmock.h>

#include "support/http2_rig.h"
#include "support/manual_clock.h"

namespace gladhand::codec {
namespace {

using test::Http2Peer;
using test::Http2ServerRig;
using testing::HasSubstr;

constexpr int kBudget = 1000;

nghttp2_frame_hd frame(std::uint8_t type, std::size_t length = 0, std::uint8_t flags = 0) { return {.length = length, .stream_id = 1, .type = type, .flags = flags}; }

class GlitchesTest : public testing::Test {
 protected:
  // How many of these frames pass, up to `most`.
  int passing(const nghttp2_frame_hd& header, int most = 5000) {
    int count = 0;
    while (count < most && glitches.begin_frame(header)) ++count;
    return count;
  }
  test::ManualClock clock;
  Glitches glitches{clock};
};

TEST_F(GlitchesTest, the_budget_is_spent_by_cost) {
  EXPECT_TRUE(glitches.charge(kBudget - 1));
  EXPECT_TRUE(glitches.charge(1));
  EXPECT_FALSE(glitches.charge(1));
}

TEST_F(GlitchesTest, time_refills_the_budget_and_never_beyond_its_size) {
  EXPECT_TRUE(glitches.charge(kBudget));
  clock.advance(std::chrono::milliseconds(9));
  EXPECT_TRUE(glitches.charge(0));
  clock.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(glitches.charge(1));
  EXPECT_FALSE(glitches.charge(1));
  clock.advance(std::chrono::hours(1));
  EXPECT_TRUE(glitches.charge(kBudget));
  EXPECT_FALSE(glitches.charge(1));
}

TEST_F(GlitchesTest, parts_of_a_token_are_not_lost) {
  EXPECT_TRUE(glitches.charge(kBudget));
  for (int i = 0; i < 100; ++i) {
    clock.advance(std::chrono::milliseconds(5));
    EXPECT_TRUE(glitches.charge(i % 2));
  }
}

TEST_F(GlitchesTest, requests_and_bodies_are_free) {
  EXPECT_EQ(passing(frame(NGHTTP2_HEADERS)), 5000);
  EXPECT_EQ(passing(frame(NGHTTP2_DATA, 1)), 5000);
  EXPECT_EQ(passing(frame(NGHTTP2_DATA, 0, NGHTTP2_FLAG_END_STREAM)), 5000);
  EXPECT_EQ(passing(frame(NGHTTP2_SETTINGS, 0, NGHTTP2_FLAG_ACK)), 5000);
}

TEST_F(GlitchesTest, frames_that_do_nothing_cost_a_little) { EXPECT_EQ(passing(frame(NGHTTP2_DATA)), kBudget); }
TEST_F(GlitchesTest, pings_cost_a_little) { EXPECT_EQ(passing(frame(NGHTTP2_PING)), kBudget); }
TEST_F(GlitchesTest, resets_cost_a_little) { EXPECT_EQ(passing(frame(NGHTTP2_RST_STREAM)), kBudget); }
TEST_F(GlitchesTest, unknown_frames_cost_a_little) { EXPECT_EQ(passing(frame(0x77)), kBudget); }
TEST_F(GlitchesTest, settings_cost_more) { EXPECT_EQ(passing(frame(NGHTTP2_SETTINGS)), kBudget / 10); }
TEST_F(GlitchesTest, heads_in_pieces_cost_more) { EXPECT_EQ(passing(frame(NGHTTP2_CONTINUATION)), kBudget / 10); }

TEST_F(GlitchesTest, window_updates_are_earned_by_what_was_sent) {
  for (int i = 0; i < 100; ++i) glitches.sent_data(16'384);
  EXPECT_EQ(passing(frame(NGHTTP2_WINDOW_UPDATE)), 200 + kBudget);
}

TEST_F(GlitchesTest, tiny_pieces_earn_no_window_updates) {
  for (int i = 0; i < 100; ++i) glitches.sent_data(255);
  EXPECT_EQ(passing(frame(NGHTTP2_WINDOW_UPDATE)), kBudget);
}

TEST_F(GlitchesTest, earned_window_updates_do_not_pile_up_for_ever) {
  for (int i = 0; i < 10'000; ++i) glitches.sent_data(16'384);
  EXPECT_EQ(passing(frame(NGHTTP2_WINDOW_UPDATE)), 1000 + kBudget);
}

// ---- What becomes of a connection

// Feeds `next(i)` for i = 0... until the connection ends; how often that was.
template <class Next>
int rounds_until_the_end(Http2ServerRig& rig, Next next) {
  int rounds = 0;
  while (rounds < 5000 && !rig.codec.is_finished()) rig.feed(next(rounds++));
  return rounds;
}

TEST(Http2Glitches, too_many_pings_end_the_connection) {
  Http2ServerRig rig;
  rig.ask();
  const int rounds = rounds_until_the_end(rig, [](int) { return Http2Peer::ping(); });
  EXPECT_GT(rounds, 900);
  EXPECT_LE(rounds, kBudget + 1);
  EXPECT_THAT(rig.sent(), HasSubstr("goaway 1 ENHANCE_YOUR_CALM\n"));
  EXPECT_THAT(rig.heard(), HasSubstr("reset client_protocol_error\n"));
  EXPECT_EQ(rig.codec.closing(), http::Closing::lingering);
}

TEST(Http2Glitches, pings_at_the_pace_of_a_clock_are_welcome) {
  Http2ServerRig rig;
  EXPECT_EQ(rounds_until_the_end(rig,
                                 [&](int) {
                                   rig.clock.advance(std::chrono::milliseconds(10));
                                   return Http2Peer::ping();
                                 }),
            5000);
}

TEST(Http2Glitches, requests_that_are_reset_at_once_end_the_connection) {  // CVE-2023-44487
  Http2ServerRig rig;
  const int rounds = rounds_until_the_end(rig, [&](int i) {
    const auto id = static_cast<std::uint32_t>(2 * i + 1);
    return Http2Peer::joined({rig.peer.headers(id, test::kPost, http::End::no), Http2Peer::reset(id, NGHTTP2_CANCEL)});
  });
  EXPECT_GT(rounds, 300);
  EXPECT_LE(rounds, 600);  // the frame, and the request that came to nothing
  EXPECT_THAT(rig.sent(), HasSubstr("ENHANCE_YOUR_CALM"));
}

TEST(Http2Glitches, requests_that_make_us_reset_end_the_connection) {  // CVE-2025-8671
  Http2ServerRig rig;
  rig.answers = true;
  const int rounds = rounds_until_the_end(rig, [&](int i) { return rig.peer.headers(static_cast<std::uint32_t>(2 * i + 1), test::with(test::kGet, {{"connection", "close"}})); });
  EXPECT_GT(rounds, 300);
  EXPECT_LE(rounds, kBudget / 2 + 1);
  EXPECT_THAT(rig.sent(), HasSubstr("ENHANCE_YOUR_CALM"));
}

TEST(Http2Glitches, a_download_is_paid_for_by_its_own_window_updates) {
  Http2ServerRig rig;
  rig.ask().grip->send_head(Http2ServerRig::reply(), http::End::no);
  for (int i = 0; i < 1200; ++i) {
    rig.stream().grip->send_body(test::buffer_of(std::string(16'384, 'x')), http::End::no);
    rig.feed(Http2Peer::window(0, 16'384) + Http2Peer::window(1, 16'384));
  }
  EXPECT_FALSE(rig.codec.is_finished());
  EXPECT_EQ(rig.peer.body(1).size(), 1200u * 16'384);
}

TEST(Http2Glitches, a_page_whose_requests_are_all_cancelled_is_nothing) {
  Http2ServerRig rig;
  for (std::uint32_t id = 1; id < 400; id += 2) rig.feed(Http2Peer::joined({rig.peer.headers(id, test::kGet), Http2Peer::reset(id, NGHTTP2_CANCEL)}));
  EXPECT_FALSE(rig.codec.is_finished());
  rig.feed(rig.peer.headers(401, test::kGet));
  EXPECT_EQ(rig.streams.back()->transcript, "head GET shop.example /\nend\n");
}

}  // namespace
}  // namespace gladhand::codec
