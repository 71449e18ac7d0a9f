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
using test::Http2ClientRig;
using test::Http2Peer;
using test::RecordingStream;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

const std::string kAsked = "headers 1 :method=GET :scheme=http :path=/ :authority=shop.example end\n";

class Http2Client : public testing::Test {
 protected:
  Http2ClientRig rig;
  Http2& codec = rig.codec;
};

std::string story_of(const std::vector<std::string_view>& pieces) {
  Http2ClientRig rig;
  rig.ask();
  rig.ask();
  for (std::string_view piece : pieces) rig.feed(piece);
  for (const auto& heard : rig.streams) heard->stream.grip.drop();
  rig.turn();
  return rig.story();
}

// ---- A request and its answer

TEST(Http2ClientCut, answers_are_the_same_however_they_are_cut) {
  Http2Peer peer;
  const std::string answers = Http2Peer::joined({peer.headers(1, {{":status", "103"}, {"link", "</a.css>"}}, End::no), peer.headers(3, {{":status", "200"}}, End::no), Http2Peer::data(3, "three"),
                                                 peer.headers(1, {{":status", "404"}, {"content-length", "2"}}, End::no), Http2Peer::data(1, "no", End::yes), peer.headers(3, {{"digest", "x"}})});
  EXPECT_EQ(story_however_cut(answers, story_of),
            "head 103  (body)\nhead 404  (2 bytes)\nbody no\nend\n--\n"
            "head 200  (body)\nbody three\ntrailer digest: x\nend\n--\nawaits 3, idle");
}

TEST(Http2ClientCut, a_bad_answer_is_the_same_however_it_is_cut) {
  Http2Peer peer;
  const std::string answers = Http2Peer::joined({peer.headers(1, {{":status", "200"}, {"connection", "close"}}, End::no), peer.headers(3, {{":status", "200"}})});
  EXPECT_EQ(story_however_cut(answers, story_of), "reset bad_response\n--\nhead 200 \nend\n--\nawaits 3, idle");
}

TEST_F(Http2Client, the_connection_is_shared_while_two_streams_are_open) {
  EXPECT_FALSE(codec.is_shared());
  http::StreamGrip& one = rig.open().grip;
  EXPECT_FALSE(codec.is_shared());
  http::StreamGrip& two = rig.open().grip;
  EXPECT_TRUE(codec.is_shared());
  one.drop();
  EXPECT_FALSE(codec.is_shared());
  two.drop();
}

TEST_F(Http2Client, the_magic_and_settings_come_first) {
  test::Http2Rig fresh(http::Role::client);
  EXPECT_EQ(fresh.sent(), "magic\nsettings\nwindow 0 +983041\n");
}

TEST_F(Http2Client, a_request_without_a_body_is_one_frame) {
  rig.ask();
  EXPECT_EQ(rig.sent(), kAsked);
}

TEST_F(Http2Client, a_request_says_the_scheme_of_its_connection) {
  Http2ClientRig secure({.scheme = "https"});
  secure.ask();
  EXPECT_THAT(secure.sent(), HasSubstr(":scheme=https"));
}

TEST_F(Http2Client, a_request_with_body_and_trailers) {
  http::Head head = Http2ClientRig::request("POST");
  head.content_length = 5;
  head.fields.add(http::FieldId::host, "Host", "other.example");
  head.fields.add(http::FieldId::authorization, "Authorization", "secret");
  http::StreamGrip& grip = rig.open().grip;
  grip->send_head(head, End::no);
  grip->send_body(buffer_of("hel"), End::no);
  grip->send_body(buffer_of("lo"), End::no);
  http::Headers trailers;
  trailers.add(http::FieldId::other, "digest", "x");
  grip->send_trailers(trailers);
  EXPECT_EQ(rig.sent(), "headers 1 :method=POST :scheme=http :path=/ :authority=shop.example content-length=5 authorization=secret (never indexed)\n"
                        "data 1 hello\nheaders 1 digest=x end\n");
}

TEST_F(Http2Client, the_answer_to_head_has_no_body) {
  rig.ask("HEAD");
  rig.reply(1, {{"content-length", "500"}});
  EXPECT_EQ(rig.heard(), "head 200  (no body of 500 bytes)\nend\n");
}

TEST_F(Http2Client, answers_without_a_body_are_complete) {
  rig.ask();
  rig.ask();
  rig.feed(rig.peer.headers(1, {{":status", "204"}}));
  rig.feed(rig.peer.headers(3, {{":status", "304"}, {"content-length", "500"}}));
  EXPECT_EQ(rig.heard(0), "head 204 \nend\n");
  EXPECT_EQ(rig.heard(1), "head 304  (no body of 500 bytes)\nend\n");
}

TEST_F(Http2Client, a_stream_is_gone_when_it_is_complete_and_let_go) {
  rig.ask();
  rig.reply(1);
  EXPECT_FALSE(codec.is_idle());
  rig.stream().grip.drop();
  EXPECT_TRUE(codec.is_idle());
  EXPECT_FALSE(codec.is_finished());
  EXPECT_EQ(rig.sent(), kAsked);  // and nothing else
}

TEST_F(Http2Client, a_stream_that_was_never_used_costs_nothing) {
  rig.open().grip.drop();
  EXPECT_TRUE(codec.is_idle());
  EXPECT_EQ(rig.sent(), "");
  rig.ask();
  EXPECT_EQ(rig.sent(), kAsked);
}

// ---- Bodies and windows

TEST_F(Http2Client, a_body_waits_for_the_windows_and_its_sender_hears_when_there_is_room) {
  rig.ask("POST", End::no);
  rig.stream().grip->send_body(buffer_of(std::string(400'000, 'x')), End::no);
  EXPECT_EQ(rig.stream().grip->writable(), 0u);
  rig.turn();
  EXPECT_EQ(codec.held_bytes(), 400'000u - 65'535);
  EXPECT_EQ(rig.heard(), "");
  rig.feed(Http2Peer::window(0, 1'000'000));
  EXPECT_EQ(rig.heard(), "");
  rig.feed(Http2Peer::settings({{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1'000'000}}));
  EXPECT_EQ(rig.heard(), "writable\n");
  rig.stream().grip->send_body({}, End::yes);
  EXPECT_THAT(rig.sent(), EndsWith("data 1  end\n"));
  EXPECT_EQ(rig.peer.body(1).size(), 400'000u);
}

TEST_F(Http2Client, what_was_consumed_may_be_sent_again) {
  rig.ask();
  rig.stream().pays_back = false;
  rig.reply(1, {}, End::no);
  const std::string piece(16'384, 'x');
  for (int i = 0; i < 16; ++i) rig.feed(Http2Peer::data(1, piece));
  static_cast<void>(rig.sent());
  EXPECT_EQ(rig.peer.credit(1), 0u);
  rig.stream().pay_back();
  rig.turn();
  EXPECT_EQ(rig.peer.credit(1), 256u * 1024);
}

TEST_F(Http2Client, what_nobody_consumed_is_paid_back_when_the_stream_is_let_go) {
  for (std::uint32_t id = 1; id < 40; id += 2) {  // far more than the window of the connection
    rig.ask();
    rig.streams.back()->stream.pays_back = false;
    rig.reply(id, {}, End::no);
    for (int i = 0; i < 15; ++i) rig.feed(Http2Peer::data(id, std::string(16'384, 'x')));
    rig.streams.back()->stream.grip.drop();
    rig.turn();
  }
  EXPECT_THAT(rig.sent(), Not(HasSubstr("goaway")));
  EXPECT_TRUE(codec.is_idle());
}

// ---- Streams that end early

TEST_F(Http2Client, a_server_may_reset_at_any_time) {
  for (int i = 0; i < 4; ++i) rig.ask(i == 0 ? "POST" : "GET", i == 0 ? End::no : End::yes);
  rig.feed(Http2Peer::reset(1, NGHTTP2_INTERNAL_ERROR));
  EXPECT_EQ(rig.heard(0), "reset reset\n");
  rig.feed(Http2Peer::reset(3, NGHTTP2_REFUSED_STREAM));
  EXPECT_EQ(rig.heard(1), "reset stream_refused\n");
  rig.reply(5, {}, End::no);
  rig.feed(Http2Peer::data(5, "half") + Http2Peer::reset(5, NGHTTP2_CANCEL));
  EXPECT_EQ(rig.heard(2), "head 200  (body)\nbody half\nreset reset\n");
  EXPECT_FALSE(rig.stream(2).grip);
  rig.reply(7);
  EXPECT_EQ(rig.heard(3), "head 200 \nend\n");
}

TEST_F(Http2Client, an_early_answer_is_whole_and_the_rest_of_the_request_unwanted) {
  rig.ask("POST", End::no);
  rig.stream().grip->send_body(buffer_of(std::string(100'000, 'x')), End::no);
  rig.turn();
  rig.reply(1);
  EXPECT_EQ(rig.heard(), "head 200 \nend\n");
  rig.feed(Http2Peer::reset(1, NGHTTP2_NO_ERROR));
  EXPECT_EQ(rig.heard(), "reset reset\n");
  EXPECT_EQ(codec.held_bytes(), 0u);
  EXPECT_TRUE(codec.is_idle());
}

TEST_F(Http2Client, letting_go_in_any_state_cancels) {
  rig.ask("POST", End::no).grip.drop();
  rig.ask().grip.drop();
  rig.ask();
  rig.reply(5, {}, End::no);
  rig.stream(2).grip.drop();
  rig.ask("POST", End::no);
  rig.reply(7);
  rig.stream(3).grip.drop();  // answered, and still asking
  const std::string sent = rig.sent();
  for (int id : {1, 3, 5, 7}) EXPECT_THAT(sent, HasSubstr(fmt::format("reset {} CANCEL\n", id)));
  EXPECT_TRUE(codec.is_idle());
}

TEST_F(Http2Client, letting_go_before_the_request_has_left_sends_nothing) {
  http::StreamGrip& grip = rig.open().grip;
  grip->send_head(Http2ClientRig::request("POST"), End::no);
  grip->send_body(buffer_of("hello"), End::no);
  grip.drop();
  EXPECT_EQ(rig.sent(), "");
  EXPECT_TRUE(codec.is_idle());
  EXPECT_EQ(codec.held_bytes(), 0u);
}

TEST_F(Http2Client, what_comes_for_a_cancelled_stream_is_nothing) {
  rig.ask().grip.drop();
  rig.turn();
  rig.reply(1, {{"x", "y"}}, End::no);
  rig.feed(Http2Peer::data(1, "late", End::yes));
  EXPECT_EQ(rig.heard(), "");
  rig.ask();
  rig.reply(3, {{"x", "y"}});  // the compression's state was kept
  EXPECT_EQ(rig.heard(1), "head 200 \nend\n");
}

struct BadAnswer {
  std::string name;
  Fields fields;
  std::string body;
};

class Http2BadAnswer : public testing::TestWithParam<BadAnswer> {};

TEST_P(Http2BadAnswer, is_refused_and_resets_the_stream_alone) {
  Http2ClientRig rig;
  rig.ask();
  rig.ask();
  static_cast<void>(rig.sent());
  rig.feed(rig.peer.headers(1, GetParam().fields, GetParam().body.empty() ? End::yes : End::no));
  if (!GetParam().body.empty()) rig.feed(Http2Peer::data(1, GetParam().body, End::yes));
  EXPECT_THAT(rig.heard(0), EndsWith("reset bad_response\n"));
  EXPECT_EQ(rig.sent(), "reset 1 PROTOCOL_ERROR\n");
  rig.reply(3);
  EXPECT_EQ(rig.heard(1), "head 200 \nend\n");
}

INSTANTIATE_TEST_SUITE_P(Each, Http2BadAnswer,
                         testing::Values(BadAnswer{"no_status", {{"x", "y"}}, ""}, BadAnswer{"two_digits", {{":status", "20"}}, ""}, BadAnswer{"not_a_number", {{":status", "abc"}}, ""},
                                         BadAnswer{"upper_case", {{":status", "200"}, {"X-Upper", "y"}}, ""}, BadAnswer{"connection", {{":status", "200"}, {"connection", "close"}}, ""},
                                         BadAnswer{"transfer_encoding", {{":status", "200"}, {"transfer-encoding", "chunked"}}, ""},
                                         BadAnswer{"two_lengths", {{":status", "200"}, {"content-length", "1"}, {"content-length", "1"}}, "x"},
                                         BadAnswer{"length_of_letters", {{":status", "200"}, {"content-length", "x"}}, "x"},
                                         BadAnswer{"body_too_short", {{":status", "200"}, {"content-length", "5"}}, "hi"},
                                         BadAnswer{"body_too_long", {{":status", "200"}, {"content-length", "1"}}, "hi"},
                                         BadAnswer{"a_body_of_304", {{":status", "304"}}, "hi"},
                                         BadAnswer{"a_last_head_that_is_informational", {{":status", "103"}}, ""}, BadAnswer{"switching", {{":status", "101"}}, ""},
                                         BadAnswer{"a_line_break", {{":status", "200"}, {"x", "a\r\nb: c"}}, ""}, BadAnswer{"a_pseudo_field_of_requests", {{":status", "200"}, {":path", "/"}}, ""}),
                         [](const auto& answer) { return answer.param.name; });

TEST_F(Http2Client, a_head_past_the_limits_is_refused) {
  Http2ClientRig small({.head = {.section_bytes = 200}});
  small.ask();
  small.reply(1, {{"x", std::string(200, 'y')}});
  EXPECT_EQ(small.heard(), "reset response_header_too_large\n");
}

TEST_F(Http2Client, a_body_before_its_head_is_refused) {
  rig.ask();
  rig.feed(Http2Peer::data(1, "hello"));
  EXPECT_THAT(rig.heard(), HasSubstr("reset bad_response\n"));
}

// ---- How many streams

TEST_F(Http2Client, as_many_streams_as_the_server_allows) {
  Http2ClientRig two({}, {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 2}});
  EXPECT_EQ(two.codec.can_open(), 2u);
  two.ask();
  EXPECT_EQ(two.codec.can_open(), 1u);
  two.open();  // counts although nothing was sent
  EXPECT_EQ(two.codec.can_open(), 0u);
  EXPECT_EQ(two.codec.open(), nullptr);
  two.stream(1).grip.drop();
  EXPECT_EQ(two.codec.can_open(), 1u);
  two.feed(Http2Peer::settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 5}}));
  EXPECT_EQ(two.codec.can_open(), 4u);
  two.ask();
  two.ask();
  two.feed(Http2Peer::settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1}}));
  EXPECT_EQ(two.codec.can_open(), 0u);
  two.feed(Http2Peer::settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 0}}));
  EXPECT_EQ(two.codec.can_open(), 0u);
  two.feed(Http2Peer::settings({{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 4'000'000'000}}));
  EXPECT_EQ(two.codec.can_open(), 97u);
}

TEST_F(Http2Client, a_server_opens_no_stream) {
  test::Http2ServerRig server;
  EXPECT_EQ(server.codec.can_open(), 0u);
  EXPECT_EQ(server.codec.open(), nullptr);
}

TEST_F(Http2Client, a_push_ends_the_connection) {
  rig.ask();
  rig.feed(Http2Peer::frame(NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, 1, std::string("\0\0\0\2", 4) + rig.peer.compress(test::kGet)));
  EXPECT_THAT(rig.heard(), HasSubstr("reset bad_response\n"));
  EXPECT_THAT(rig.sent(), HasSubstr("PROTOCOL_ERROR"));
  EXPECT_TRUE(codec.is_finished());
}

// ---- The end of the connection

TEST_F(Http2Client, a_goodbye_refuses_what_came_after_it_alone) {
  for (int i = 0; i < 3; ++i) rig.ask();
  http::StreamGrip& unused = rig.open().grip;
  rig.feed(Http2Peer::goaway(3));
  EXPECT_EQ(rig.heard(0), "");
  EXPECT_EQ(rig.heard(1), "");
  EXPECT_EQ(rig.heard(2), "reset stream_refused\n");
  EXPECT_EQ(codec.can_open(), 0u);
  EXPECT_FALSE(codec.is_finished());
  unused->send_head(Http2ClientRig::request(), End::yes);  // too late
  rig.turn();
  EXPECT_EQ(rig.heard(3), "reset stream_refused\n");
  rig.reply(3);
  rig.reply(1);
  EXPECT_EQ(rig.heard(0), "head 200 \nend\n");
  EXPECT_EQ(rig.heard(1), "head 200 \nend\n");
  for (int i : {0, 1}) rig.stream(static_cast<std::size_t>(i)).grip.drop();
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
}

TEST_F(Http2Client, a_request_that_has_not_left_when_the_goodbye_comes_is_refused) {
  rig.open().grip->send_head(Http2ClientRig::request(), End::yes);
  rig.feed(Http2Peer::goaway(0));
  EXPECT_EQ(rig.heard(), "reset stream_refused\n");
  EXPECT_TRUE(codec.is_finished());
}

TEST_F(Http2Client, a_goodbye_to_an_idle_connection_breaks_no_rule) {
  rig.feed(Http2Peer::goaway(0));
  EXPECT_TRUE(rig.result.has_value());
  EXPECT_EQ(codec.can_open(), 0u);
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
}

TEST_F(Http2Client, a_first_notice_of_a_goodbye_stops_new_streams) {
  rig.ask();
  rig.feed(Http2Peer::goaway(0x7fffffff));
  EXPECT_EQ(codec.can_open(), 0u);
  rig.reply(1);
  EXPECT_EQ(rig.heard(), "head 200 \nend\n");
}

TEST_F(Http2Client, draining_says_goodbye_and_lets_streams_end) {
  rig.ask();
  codec.drain();
  EXPECT_EQ(codec.can_open(), 0u);
  EXPECT_EQ(rig.sent(), kAsked + "goaway 0 NO_ERROR\n");
  EXPECT_FALSE(codec.is_finished());
  rig.reply(1, {}, End::no);
  rig.feed(Http2Peer::data(1, "hello", End::yes));
  EXPECT_EQ(rig.heard(), "head 200  (body)\nbody hello\nend\n");
  rig.stream().grip.drop();
  EXPECT_TRUE(codec.is_finished());
}

TEST_F(Http2Client, a_fin_ends_every_stream) {
  rig.ask();
  rig.ask();
  rig.reply(3, {}, End::no);
  rig.open();
  rig.end();
  EXPECT_EQ(rig.heard(0), "reset upstream_closed\n");
  EXPECT_EQ(rig.heard(1), "head 200  (body)\nreset upstream_closed\n");
  EXPECT_EQ(rig.heard(2), "reset upstream_closed\n");
  EXPECT_TRUE(codec.is_finished());
}

TEST_F(Http2Client, a_fin_before_a_request_has_left_sends_nothing_of_it) {
  http::StreamGrip& grip = rig.open().grip;
  grip->send_head(Http2ClientRig::request("POST"), End::no);
  grip->send_body(buffer_of("hello"), End::no);
  rig.end();
  EXPECT_EQ(rig.heard(), "reset upstream_closed\n");
  EXPECT_TRUE(codec.is_finished());
}

TEST_F(Http2Client, a_breach_ends_every_stream) {
  rig.ask();
  static_cast<void>(rig.sent());
  rig.feed(Http2Peer::data(0, "x"));
  EXPECT_EQ(rig.heard(), "reset bad_response\n");
  EXPECT_EQ(rig.sent(), "goaway 0 PROTOCOL_ERROR\n");
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::lingering);
  EXPECT_EQ(codec.can_open(), 0u);
}

TEST_F(Http2Client, a_server_of_http1_is_a_breach) {
  test::Http2Rig fresh(http::Role::client);
  fresh.feed("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(fresh.codec.is_finished());
  EXPECT_EQ(fresh.codec.can_open(), 0u);
}

TEST_F(Http2Client, a_lost_connection_resets_every_stream) {
  rig.ask("POST", End::no);
  rig.open();
  codec.fail({Code::upstream_reset});
  EXPECT_EQ(rig.heard(0), "reset upstream_reset\n");
  EXPECT_EQ(rig.heard(1), "reset upstream_reset\n");
  EXPECT_EQ(codec.closing(), Closing::abortive);
  EXPECT_TRUE(codec.is_finished());
}

TEST_F(Http2Client, a_stalled_request_is_given_up) {
  rig.ask("POST", End::no);
  rig.stream().grip->send_body(buffer_of(std::string(100'000, 'x')), End::no);
  rig.turn();
  codec.abort_stalled(1, {Code::response_timeout});
  codec.abort_stalled(1, {Code::response_timeout});
  EXPECT_EQ(rig.heard(), "reset response_timeout\n");
  EXPECT_THAT(rig.sent(), EndsWith("reset 1 CANCEL\n"));
  EXPECT_TRUE(codec.is_idle());
}

TEST(Http2ClientDies, with_streams_in_every_state) {
  auto rig = std::make_unique<Http2ClientRig>();
  rig->ask("POST", End::no).grip->send_body(buffer_of(std::string(100'000, 'x')), End::no);
  rig->ask();
  rig->reply(3, {}, End::no);
  rig->ask();
  rig->reply(5);
  rig->open();
  rig->open().grip->send_head(Http2ClientRig::request(), End::yes);
  rig.reset();
}

}  // namespace
}  // namespace gladhand::codec
