#include <gmock/gmock.h>

#include "feeding.h"
#include "support/http2_rig.h"

namespace gladhand::codec {
namespace {

using http::Awaiting;
using http::Closing;
using http::End;
using test::buffer_of;
using test::Fields;
using test::Http2Peer;
using test::Http2ServerRig;
using test::kGet;
using test::kPost;
using test::RecordingStream;
using test::with;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

http::Head reply(std::uint16_t status = 200) { return Http2ServerRig::reply(status); }

class Http2Server : public testing::Test {
 protected:
  RecordingStream& ask(const Fields& fields = kGet) { return rig.ask(fields); }
  // Answers with `bytes` of body, complete, and lets go.
  void answer(std::size_t index, const std::string& body) {
    rig.stream(index).grip->send_head(reply(), End::no);
    rig.stream(index).grip->send_body(buffer_of(body), End::yes);
    rig.stream(index).grip.drop();
  }
  Http2ServerRig rig;
  Http2& codec = rig.codec;
};

std::string story_of(const std::vector<std::string_view>& pieces) {
  Http2ServerRig rig;
  rig.answers = true;
  for (std::string_view piece : pieces) rig.feed(piece);
  return rig.story();
}

// ---- A request

TEST(Http2ServerCut, a_request_with_body_and_trailers_is_the_same_however_it_is_cut) {
  Http2Peer peer;
  const std::string request = Http2Peer::joined({peer.headers(1, kPost, End::no), Http2Peer::data(1, "hel"), Http2Peer::data(1, "lo"), peer.headers(1, {{"digest", "x"}})});
  EXPECT_EQ(story_however_cut(request, story_of), "head POST shop.example / (body)\nbody hello\ntrailer digest: x\nend\n--\nawaits 0, idle");
}

// Not byte by byte: some versions of nghttp2 count each read that ends inside of a frame header as a CONTINUATION of its own.
TEST(Http2ServerCut, a_head_in_many_frames_is_the_same_wherever_it_is_cut_in_two) {
  Http2Peer peer;
  const std::string request = peer.headers_in_pieces(1, with(kGet, {{"accept", "*/*"}, {"user-agent", "test"}}), 7);
  for (std::size_t at = 1; at < request.size(); ++at) {
    EXPECT_EQ(story_of({std::string_view(request).substr(0, at), std::string_view(request).substr(at)}), "head GET shop.example /\nend\n--\nawaits 0, idle") << at;
  }
}

TEST(Http2ServerCut, a_refused_head_is_the_same_however_it_is_cut) {
  Http2Peer peer;
  const std::string request = Http2Peer::joined({peer.headers(1, with(kGet, {{"host", "other.example"}})), peer.headers(3, kGet)});
  EXPECT_EQ(story_however_cut(request, story_of), "aborted bad_request\n--\nhead GET shop.example /\nend\n--\nawaits 0, idle");
}

TEST(Http2ServerCut, padding_and_priorities_are_nothing) {
  Http2Peer peer;
  const std::string block = peer.compress(kPost);
  const std::string request = Http2Peer::frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_PRIORITY | NGHTTP2_FLAG_PADDED, 1, "\x02" + std::string("\0\0\0\0\x0f", 5) + block + std::string(2, '\0')) +
                              Http2Peer::frame(NGHTTP2_DATA, NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_PADDED, 1, "\x03hi" + std::string(3, '\0'));
  EXPECT_EQ(story_however_cut(request, story_of), "head POST shop.example / (body)\nbody hi\nend\n--\nawaits 0, idle");
}

TEST_F(Http2Server, settings_come_first_and_open_the_windows) {
  test::Http2Rig fresh(http::Role::server, {.head = {.section_bytes = 4096}, .streams = 7});
  EXPECT_EQ(fresh.sent(), "settings\nwindow 0 +983041\n");
}

TEST_F(Http2Server, an_answer_without_a_body_is_one_frame) {
  ask().grip->send_head(reply(404), End::yes);
  EXPECT_EQ(rig.sent(), "headers 1 :status=404 end\n");
}

TEST_F(Http2Server, an_answer_with_body_and_trailers) {
  RecordingStream& stream = ask();
  http::Head head = reply();
  head.content_length = 5;
  head.fields.add(http::FieldId::other, "X-Upper", "Kept");
  head.fields.add(http::FieldId::connection, "Connection", "close");
  stream.grip->send_head(head, End::no);
  stream.grip->send_body(buffer_of("hello"), End::no);
  http::Headers trailers;
  trailers.add(http::FieldId::other, "Digest", "x");
  stream.grip->send_trailers(trailers);
  stream.grip.drop();
  EXPECT_EQ(rig.sent(), "headers 1 :status=200 content-length=5 x-upper=Kept\ndata 1 hello\nheaders 1 digest=x end\n");
  EXPECT_TRUE(codec.is_idle());
}

TEST_F(Http2Server, trailers_of_nothing_still_end_the_answer) {
  RecordingStream& stream = ask();
  stream.grip->send_head(reply(), End::no);
  stream.grip->send_trailers({});
  EXPECT_EQ(rig.sent(), "headers 1 :status=200\ndata 1  end\n");
}

TEST_F(Http2Server, informational_heads_go_before_the_final_one) {
  RecordingStream& stream = ask(kPost);
  http::Head early = reply(103);
  early.fields.add(http::FieldId::other, "link", "</a.css>");
  stream.grip->send_head(reply(100), End::no);
  stream.grip->send_head(early, End::no);
  stream.grip->send_head(reply(), End::yes);
  EXPECT_EQ(rig.sent(), "headers 1 :status=100\nheaders 1 :status=103 link=</a.css>\nheaders 1 :status=200 end\n");
}

TEST_F(Http2Server, the_answer_to_head_has_a_length_and_no_body) {
  RecordingStream& stream = ask({{":method", "HEAD"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}});
  http::Head head = reply();
  head.content_length = 5;
  stream.grip->send_head(head, End::no);
  stream.grip->send_body(buffer_of("hello"), End::yes);
  EXPECT_EQ(rig.sent(), "headers 1 :status=200 content-length=5 end\n");
}

TEST_F(Http2Server, answers_that_have_no_body_swallow_one) {
  for (std::uint16_t status : {204, 304}) {
    ask().grip->send_head(reply(status), End::no);
    rig.streams.back()->stream.grip->send_body(buffer_of("hello"), End::yes);
  }
  EXPECT_EQ(rig.sent(), "headers 1 :status=204 end\nheaders 3 :status=304 end\n");
}

TEST_F(Http2Server, what_comes_late_for_an_ended_answer_is_swallowed) {
  RecordingStream& stream = ask();
  stream.grip->send_head(reply(), End::yes);
  stream.grip->send_head(reply(500), End::yes);
  stream.grip->send_body(buffer_of("hello"), End::yes);
  EXPECT_EQ(rig.sent(), "headers 1 :status=200 end\n");
  EXPECT_EQ(codec.held_bytes(), 0u);
}

// ---- A request that says it has no body, and goes on

TEST_F(Http2Server, a_body_of_no_bytes_is_held_back_until_it_has_ended) {
  rig.feed(rig.peer.headers(1, with(kPost, {{"content-length", "0"}}), End::no));
  EXPECT_TRUE(rig.streams.empty());
  EXPECT_EQ(codec.awaiting(), Awaiting::body);
  rig.feed(Http2Peer::data(1, "", End::yes));
  EXPECT_EQ(rig.heard(), "head POST shop.example / (0 bytes)\nend\n");
  EXPECT_NE(codec.awaiting(), Awaiting::body);
}

TEST_F(Http2Server, trailers_of_a_request_without_a_body_are_nobodys) {
  rig.feed(Http2Peer::joined({rig.peer.headers(1, with(kPost, {{"content-length", "0"}}), End::no), rig.peer.headers(1, {{"digest", "x"}})}));
  EXPECT_EQ(rig.heard(), "head POST shop.example / (0 bytes)\nend\n");
}

TEST_F(Http2Server, a_body_that_was_denied_is_a_reset) {
  rig.feed(rig.peer.headers(1, with(kPost, {{"content-length", "0"}}), End::no) + Http2Peer::data(1, "GET /evil", End::yes));
  EXPECT_TRUE(rig.streams.empty());
  EXPECT_EQ(rig.sent(), "reset 1 PROTOCOL_ERROR\n");
  EXPECT_TRUE(codec.is_idle());
  EXPECT_EQ(codec.awaiting(), Awaiting::message);
}

TEST_F(Http2Server, a_held_back_request_that_never_ends_is_timed_out_with_an_answer) {
  rig.feed(rig.peer.headers(1, with(kPost, {{"content-length", "0"}}), End::no));
  codec.abort_input({Code::request_timeout});  // nothing came so far: that is what is remembered
  codec.abort_input({Code::request_timeout});
  ASSERT_EQ(rig.streams.size(), 1u);
  EXPECT_EQ(rig.heard(), "aborted request_timeout\n");
  rig.stream().grip->send_head(reply(408), End::yes);
  rig.stream().grip.drop();
  EXPECT_EQ(rig.sent(), "headers 1 :status=408 end\nreset 1 NO_ERROR\n");
  EXPECT_TRUE(codec.is_idle());
}

// ---- Bodies and windows

TEST_F(Http2Server, a_body_waits_for_the_windows_and_its_sender_hears_when_there_is_room) {
  ask();
  rig.stream().grip->send_head(reply(), End::no);
  rig.stream().grip->send_body(buffer_of(std::string(500'000, 'x')), End::no);
  EXPECT_EQ(rig.stream().grip->writable(), 0u);
  static_cast<void>(rig.heard());
  rig.turn();
  EXPECT_EQ(rig.peer.body(1).size(), 65'535u);
  EXPECT_EQ(codec.held_bytes(), 434'465u);
  EXPECT_EQ(rig.heard(), "");
  rig.feed(Http2Peer::window(1, 300'000) + Http2Peer::window(0, 300'000));
  EXPECT_EQ(codec.held_bytes(), 134'465u);
  EXPECT_EQ(rig.heard(), "writable\n");
  EXPECT_EQ(rig.stream().grip->writable(), 256u * 1024 - 134'465);
  rig.feed(Http2Peer::window(1, 1'000'000) + Http2Peer::window(0, 1'000'000));
  EXPECT_EQ(rig.heard(), "");
  rig.stream().grip->send_body({}, End::yes);
  rig.stream().grip.drop();
  EXPECT_THAT(rig.sent(), EndsWith("data 1  end\n"));
  EXPECT_EQ(rig.peer.body(1), std::string(500'000, 'x'));
  EXPECT_TRUE(codec.is_idle());
}

TEST_F(Http2Server, a_body_larger_than_every_window_arrives_whole) {
  ask();
  std::string body;
  for (std::size_t i = 0; body.size() < 3'000'000; ++i) body += std::to_string(i) + ' ';
  answer(0, body);
  for (int rounds = 0; !codec.is_idle() && rounds < 1000; ++rounds) {
    rig.turn();
    const std::size_t of_stream = rig.peer.uncredited(1);
    const std::size_t of_all = rig.peer.uncredited(0);
    if (codec.is_idle()) break;
    ASSERT_GT(of_all, 0u);
    rig.feed(Http2Peer::window(0, static_cast<std::uint32_t>(of_all)) + Http2Peer::window(1, static_cast<std::uint32_t>(of_stream)));
  }
  EXPECT_TRUE(codec.is_idle());
  EXPECT_TRUE(rig.peer.body(1) == body);
}

TEST_F(Http2Server, many_held_bodies_leave_little_room_for_each) {
  for (int i = 0; i < 5; ++i) {
    ask().grip->send_head(reply(), End::no);
    rig.stream(i).grip->send_body(buffer_of(std::string(240'000, 'x')), End::no);
  }
  rig.turn();
  EXPECT_GT(codec.held_bytes(), 1024u * 1024);
  ask().grip->send_head(reply(), End::no);
  EXPECT_EQ(rig.stream(5).grip->writable(), 16u * 1024);
}

TEST_F(Http2Server, answers_are_sent_in_the_order_in_which_they_were_asked_for) {
  for (int i = 0; i < 3; ++i) ask();
  for (int i = 0; i < 3; ++i) answer(static_cast<std::size_t>(i), std::string(40'000, static_cast<char>('a' + i)));
  rig.turn();
  EXPECT_EQ(rig.peer.body(1).size() + rig.peer.body(3).size() + rig.peer.body(5).size(), 65'535u);
  rig.feed(Http2Peer::window(0, 100'000));
  EXPECT_EQ(rig.peer.body(1), std::string(40'000, 'a'));
  EXPECT_EQ(rig.peer.body(3), std::string(40'000, 'b'));
  EXPECT_EQ(rig.peer.body(5), std::string(40'000, 'c'));
  EXPECT_TRUE(codec.is_idle());
}

TEST_F(Http2Server, requests_come_interleaved) {
  rig.begin();
  rig.begin();
  rig.feed(Http2Peer::data(3, "three ") + Http2Peer::data(1, "one ") + Http2Peer::data(3, "3", End::yes) + Http2Peer::data(1, "1", End::yes));
  EXPECT_EQ(rig.heard(0), "head POST shop.example / (body)\nbody one 1\nend\n");
  EXPECT_EQ(rig.heard(1), "head POST shop.example / (body)\nbody three 3\nend\n");
}

TEST_F(Http2Server, what_was_consumed_may_be_sent_again) {
  rig.begin().pays_back = false;
  const std::string piece(16'384, 'x');
  for (int i = 0; i < 12; ++i) rig.feed(Http2Peer::data(1, piece));
  static_cast<void>(rig.sent());
  EXPECT_EQ(rig.peer.credit(1), 0u);
  rig.stream().pay_back();
  EXPECT_EQ(rig.sent(), "window 1 +196608\n");
}

TEST_F(Http2Server, a_slow_listener_of_one_stream_does_not_close_the_window_of_the_others) {
  rig.begin().pays_back = false;
  rig.begin();
  const std::string piece(16'384, 'x');
  for (int i = 0; i < 16; ++i) rig.feed(Http2Peer::data(1, piece));  // its whole window
  for (int i = 0; i < 100; ++i) rig.feed(Http2Peer::data(3, piece));
  EXPECT_TRUE(rig.result.has_value());
  EXPECT_FALSE(rig.stream(1).was_reset);
  rig.peer.credit(0);
  rig.stream(0).grip.drop();  // what it owes is paid back
  rig.turn();
  EXPECT_THAT(rig.sent(), Not(HasSubstr("goaway")));
}

TEST_F(Http2Server, a_body_past_its_window_resets_the_stream_alone) {
  rig.begin().pays_back = false;
  const std::string piece(16'384, 'x');
  for (int i = 0; i < 17; ++i) rig.feed(Http2Peer::data(1, piece));
  EXPECT_THAT(rig.sent(), HasSubstr("reset 1 FLOW_CONTROL_ERROR"));
  EXPECT_THAT(rig.heard(), EndsWith("\nreset bad_request\n"));
  EXPECT_TRUE(codec.is_idle());
  EXPECT_FALSE(codec.is_finished());
}

}  // namespace
}  // namespace gladhand::codec
