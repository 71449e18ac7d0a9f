// Streams that a server opens: promised, surfaced as if the client had asked, answered.
#include <gmock/gmock.h>

#include "support/http2_rig.h"

namespace gladhand::codec {
namespace {

using http::End;
using http::FieldId;
using test::buffer_of;
using test::Http2ClientRig;
using test::Http2Peer;
using test::Http2ServerRig;
using test::kGet;
using test::RecordingStream;
using testing::HasSubstr;

constexpr const char* kPromise = "promise 1 2 :method=GET :scheme=http :path=/a.css :authority=shop.example\n";

http::Head wish(std::string_view target = "/a.css") {
  http::Head head;
  head.method = "GET";
  head.authority = "shop.example";
  head.target = target;
  return head;
}

class Http2Push : public testing::Test {
 protected:
  // A client's request, for which `target` is pushed.
  void push(std::string_view target = "/a.css") {
    rig.ask();
    rig.streams.back()->stream.grip->promise(wish(target));
  }
  void answer(std::size_t index) {
    rig.stream(index).grip->send_head(Http2ServerRig::reply(), End::yes);
    rig.stream(index).grip.drop();
  }
  Http2ServerRig rig;
};

TEST_F(Http2Push, is_announced_and_then_a_request_like_any_other) {
  rig.prepare_with([](RecordingStream& stream) { stream.shows_fields = true; });
  rig.ask();
  http::Head head = wish();
  head.fields.add(FieldId::user_agent, "User-Agent", "test");
  rig.stream().grip->promise(head);
  head.clear();
  EXPECT_EQ(rig.streams.size(), 1u) << "no event comes from inside a call";
  EXPECT_EQ(rig.sent(), "promise 1 2 :method=GET :scheme=http :path=/a.css :authority=shop.example user-agent=test\n");
  ASSERT_EQ(rig.streams.size(), 2u);
  EXPECT_EQ(rig.heard(1), "head GET shop.example /a.css\nfield User-Agent: test\nend\n");
}

TEST_F(Http2Push, is_answered_before_or_behind_the_answer_that_it_goes_with) {
  push();
  EXPECT_EQ(rig.sent(), kPromise);
  rig.stream(1).grip->send_head(Http2ServerRig::reply(), End::no);
  rig.stream(1).grip->send_body(buffer_of("body"), End::yes);
  EXPECT_EQ(rig.sent(), "headers 2 :status=200\ndata 2 body end\n");
  answer(0);
  EXPECT_EQ(rig.sent(), "headers 1 :status=200 end\n");
  rig.stream(1).grip.drop();
  EXPECT_TRUE(rig.codec.is_idle());
}

TEST_F(Http2Push, is_announced_before_the_answer_that_names_it) {
  push();
  answer(0);
  EXPECT_EQ(rig.sent(), std::string(kPromise) + "headers 1 :status=200 end\n");
  answer(1);
  EXPECT_EQ(rig.sent(), "headers 2 :status=200 end\n");
  EXPECT_TRUE(rig.codec.is_idle());
}

TEST_F(Http2Push, does_not_go_with_an_answer_that_is_over) {
  rig.ask().grip->send_head(Http2ServerRig::reply(), End::yes);
  rig.stream().grip->promise(wish());
  EXPECT_EQ(rig.sent(), "headers 1 :status=200 end\n");
  EXPECT_EQ(rig.streams.size(), 1u);
}

TEST_F(Http2Push, does_not_go_with_another_push) {
  push();
  static_cast<void>(rig.sent());
  rig.stream(1).grip->promise(wish("/b.css"));
  EXPECT_EQ(rig.sent(), "");
}

TEST_F(Http2Push, ends_quietly_when_the_client_does_not_want_it) {
  push();
  static_cast<void>(rig.sent());
  static_cast<void>(rig.heard(1));
  rig.feed(Http2Peer::reset(2, NGHTTP2_CANCEL));
  EXPECT_EQ(rig.heard(1), "reset reset\n");
  answer(0);
  EXPECT_EQ(rig.sent(), "headers 1 :status=200 end\n");
  EXPECT_TRUE(rig.codec.is_idle());
}

TEST_F(Http2Push, that_is_refused_costs_no_more_than_its_frame) {
  for (std::uint32_t id = 2; id < 1200; id += 2) {
    push();
    static_cast<void>(rig.sent());
    rig.feed(Http2Peer::reset(id, NGHTTP2_REFUSED_STREAM));
    ASSERT_FALSE(rig.codec.is_finished()) << id;
    answer(id - 2);
    ASSERT_EQ(rig.sent(), fmt::format("headers {} :status=200 end\n", id - 1));
  }
}

TEST_F(Http2Push, is_given_up_when_nobody_can_answer_it) {
  push();
  static_cast<void>(rig.sent());
  rig.stream(1).grip.drop();
  EXPECT_EQ(rig.sent(), "reset 2 INTERNAL_ERROR\n");
}

TEST_F(Http2Push, dies_with_its_connection) {
  push();
  static_cast<void>(rig.sent());
  rig.ask().grip->promise(wish("/b.css"));  // has not left
  rig.codec.fail({Code::client_reset});
  EXPECT_THAT(rig.heard(1), HasSubstr("reset client_reset\n"));
  EXPECT_EQ(rig.streams.size(), 3u);
  EXPECT_TRUE(rig.codec.is_idle());
}

TEST_F(Http2Push, that_has_not_left_goes_with_the_request_that_was_cancelled) {
  push();
  rig.stream().grip.drop();
  EXPECT_THAT(rig.sent(), Not(HasSubstr("promise")));
  EXPECT_EQ(rig.streams.size(), 1u);
  EXPECT_TRUE(rig.codec.is_idle());
}

TEST_F(Http2Push, is_made_to_no_client_that_goes) {
  rig.ask();
  rig.codec.drain();
  rig.stream().grip->promise(wish());
  EXPECT_THAT(rig.sent(), Not(HasSubstr("promise")));
}

TEST(Http2PushTo, a_client_that_forbids_it_is_not_made) {
  Http2ServerRig rig({}, {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}});
  rig.ask().grip->promise(wish());
  EXPECT_EQ(rig.sent(), "");
  EXPECT_EQ(rig.streams.size(), 1u);
}

TEST(Http2PushTo, a_client_that_changes_its_mind_is_forgotten) {
  Http2ServerRig rig;
  rig.ask().grip->promise(wish());
  rig.feed(Http2Peer::settings({{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}}));
  EXPECT_EQ(rig.sent(), "settings ack\n");
  EXPECT_EQ(rig.streams.size(), 1u);
  rig.stream().grip->send_head(Http2ServerRig::reply(), End::yes);
  rig.stream().grip.drop();
  static_cast<void>(rig.sent());
  EXPECT_TRUE(rig.codec.is_idle());
}

TEST(Http2PushTo, a_client_is_made_as_often_as_its_limit_of_streams_says) {
  Http2ServerRig rig({}, {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2}});
  RecordingStream& asked = rig.ask();
  for (const char* target : {"/a", "/b", "/c"}) asked.grip->promise(wish(target));
  EXPECT_THAT(rig.sent(), testing::AllOf(HasSubstr("path=/b"), Not(HasSubstr("path=/c"))));
  rig.stream(1).grip->send_head(Http2ServerRig::reply(), End::yes);
  rig.stream(1).grip.drop();
  static_cast<void>(rig.sent());
  asked.grip->promise(wish("/d"));
  asked.grip->promise(wish("/e"));
  EXPECT_THAT(rig.sent(), testing::AllOf(HasSubstr("path=/d"), Not(HasSubstr("path=/e"))));
}

TEST(Http2PushTo, a_server_is_not_made) {
  Http2ClientRig rig;
  rig.ask().grip->promise(wish());
  EXPECT_EQ(rig.sent(), "headers 1 :method=GET :scheme=http :path=/ :authority=shop.example end\n");
}

}  // namespace
}  // namespace gladhand::codec
