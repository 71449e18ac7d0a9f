// How a server's streams and its connection end.
#include <gmock/gmock.h>

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

http::Head reply(std::uint16_t status = 200) { return Http2ServerRig::reply(status); }

class Http2ServerEnds : public testing::Test {
 protected:
  RecordingStream& ask(const Fields& fields = kGet) { return rig.ask(fields); }
  void answer(std::size_t index = 0) {
    rig.stream(index).grip->send_head(reply(), End::yes);
    rig.stream(index).grip.drop();
  }
  Http2ServerRig rig;
  Http2& codec = rig.codec;
};

// ---- Streams that end early

TEST_F(Http2ServerEnds, an_answer_before_the_requests_end_waits_for_the_end_with_a_shut_window) {
  rig.begin();
  answer();
  EXPECT_EQ(rig.sent(), "headers 1 :status=200 end\n");
  EXPECT_EQ(codec.awaiting(), Awaiting::body);
  for (int i = 0; i < 15; ++i) rig.feed(Http2Peer::data(1, std::string(16'384, 'x')));
  static_cast<void>(rig.sent());
  EXPECT_EQ(rig.peer.credit(1), 0u);
  rig.feed(Http2Peer::data(1, "still on its way", End::yes));
  EXPECT_EQ(rig.heard(), "head POST shop.example / (body)\n");
  EXPECT_TRUE(codec.is_idle());
  EXPECT_FALSE(codec.is_finished());
}

TEST_F(Http2ServerEnds, an_answer_whose_request_never_ends_resets_it_without_an_error) {
  rig.begin();
  answer();
  rig.turn();
  codec.abort_input({Code::request_timeout});
  EXPECT_EQ(rig.sent(), "headers 1 :status=200 end\nreset 1 NO_ERROR\n");
  EXPECT_TRUE(codec.is_idle());
  rig.feed(Http2Peer::data(1, "still on its way", End::yes));
  EXPECT_TRUE(rig.result.has_value());
  EXPECT_FALSE(codec.is_finished());
}

TEST_F(Http2ServerEnds, an_early_answer_that_is_still_on_its_way_is_not_cut) {
  rig.begin();
  rig.stream().grip->send_head(reply(), End::no);
  rig.stream().grip->send_body(buffer_of(std::string(100'000, 'x')), End::yes);
  rig.stream().grip.drop();
  codec.abort_input({Code::request_timeout});
  codec.abort_input({Code::request_timeout});
  EXPECT_THAT(rig.sent(), testing::Not(HasSubstr("reset")));
  rig.feed(Http2Peer::window(0, 100'000) + Http2Peer::window(1, 100'000));
  codec.abort_input({Code::request_timeout});
  EXPECT_THAT(rig.sent(), EndsWith("reset 1 NO_ERROR\n"));
  EXPECT_EQ(rig.peer.body(1).size(), 100'000u);
  EXPECT_TRUE(codec.is_idle());
}

TEST_F(Http2ServerEnds, a_listener_may_read_on_behind_its_answer) {
  rig.begin();
  rig.stream().grip->send_head(reply(), End::yes);
  rig.feed(Http2Peer::data(1, "hello", End::yes));
  EXPECT_EQ(rig.heard(), "head POST shop.example / (body)\nbody hello\nend\n");
  EXPECT_EQ(rig.sent(), "headers 1 :status=200 end\n");
  rig.stream().grip.drop();
  EXPECT_TRUE(codec.is_idle());
}

TEST_F(Http2ServerEnds, a_client_may_reset_at_any_time) {
  rig.begin();  // before an answer
  rig.feed(Http2Peer::reset(1, NGHTTP2_CANCEL));
  EXPECT_EQ(rig.heard(0), "head POST shop.example / (body)\nreset reset\n");
  ask();  // a complete request
  rig.feed(Http2Peer::reset(3, NGHTTP2_CANCEL));
  EXPECT_EQ(rig.heard(1), "head GET shop.example /\nend\nreset reset\n");
  ask().grip->send_head(reply(), End::no);  // in the answer
  rig.stream(2).grip->send_body(buffer_of(std::string(200'000, 'x')), End::no);
  rig.feed(Http2Peer::reset(5, NGHTTP2_CANCEL));
  EXPECT_EQ(rig.heard(2), "head GET shop.example /\nend\nreset reset\n");
  EXPECT_TRUE(codec.is_idle());
  EXPECT_EQ(codec.held_bytes(), 0u);
  ask();
  EXPECT_EQ(rig.heard(3), "head GET shop.example /\nend\n");
}

TEST_F(Http2ServerEnds, a_reset_behind_an_answer_that_waits_frees_what_waited) {
  ask().grip->send_head(reply(), End::no);
  rig.stream().grip->send_body(buffer_of(std::string(200'000, 'x')), End::yes);
  rig.stream().grip.drop();
  rig.turn();
  EXPECT_FALSE(codec.is_idle());
  rig.feed(Http2Peer::reset(1, NGHTTP2_CANCEL));
  EXPECT_TRUE(codec.is_idle());
  EXPECT_EQ(codec.held_bytes(), 0u);
}

TEST_F(Http2ServerEnds, giving_up_resets_with_our_fault) {
  ask().grip.drop();
  rig.begin().grip->send_head(reply(), End::no);
  rig.stream(1).grip.drop();
  rig.begin().grip->reset(Code::internal);
  EXPECT_FALSE(rig.stream(2).grip);
  EXPECT_EQ(rig.sent(), "reset 1 INTERNAL_ERROR\nreset 3 INTERNAL_ERROR\nreset 5 INTERNAL_ERROR\n");
  EXPECT_TRUE(codec.is_idle());
  EXPECT_FALSE(codec.is_finished());
}

TEST_F(Http2ServerEnds, a_listener_may_let_go_in_any_event) {
  rig.prepare_with([](RecordingStream& stream) {
    stream.then = [&stream](std::string_view) { stream.grip.drop(); };
  });
  rig.feed(Http2Peer::joined({rig.peer.headers(1, kPost, End::no), Http2Peer::data(1, "hello"), rig.peer.headers(1, {{"digest", "x"}})}));
  EXPECT_EQ(rig.heard(0), "head POST shop.example / (body)\n");
  for (const char* last : {"body", "trailers", "end"}) {
    rig.prepare_with([last](RecordingStream& stream) {
      stream.then = [&stream, last](std::string_view event) {
        if (event == last) stream.grip.drop();
      };
    });
    rig.begin();
    const auto id = static_cast<std::uint32_t>(2 * rig.streams.size() + 1);
    rig.feed(Http2Peer::data(id - 2, "hello"));
    static_cast<void>(id);
  }
  EXPECT_TRUE(rig.result.has_value());
}

TEST_F(Http2ServerEnds, trailers_without_an_end_are_refused) {
  rig.begin();
  rig.feed(rig.peer.headers(1, {{"digest", "x"}}, End::no));
  EXPECT_EQ(rig.heard(), "head POST shop.example / (body)\nreset bad_request\n");
  EXPECT_EQ(rig.sent(), "reset 1 PROTOCOL_ERROR\n");
  EXPECT_TRUE(codec.is_idle());
}

TEST_F(Http2ServerEnds, a_body_shorter_than_its_length_is_no_end) {
  rig.feed(rig.peer.headers(1, with(kPost, {{"content-length", "5"}}), End::no) + Http2Peer::data(1, "hi", End::yes));
  EXPECT_EQ(rig.sent(), "reset 1 PROTOCOL_ERROR\n");
  EXPECT_EQ(rig.heard(), "head POST shop.example / (5 bytes)\nbody hi\nreset bad_request\n");
}

TEST_F(Http2ServerEnds, a_body_longer_than_its_length_is_no_body) {
  rig.feed(rig.peer.headers(1, with(kPost, {{"content-length", "2"}}), End::no) + Http2Peer::data(1, "hello", End::yes));
  EXPECT_EQ(rig.sent(), "reset 1 PROTOCOL_ERROR\n");
  EXPECT_EQ(rig.heard(), "head POST shop.example / (2 bytes)\nreset bad_request\n");
}

TEST_F(Http2ServerEnds, more_streams_than_announced_are_refused) {
  test::Http2Rig rig_of_two(http::Role::server, {.streams = 2});
  rig_of_two.feed(Http2Peer::magic() + Http2Peer::settings());
  static_cast<void>(rig_of_two.sent());
  for (std::uint32_t id : {1, 3, 5}) rig_of_two.feed(rig_of_two.peer.headers(id, kGet));
  EXPECT_EQ(rig_of_two.streams.size(), 2u);
  EXPECT_EQ(rig_of_two.sent(), "reset 5 REFUSED_STREAM\n");
  rig_of_two.feed(Http2Peer::settings_ack());  // from here on the client knew
  rig_of_two.feed(rig_of_two.peer.headers(7, kGet));
  EXPECT_THAT(rig_of_two.sent(), HasSubstr("PROTOCOL_ERROR"));
}

// ---- Progress

TEST_F(Http2ServerEnds, a_request_that_stops_is_aborted_and_may_be_answered) {
  rig.begin();
  codec.abort_input({Code::request_timeout});
  EXPECT_EQ(rig.heard(), "head POST shop.example / (body)\n");
  rig.feed(Http2Peer::data(1, "x"));
  codec.abort_input({Code::request_timeout});  // it moved
  EXPECT_EQ(rig.heard(), "body x\n");
  codec.abort_input({Code::request_timeout});
  EXPECT_EQ(rig.heard(), "aborted request_timeout\n");
  answer();
  EXPECT_EQ(rig.sent(), "headers 1 :status=200 end\nreset 1 NO_ERROR\n");
}

TEST_F(Http2ServerEnds, requests_that_move_or_were_answered_are_left_alone) {
  rig.begin();
  rig.begin();
  rig.begin();
  rig.stream(2).grip->send_head(reply(), End::no);
  EXPECT_EQ(codec.awaiting(), Awaiting::body);
  for (int i = 0; i < 3; ++i) {
    rig.feed(Http2Peer::data(3, "x"));
    codec.abort_input({Code::request_timeout});
  }
  EXPECT_EQ(rig.heard(0), "head POST shop.example / (body)\naborted request_timeout\n");
  EXPECT_EQ(rig.heard(1), "head POST shop.example / (body)\nbody xxx\n");
  EXPECT_EQ(rig.heard(2), "head POST shop.example / (body)\n");
}

TEST_F(Http2ServerEnds, a_head_that_stops_ends_the_connection) {
  ask();
  const std::string head = rig.peer.headers_in_pieces(3, kPost, 1);
  rig.feed(head.substr(0, 15));
  EXPECT_EQ(codec.awaiting(), Awaiting::head);
  codec.abort_input({Code::request_timeout});
  EXPECT_EQ(rig.heard(), "head GET shop.example /\nend\nreset request_timeout\n");
  EXPECT_EQ(rig.sent(), "goaway 3 ENHANCE_YOUR_CALM\n");
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::lingering);
}

TEST_F(Http2ServerEnds, an_answer_that_nobody_takes_is_given_up) {
  ask().grip->send_head(reply(), End::no);
  rig.stream().grip->send_body(buffer_of(std::string(200'000, 'x')), End::no);
  ask();
  rig.turn();
  codec.abort_stalled(1000, {Code::send_timeout});
  rig.feed(Http2Peer::window(0, 1000) + Http2Peer::window(1, 1000));
  codec.abort_stalled(1000, {Code::send_timeout});
  EXPECT_EQ(rig.heard(0), "head GET shop.example /\nend\n");
  rig.feed(Http2Peer::window(0, 999) + Http2Peer::window(1, 999));
  codec.abort_stalled(1000, {Code::send_timeout});
  EXPECT_EQ(rig.heard(0), "reset send_timeout\n");
  EXPECT_EQ(rig.heard(1), "head GET shop.example /\nend\n");
  EXPECT_THAT(rig.sent(), EndsWith("reset 1 CANCEL\n"));
  EXPECT_EQ(codec.held_bytes(), 0u);
}

TEST_F(Http2ServerEnds, a_stalled_answer_without_a_grip_goes_too) {
  ask().grip->send_head(reply(), End::no);
  rig.stream().grip->send_body(buffer_of(std::string(200'000, 'x')), End::yes);
  rig.stream().grip.drop();
  rig.turn();
  codec.abort_stalled(1, {Code::send_timeout});
  codec.abort_stalled(1, {Code::send_timeout});
  EXPECT_THAT(rig.sent(), EndsWith("reset 1 CANCEL\n"));
  EXPECT_TRUE(codec.is_idle());
}

// ---- Draining

TEST_F(Http2ServerEnds, draining_says_so_twice_and_serves_what_is_on_its_way) {
  ask();
  codec.drain();
  codec.drain();
  EXPECT_EQ(rig.sent(), "goaway 2147483647 NO_ERROR\nping\n");
  ask();  // sent before the client knew
  EXPECT_EQ(rig.streams.size(), 2u);
  rig.feed(Http2Peer::ping_ack());
  EXPECT_EQ(rig.sent(), "goaway 3 NO_ERROR\n");
  EXPECT_FALSE(codec.is_finished());
  ask();  // nobody must process this one
  EXPECT_EQ(rig.streams.size(), 2u);
  answer(0);
  answer(1);
  EXPECT_EQ(rig.sent(), "headers 1 :status=200 end\nheaders 3 :status=200 end\n");
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
}

TEST_F(Http2ServerEnds, draining_an_idle_connection_waits_for_the_ping) {
  codec.drain();
  static_cast<void>(rig.sent());
  EXPECT_FALSE(codec.is_finished());
  rig.feed(Http2Peer::ping_ack());
  EXPECT_EQ(rig.sent(), "goaway 0 NO_ERROR\n");
  EXPECT_TRUE(codec.is_finished());
}

TEST_F(Http2ServerEnds, a_connection_may_be_limited_in_requests) {
  Http2ServerRig limited({.most_messages = 2});
  limited.ask();
  EXPECT_EQ(limited.sent(), "");
  limited.ask();
  EXPECT_EQ(limited.sent(), "goaway 2147483647 NO_ERROR\nping\n");
}

// ---- The end of the connection

TEST_F(Http2ServerEnds, a_fin_ends_every_stream) {
  rig.begin();
  ask().grip->send_head(reply(), End::no);
  rig.end();
  EXPECT_EQ(rig.heard(0), "head POST shop.example / (body)\nreset client_closed\n");
  EXPECT_EQ(rig.heard(1), "head GET shop.example /\nend\nreset client_closed\n");
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
}

TEST_F(Http2ServerEnds, nothing_is_read_of_bodies_that_were_given_up) {
  for (const bool fails : {false, true}) {
    Http2ServerRig server;
    server.ask().grip->send_head(reply(), End::no);
    server.ask().grip->send_head(reply(), End::no);
    server.stream(0).grip->send_body(buffer_of("hello"), End::no);
    server.stream(1).grip->send_body(buffer_of("hello"), End::yes);
    server.stream(1).grip.drop();
    if (fails) server.codec.fail({Code::client_reset});
    server.end();
    EXPECT_THAT(server.sent(), testing::Not(HasSubstr("data")));
    EXPECT_TRUE(server.codec.is_finished());
  }
}

TEST_F(Http2ServerEnds, a_lost_connection_resets_every_stream) {
  rig.begin();
  ask();
  codec.fail({Code::client_reset});
  EXPECT_EQ(rig.heard(0), "head POST shop.example / (body)\nreset client_reset\n");
  EXPECT_EQ(rig.heard(1), "head GET shop.example /\nend\nreset client_reset\n");
  EXPECT_TRUE(codec.is_idle());
  EXPECT_EQ(codec.closing(), Closing::abortive);
}

TEST(Http2ServerDies, with_streams_in_every_state_and_the_grips_first_or_last) {
  for (const bool grips_first : {true, false}) {
    test::ManualClock clock;
    std::string transcript;
    auto rig = std::make_unique<Http2ServerRig>();
    rig->begin();                                       // a request without an end
    rig->ask();                                         // complete
    rig->ask().grip->send_head(reply(), End::no);       // the answer has begun
    rig->stream(2).grip->send_body(buffer_of(std::string(200'000, 'x')), End::no);
    rig->ask().grip->send_head(reply(), End::yes);      // answered, still gripped
    rig->turn();
    rig->feed(rig->peer.headers_in_pieces(9, kPost, 1).substr(0, 15));  // half a head
    if (!grips_first) {
      rig->codec.fail({Code::client_reset});
      for (const auto& heard : rig->streams) EXPECT_FALSE(heard->stream.grip);
    }
    rig.reset();
  }
}

// ---- Rules of the connection

struct Breach {
  std::string name;
  std::string bytes;
  std::string code;
};

class Http2Breach : public testing::TestWithParam<Breach> {};

TEST_P(Http2Breach, ends_every_stream_and_says_goodbye) {
  Http2ServerRig rig;
  rig.begin();
  rig.ask().grip->send_head(reply(), End::no);
  rig.stream(1).grip->send_body(buffer_of(std::string(100'000, 'x')), End::no);
  static_cast<void>(rig.sent());
  rig.feed(GetParam().bytes);
  EXPECT_THAT(rig.heard(0), HasSubstr("reset "));
  EXPECT_THAT(rig.heard(1), HasSubstr("reset client_protocol_error\n"));
  EXPECT_THAT(rig.sent(), HasSubstr(" " + GetParam().code + "\n"));
  EXPECT_TRUE(rig.codec.is_finished());
  EXPECT_EQ(rig.codec.closing(), Closing::lingering);
  rig.feed(Http2Peer::data(1, "more"));
  EXPECT_EQ(rig.sent(), "");
}

INSTANTIATE_TEST_SUITE_P(Each, Http2Breach,
                         testing::Values(Breach{"data_on_no_stream", Http2Peer::data(0, "x"), "PROTOCOL_ERROR"},
                                         Breach{"data_on_an_idle_stream", Http2Peer::data(77, "x"), "PROTOCOL_ERROR"},
                                         Breach{"an_even_stream", Http2Peer().headers(2, kGet), "PROTOCOL_ERROR"},
                                         Breach{"a_frame_too_large", Http2Peer::data(1, std::string(16'385, 'x')), "FRAME_SIZE_ERROR"},
                                         Breach{"a_ping_of_five_bytes", Http2Peer::frame(NGHTTP2_PING, 0, 0, "12345"), "FRAME_SIZE_ERROR"},
                                         Breach{"a_bad_table_index", Http2Peer::frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 5, "\xff\xff\x7f"), "COMPRESSION_ERROR"},
                                         Breach{"a_continuation_of_nothing", Http2Peer::frame(NGHTTP2_CONTINUATION, 0, 1, "x"), "PROTOCOL_ERROR"},
                                         Breach{"a_window_past_the_end", Http2Peer::window(0, 0x7fffffff) + Http2Peer::window(0, 0x7fffffff), "FLOW_CONTROL_ERROR"},
                                         Breach{"a_push", Http2Peer::frame(NGHTTP2_PUSH_PROMISE, NGHTTP2_FLAG_END_HEADERS, 1, std::string("\0\0\0\2", 4)), "PROTOCOL_ERROR"},
                                         Breach{"bad_settings", Http2Peer::settings({{NGHTTP2_SETTINGS_ENABLE_PUSH, 7}}), "PROTOCOL_ERROR"},
                                         Breach{"a_settings_ack_with_a_payload", Http2Peer::frame(NGHTTP2_SETTINGS, NGHTTP2_FLAG_ACK, 0, "123456"), "FRAME_SIZE_ERROR"}),
                         [](const auto& breach) { return breach.param.name; });

TEST(Http2ServerPreface, a_wrong_preface_ends_the_connection) {
  test::Http2Rig rig(http::Role::server);
  rig.feed("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
  EXPECT_FALSE(rig.result.has_value());
  EXPECT_TRUE(rig.codec.is_finished());
  EXPECT_EQ(rig.codec.closing(), Closing::lingering);
}

// ---- A client that says goodbye

TEST_F(Http2ServerEnds, a_client_that_goes_is_answered_first) {
  ask();
  rig.feed(Http2Peer::goaway(0));
  EXPECT_TRUE(rig.result.has_value());
  EXPECT_FALSE(codec.is_finished());
  answer();
  EXPECT_EQ(rig.sent(), "headers 1 :status=200 end\n");
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
}

TEST_F(Http2ServerEnds, a_client_that_goes_when_it_is_done_breaks_no_rule) {
  rig.feed(Http2Peer::goaway(0));
  EXPECT_TRUE(rig.result.has_value());
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
}

}  // namespace
}  // namespace gladhand::codec
