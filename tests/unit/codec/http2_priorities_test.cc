// Which stream's body goes first when the connection's window is short (RFC 9218).
#include <gmock/gmock.h>

#include "support/http2_rig.h"

namespace gladhand::codec {
namespace {

using http::End;
using test::buffer_of;
using test::Fields;
using test::Http2Peer;
using test::Http2ServerRig;
using test::kGet;
using test::with;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr std::size_t kWindow = 65'535;  // of the connection, before the client opens it
constexpr std::size_t kPiece = 16'384;

class Http2Priorities : public testing::Test {
 protected:
  // Two requests of which the client says that; both answers are ready while the connection's window is used up by another.
  void ask(const std::string& first, const std::string& second) {
    rig.feed(Http2Peer::window(0, 0x100000) );
    rig.ask(kGet);
    answer(0, kWindow + 0x100000);  // takes all there is
    rig.ask(with(kGet, {{"priority", first}}));
    rig.ask(with(kGet, {{"priority", second}}));
    answer(1, 4 * kPiece);
    answer(2, 4 * kPiece);
    rig.feed(Http2Peer::reset(1, NGHTTP2_CANCEL));
    static_cast<void>(rig.sent());
  }
  void answer(std::size_t index, std::size_t bytes) {
    rig.stream(index).grip->send_head(Http2ServerRig::reply(), End::no);
    rig.stream(index).grip->send_body(buffer_of(std::string(bytes, 'x')), End::yes);
    rig.stream(index).grip.drop();
  }
  // What leaves when there is room for so many frames more.
  std::string next(std::size_t frames) {
    rig.feed(Http2Peer::window(0, static_cast<std::uint32_t>(frames * kPiece)));
    return rig.sent();
  }

  Http2ServerRig rig{{}, {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0x7fffffff}}};
};

TEST_F(Http2Priorities, the_more_urgent_answer_goes_first_whoever_asked_first) {
  ask("u=5", "u=1");
  EXPECT_THAT(next(4), testing::AllOf(HasSubstr("data 5"), Not(HasSubstr("data 3"))));
  EXPECT_THAT(next(4), testing::AllOf(HasSubstr("data 3"), Not(HasSubstr("data 5"))));
}

TEST_F(Http2Priorities, of_equals_the_first_asked_goes_first) {
  ask("u=3", "u=3");
  EXPECT_THAT(next(4), testing::AllOf(HasSubstr("data 3"), Not(HasSubstr("data 5"))));
}

TEST_F(Http2Priorities, incremental_answers_share) {
  ask("u=3, i", "u=3, i");
  EXPECT_THAT(next(4), testing::AllOf(HasSubstr("data 3"), HasSubstr("data 5")));
}

TEST_F(Http2Priorities, a_client_may_change_its_mind) {
  ask("u=1", "u=5");
  const std::string changed = std::string("\0\0\0\5", 4) + "u=0";  // stream 5
  rig.feed(Http2Peer::frame(NGHTTP2_PRIORITY_UPDATE, 0, 0, changed));
  EXPECT_THAT(next(4), testing::AllOf(HasSubstr("data 5"), Not(HasSubstr("data 3"))));
}

}  // namespace
}  // namespace gladhand::codec
