#include <gmock/gmock.h>

#include "support/http1_rig.h"

namespace gladhand::codec {
namespace {

using http::Awaiting;
using http::Closing;
using http::End;
using test::buffer_of;
using test::ClientRig;
using test::RecordingStream;
using testing::HasSubstr;

const std::string kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
const std::string kChunkedAnswer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\nDigest: x\r\n\r\n";

class Http1Client : public testing::Test {
 protected:
  http::Stream& open() {
    EXPECT_TRUE(rig.open());
    return *rig.stream().grip.operator->();
  }
  ClientRig rig;
  Http1& codec = rig.codec;
};

http::Head post() { return ClientRig::request("POST"); }

// ---- What is sent

TEST_F(Http1Client, a_request_names_its_host_first) {
  http::Head head = ClientRig::request();
  head.target = "/a?b";
  head.fields.add(http::FieldId::other, "Accept", "*/*");
  head.fields.add(http::FieldId::host, "Host", "evil.example");
  open().send_head(head, End::yes);
  EXPECT_EQ(rig.output(), "GET /a?b HTTP/1.1\r\nHost: shop.example\r\nAccept: */*\r\n\r\n");
}

TEST_F(Http1Client, a_request_that_had_a_length_of_zero_keeps_it) {
  http::Head head = post();
  head.content_length = 0;
  open().send_head(head, End::yes);
  EXPECT_EQ(rig.output(), "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(Http1Client, a_body_of_known_length) {
  http::Head head = post();
  head.content_length = 5;
  http::Stream& stream = open();
  stream.send_head(head, End::no);
  stream.send_body(buffer_of("hello"), End::yes);
  EXPECT_EQ(rig.output(), "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_F(Http1Client, a_body_of_unknown_length_and_trailers) {
  http::Stream& stream = open();
  stream.send_head(post(), End::no);
  stream.send_body(buffer_of("hello"), End::no);
  http::Headers trailers;
  trailers.add(http::FieldId::other, "Digest", "x");
  stream.send_trailers(trailers);
  EXPECT_EQ(rig.output(), "POST / HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nDigest: x\r\n\r\n");
}

TEST_F(Http1Client, a_wish_for_trailers_is_nominated_by_connection) {
  http::Head head = ClientRig::request();
  head.fields.add(http::FieldId::te, "trailers");
  open().send_head(head, End::yes);
  EXPECT_EQ(rig.output(), "GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: TE\r\nte: trailers\r\n\r\n");
}

TEST_F(Http1Client, a_large_piece_of_body_is_passed_on_and_small_ones_are_gathered) {
  http::Head head = post();
  head.content_length = 5008;
  http::Stream& stream = open();
  stream.send_head(head, End::no);
  static_cast<void>(rig.output());
  stream.send_body(buffer_of("tiny"), End::no);
  stream.send_body(buffer_of("tiny"), End::no);
  const Slice large = Slice::copy(std::string(5000, 'x'));
  Buffer body;
  body.append(large);
  stream.send_body(std::move(body), End::yes);
  Buffer out;
  codec.produce(out);
  ASSERT_EQ(out.slices().size(), 2u);
  EXPECT_EQ(out.slices()[0].view(), "tinytiny");
  EXPECT_EQ(out.slices()[1].block(), large.block());
}

// ---- One request after the other

TEST_F(Http1Client, a_stream_is_open_until_it_is_let_go) {
  rig.lets_go = false;
  EXPECT_TRUE(rig.ask());
  EXPECT_FALSE(rig.ask());
  rig.feed(kAnswer);
  EXPECT_FALSE(rig.ask());
  rig.stream().grip.drop();
  EXPECT_TRUE(codec.is_idle());
  EXPECT_TRUE(rig.ask());
}

TEST_F(Http1Client, a_stream_that_was_never_used_costs_nothing) {
  EXPECT_TRUE(rig.open());
  rig.stream().grip.drop();
  EXPECT_FALSE(codec.is_finished());
  EXPECT_TRUE(rig.ask());
}

TEST_F(Http1Client, a_server_opens_no_stream) {
  test::ServerRig server;
  EXPECT_EQ(server.codec.open(), nullptr);
}

TEST_F(Http1Client, many_answers_on_one_connection) {
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(rig.ask(i % 3 ? "GET" : "HEAD"));
    static_cast<void>(rig.output());
    rig.feed(i % 3 == 0 ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" : i % 3 == 1 ? kAnswer : kChunkedAnswer);
  }
  EXPECT_EQ(rig.streams.size(), 50u);
  EXPECT_EQ(codec.awaiting(), Awaiting::nothing);
}

TEST_F(Http1Client, informational_heads_are_counted_for_each_answer) {
  for (int request = 0; request < 3; ++request) {
    ASSERT_TRUE(rig.ask());
    for (int i = 0; i < 32; ++i) rig.feed("HTTP/1.1 100 Continue\r\n\r\n");
    rig.feed(kAnswer);
  }
  EXPECT_FALSE(codec.is_finished());
}

TEST_F(Http1Client, the_answer_to_head_is_not_that_of_the_next_request) {
  rig.ask("HEAD");
  rig.feed("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
  rig.ask("GET");
  rig.feed(kAnswer);
  EXPECT_EQ(rig.transcript, "head 200 OK (no body of 2 bytes)\nend\nhead 200 OK (2 bytes)\nbody hi\nend\n");
}

TEST_F(Http1Client, each_byte_is_awaited_as_what_it_will_be) {
  EXPECT_EQ(codec.awaiting(), Awaiting::nothing);
  rig.ask();
  EXPECT_EQ(codec.awaiting(), Awaiting::head);
  rig.feed(kAnswer.substr(0, 9));
  EXPECT_EQ(codec.awaiting(), Awaiting::head);
  rig.feed(kAnswer.substr(9, kAnswer.size() - 10));
  EXPECT_EQ(codec.awaiting(), Awaiting::body);
  rig.feed("i");
  EXPECT_EQ(codec.awaiting(), Awaiting::nothing);
}

TEST_F(Http1Client, an_answer_may_come_before_the_request_is_complete) {
  rig.lets_go = false;
  http::Stream& stream = open();
  stream.send_head(post(), End::no);
  rig.feed(kAnswer);
  EXPECT_EQ(rig.transcript, "head 200 OK (2 bytes)\nbody hi\nend\n");
  stream.send_body(Buffer(), End::yes);
  rig.stream().grip.drop();
  EXPECT_TRUE(rig.ask()) << "both ended";
}

TEST_F(Http1Client, a_connection_whose_request_was_given_up_is_not_used_again) {
  rig.lets_go = false;
  open().send_head(post(), End::no);
  rig.feed(kAnswer);
  rig.stream().grip.drop();
  EXPECT_FALSE(rig.ask());
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.pending_bytes(), 0u) << "the rest of a request that nobody completes";
  EXPECT_EQ(codec.closing(), Closing::abortive);
}

// ---- Bytes that nobody asked for

TEST_F(Http1Client, a_byte_before_any_request_ends_the_connection) {
  rig.feed("H");
  ASSERT_FALSE(rig.result);
  EXPECT_EQ(rig.result.error().code, Code::unsolicited_bytes);
  EXPECT_FALSE(rig.ask());
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::abortive);
}

TEST_F(Http1Client, a_byte_on_a_pooled_connection_ends_it) {
  rig.ask();
  static_cast<void>(rig.output());
  rig.feed(kAnswer);
  EXPECT_TRUE(rig.result);
  rig.feed(kAnswer);
  ASSERT_FALSE(rig.result);
  EXPECT_EQ(rig.result.error().code, Code::unsolicited_bytes);
  EXPECT_FALSE(rig.ask());
}

TEST_F(Http1Client, a_byte_behind_the_answer_ends_the_connection_and_not_the_answer) {
  rig.lets_go = false;
  rig.ask();
  static_cast<void>(rig.output());
  rig.feed(kAnswer + "!");
  EXPECT_EQ(rig.transcript, "head 200 OK (2 bytes)\nbody hi\nend\n");
  rig.stream().grip.drop();
  EXPECT_FALSE(rig.ask());
  EXPECT_TRUE(codec.is_finished());
}

TEST_F(Http1Client, a_byte_between_opening_and_asking_ends_the_connection) {
  open();
  rig.feed(kAnswer);
  ASSERT_FALSE(rig.result);
  EXPECT_EQ(rig.transcript, "");
}

// ---- Flow

TEST_F(Http1Client, a_sender_that_was_full_is_told_when_there_is_room) {
  http::Stream& stream = open();
  stream.send_head(post(), End::no);
  while (stream.writable() > 0) stream.send_body(buffer_of(std::string(10'000, 'x')), End::no);
  codec.announce_writable();
  EXPECT_EQ(rig.transcript, "");
  static_cast<void>(rig.output());
  codec.announce_writable();
  EXPECT_EQ(rig.transcript, "writable\n");
}

TEST_F(Http1Client, reading_pauses_while_the_listener_is_behind) {
  rig.ask();
  rig.stream().pays_back = false;
  rig.feed("HTTP/1.1 200 OK\r\n\r\n");
  rig.feed(std::string(256 * 1024 - 1, 'x'));
  EXPECT_TRUE(codec.wants_input());
  rig.feed("x");
  EXPECT_FALSE(codec.wants_input());
  rig.stream().pay_back();
  EXPECT_TRUE(codec.wants_input());
}

// ---- The end of input

TEST_F(Http1Client, a_pooled_connection_that_the_upstream_closes_is_finished) {
  rig.ask();
  static_cast<void>(rig.output());
  rig.feed(kAnswer);
  rig.end();
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
  EXPECT_FALSE(rig.ask());
}

TEST_F(Http1Client, an_answer_that_is_cut_off_at_any_byte_is_reset) {
  for (const std::string& answer : {kAnswer, kChunkedAnswer}) {
    for (std::size_t i = 0; i < answer.size(); ++i) {
      ClientRig one;
      one.ask();
      static_cast<void>(one.output());
      one.feed(answer.substr(0, i));
      one.end();
      EXPECT_TRUE(one.transcript.ends_with(i == 0 ? "reset upstream_closed\n" : "reset truncated_response\n")) << i << ": " << one.transcript;
      EXPECT_FALSE(one.transcript.contains("end\n")) << i;
      EXPECT_TRUE(one.codec.is_finished()) << i;
      EXPECT_EQ(one.codec.closing(), Closing::abortive) << i;
    }
  }
}

TEST_F(Http1Client, a_deadline_resets_the_stream) {
  rig.ask();
  codec.abort_input({Code::response_timeout});
  EXPECT_EQ(rig.transcript, "reset response_timeout\n");
  EXPECT_FALSE(rig.ask());
}

TEST_F(Http1Client, a_deadline_on_a_pooled_connection_resets_nothing) {
  codec.abort_input({Code::response_timeout});
  EXPECT_TRUE(rig.ask());
}

// ---- Letting go, at every moment

TEST_F(Http1Client, dropping_the_grip_at_any_event_is_the_last_that_is_heard) {
  const std::string answer = "HTTP/1.1 103 Early Hints\r\n\r\n" + kChunkedAnswer;
  int moment = 0;
  for (;; ++moment) {
    ClientRig one;
    one.lets_go = false;
    bool was_dropped = false;
    int events = 0;
    one.ask();
    one.stream().then = [&](std::string_view) {
      if (events++ != moment) return;
      was_dropped = true;
      one.stream().grip.drop();
    };
    one.feed_byte_by_byte(answer);
    if (!was_dropped) break;
    EXPECT_EQ(events, moment + 1);
    EXPECT_TRUE(one.result) << "what nobody wants any more is no fault of the upstream's";
    const bool was_complete = one.transcript.ends_with("trailer Digest: x\n") || one.transcript.ends_with("end\n");
    static_cast<void>(one.output());
    EXPECT_EQ(one.codec.is_finished(), !was_complete) << one.transcript;
    EXPECT_EQ(one.ask(), was_complete) << one.transcript;
  }
  EXPECT_EQ(moment, 6);  // two heads, two pieces of body, trailers, end
}

TEST_F(Http1Client, dropping_the_grip_at_any_byte_ends_the_connection) {
  for (std::size_t i = 0; i < kChunkedAnswer.size(); ++i) {
    ClientRig one;
    one.ask();
    static_cast<void>(one.output());
    one.feed(kChunkedAnswer.substr(0, i));
    const std::string before = one.transcript;
    one.stream().grip.drop();
    EXPECT_TRUE(one.codec.is_finished()) << i;
    EXPECT_EQ(one.codec.closing(), Closing::abortive) << i;
    one.feed(kChunkedAnswer.substr(i));
    EXPECT_EQ(one.transcript, before) << i;
    EXPECT_EQ(one.left_over(), 0u) << i;
  }
}

TEST_F(Http1Client, a_failure_at_any_byte_resets_the_stream) {
  for (std::size_t i = 0; i < kChunkedAnswer.size(); ++i) {
    ClientRig one;
    one.ask();
    one.feed(kChunkedAnswer.substr(0, i));
    const std::string before = one.transcript;
    one.codec.fail({Code::upstream_reset});
    EXPECT_EQ(one.transcript, before + "reset upstream_reset\n") << i;
    EXPECT_FALSE(one.stream().grip) << i;
    EXPECT_TRUE(one.codec.is_finished()) << i;
  }
}

TEST_F(Http1Client, a_listener_may_ask_anew_elsewhere_when_it_is_reset) {
  ClientRig other;
  rig.ask();
  rig.stream().then = [&](std::string_view event) {
    if (event == "reset") {
      EXPECT_FALSE(rig.ask()) << "not here";
      EXPECT_TRUE(other.ask());
    }
  };
  codec.fail({Code::upstream_reset});
  EXPECT_THAT(other.output(), HasSubstr("GET / HTTP/1.1"));
}

// ---- Draining

TEST_F(Http1Client, an_idle_connection_is_finished_by_draining) {
  codec.drain();
  EXPECT_TRUE(codec.is_finished());
  EXPECT_FALSE(rig.ask());
}

TEST_F(Http1Client, a_request_under_way_is_completed) {
  rig.ask();
  static_cast<void>(rig.output());
  codec.drain();
  EXPECT_FALSE(codec.is_finished());
  rig.feed(kAnswer);
  EXPECT_EQ(rig.transcript, "head 200 OK (2 bytes)\nbody hi\nend\n");
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
}

}  // namespace
}  // namespace gladhand::codec
