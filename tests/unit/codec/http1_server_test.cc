#include <gmock/gmock.h>

#include "feeding.h"
#include "support/http1_rig.h"

namespace gladhand::codec {
namespace {

using http::Awaiting;
using http::Closing;
using http::End;
using test::buffer_of;
using test::RecordingStream;
using test::ServerRig;
using testing::HasSubstr;

const std::string kGet = "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n";
const std::string kHead = "HEAD / HTTP/1.1\r\nHost: shop.example\r\n\r\n";
const std::string kGet10 = "GET / HTTP/1.0\r\nHost: shop.example\r\n\r\n";
const std::string kGet10Staying = "GET / HTTP/1.0\r\nHost: shop.example\r\nConnection: keep-alive\r\n\r\n";
const std::string kPost = "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\n\r\nhello";
const std::string kChunked = "POST / HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\nDigest: x\r\n\r\n";

http::Head reply(std::uint16_t status = 200, std::string_view reason = "OK") {
  http::Head head;
  head.status = status;
  head.reason = reason;
  return head;
}
http::Head reply_of(std::uint64_t length) {
  http::Head head = reply();
  head.content_length = length;
  return head;
}

// A server in the middle of a request, whose answer the test writes.
class Http1Server : public testing::Test {
 protected:
  Http1Server() { rig.answers = false; }
  RecordingStream& ask(std::string_view request) {
    rig.feed(request);
    return rig.stream();
  }
  // Answers and lets go.
  void answer() {
    rig.stream().grip->send_head(reply(), End::yes);
    rig.stream().grip.drop();
  }
  ServerRig rig;
  Http1& codec = rig.codec;
};

// ---- What is sent

TEST_F(Http1Server, a_known_length_is_said) {
  auto& stream = ask(kGet);
  stream.grip->send_head(reply_of(5), End::no);
  stream.grip->send_body(buffer_of("hel"), End::no);
  stream.grip->send_body(buffer_of("lo"), End::yes);
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

TEST_F(Http1Server, a_body_of_unknown_length_is_chunked) {
  auto& stream = ask(kGet);
  stream.grip->send_head(reply(), End::no);
  stream.grip->send_body(buffer_of("hello"), End::no);
  stream.grip->send_body(Buffer(), End::no);  // would be the last chunk
  stream.grip->send_body(buffer_of("0123456789abcdef"), End::yes);
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n");
}

TEST_F(Http1Server, trailers_follow_the_last_chunk) {
  auto& stream = ask(kGet);
  stream.grip->send_head(reply(), End::no);
  stream.grip->send_body(buffer_of("x"), End::no);
  http::Headers trailers;
  trailers.add(http::FieldId::other, "Digest", "abc");
  trailers.add(http::FieldId::content_length, "Content-Length", "7");
  stream.grip->send_trailers(trailers);
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nDigest: abc\r\n\r\n");
}

TEST_F(Http1Server, trailers_end_a_body_of_known_length_unsaid) {
  auto& stream = ask(kGet);
  stream.grip->send_head(reply_of(1), End::no);
  stream.grip->send_body(buffer_of("x"), End::no);
  http::Headers trailers;
  trailers.add(http::FieldId::other, "Digest", "abc");
  stream.grip->send_trailers(trailers);
  stream.grip.drop();
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_EQ(codec.awaiting(), Awaiting::message);
}

TEST_F(Http1Server, an_answer_without_a_body_says_so) {
  ask(kGet).grip->send_head(reply(404, "Not Found"), End::yes);
  EXPECT_EQ(rig.output(), "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(Http1Server, the_answer_to_head_tells_the_length_and_sends_nothing) {
  auto& stream = ask(kHead);
  stream.grip->send_head(reply_of(500), End::yes);
  stream.grip.drop();
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
  EXPECT_EQ(codec.awaiting(), Awaiting::message);
}

TEST_F(Http1Server, a_body_for_head_is_swallowed) {
  auto& stream = ask(kHead);
  stream.grip->send_head(reply(), End::no);
  stream.grip->send_body(buffer_of("hello"), End::no);
  stream.grip->send_body(Buffer(), End::yes);
  stream.grip.drop();
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\n\r\n");
  EXPECT_EQ(codec.awaiting(), Awaiting::message);
}

TEST_F(Http1Server, head_is_forgotten_when_it_was_answered) {
  ask(kHead);
  answer();
  auto& stream = ask(kGet);
  stream.grip->send_head(reply_of(2), End::no);
  stream.grip->send_body(buffer_of("hi"), End::yes);
  EXPECT_THAT(rig.output(), HasSubstr("\r\n\r\nhi"));
}

TEST_F(Http1Server, head_is_forgotten_before_a_request_that_cannot_be_read) {
  ask(kHead);
  answer();
  static_cast<void>(rig.output());
  auto& stream = ask("BAD\r\n\r\n");
  stream.grip->send_head(reply_of(2), End::no);
  stream.grip->send_body(buffer_of("no"), End::yes);
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
}

TEST_F(Http1Server, no_content_has_neither_length_nor_body) {
  auto& stream = ask(kGet);
  http::Head head = reply(204, "No Content");
  head.content_length = 0;
  stream.grip->send_head(head, End::no);
  stream.grip->send_body(buffer_of("hello"), End::yes);
  EXPECT_EQ(rig.output(), "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_F(Http1Server, not_modified_may_tell_a_length_and_has_no_body) {
  auto& stream = ask(kGet);
  http::Head head = reply(304, "Not Modified");
  head.content_length = 500;
  stream.grip->send_head(head, End::no);
  stream.grip->send_body(buffer_of("hello"), End::yes);
  EXPECT_EQ(rig.output(), "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n");
}

TEST_F(Http1Server, fields_are_written_as_they_are_but_for_framing_and_persistence) {
  http::Head head = reply();
  head.fields.add(http::FieldId::other, "X-One", "1");
  head.fields.add(http::FieldId::content_length, "Content-Length", "99");
  head.fields.add(http::FieldId::transfer_encoding, "Transfer-Encoding", "chunked");
  head.fields.add(http::FieldId::connection, "Connection", "close");
  head.fields.add(http::FieldId::set_cookie, "Set-Cookie", "a=b");
  head.fields.add(http::FieldId::set_cookie, "Set-Cookie", "c=d");
  ask(kGet).grip->send_head(head, End::yes);
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-One: 1\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n");
}

TEST_F(Http1Server, a_head_without_a_reason_is_given_that_of_its_status) {
  ask(kGet).grip->send_head(reply(200, {}), End::yes);
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}

TEST_F(Http1Server, a_status_that_has_no_reason_keeps_its_space) {
  ask(kGet).grip->send_head(reply(299, {}), End::yes);
  EXPECT_EQ(rig.output(), "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n");
}

TEST_F(Http1Server, informational_heads_go_before_the_answer) {
  auto& stream = ask("POST / HTTP/1.1\r\nHost: shop.example\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  stream.grip->send_head(reply(100, "Continue"), End::no);
  http::Head hints = reply(103, "Early Hints");
  hints.fields.add(http::FieldId::other, "Link", "</a>");
  stream.grip->send_head(hints, End::no);
  EXPECT_EQ(rig.output(), "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  rig.feed("hello");
  answer();
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(rig.transcript, "head POST shop.example / (5 bytes)\nbody hello\nend\n");
}

// ---- HTTP/1.0

TEST_F(Http1Server, http_1_0_hears_no_informational_heads) {
  auto& stream = ask(kGet10);
  stream.grip->send_head(reply(103, "Early Hints"), End::no);
  EXPECT_EQ(rig.output(), "");
}

TEST_F(Http1Server, http_1_0_is_answered_until_close_where_the_length_is_unknown) {
  auto& stream = ask(kGet10Staying);
  stream.grip->send_head(reply(), End::no);
  stream.grip->send_body(buffer_of("hello"), End::yes);
  stream.grip.drop();
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello");
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
}

TEST_F(Http1Server, http_1_0_closes_by_default) {
  ask(kGet10);
  answer();
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(codec.is_finished());
}

TEST_F(Http1Server, http_1_0_stays_when_it_asked_to_and_is_told_so) {
  ask(kGet10Staying);
  answer();
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(codec.awaiting(), Awaiting::message);
}

TEST_F(Http1Server, one_client_may_change_its_version) {
  ask(kGet10Staying);
  answer();
  static_cast<void>(rig.output());
  auto& stream = ask(kGet);
  stream.grip->send_head(reply(), End::no);
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

// ---- Persistence and order

TEST_F(Http1Server, pipelined_requests_wait_for_the_answers_before_them) {
  rig.feed(kGet + kPost + kChunked);
  EXPECT_EQ(rig.streams.size(), 1u);
  EXPECT_EQ(rig.left_over(), kPost.size() + kChunked.size());
  EXPECT_EQ(codec.awaiting(), Awaiting::nothing);
  answer();
  rig.feed(kGet);
  EXPECT_EQ(rig.streams.size(), 2u);
  answer();
  rig.feed(kGet);
  EXPECT_EQ(rig.streams.size(), 3u);
  answer();
  EXPECT_EQ(rig.transcript, "head GET shop.example /\nend\nhead POST shop.example / (5 bytes)\nbody hello\nend\n"
                            "head POST shop.example / (body)\nbody hello\ntrailer Digest: x\nend\n");
}

TEST_F(Http1Server, letting_go_tells_the_owner_that_there_may_be_more) {
  rig.feed(kGet + kGet);
  rig.stream().grip->send_head(reply(), End::yes);
  const int before = rig.changes;
  rig.stream().grip.drop();
  EXPECT_GT(rig.changes, before);
}

TEST_F(Http1Server, a_client_that_wants_to_close_is_told_that_it_will_be) {
  ask("GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n");
  answer();
  EXPECT_THAT(rig.output(), HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
}

TEST_F(Http1Server, bytes_behind_the_last_request_are_dropped_and_lingered_for) {
  ask("GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n" + kGet);
  EXPECT_EQ(rig.left_over(), 0u);
  answer();
  EXPECT_EQ(rig.streams.size(), 1u);
  static_cast<void>(rig.output());
  EXPECT_EQ(codec.closing(), Closing::lingering);
}

TEST(Http1ServerLimits, the_last_of_the_requests_that_a_connection_may_carry_is_told_so) {
  ServerRig rig({.most_messages = 2});
  rig.feed(kGet);
  EXPECT_EQ(rig.output().find("Connection: close"), std::string::npos);
  rig.feed(kGet);
  EXPECT_THAT(rig.output(), HasSubstr("Connection: close"));
  EXPECT_TRUE(rig.codec.is_finished());
}

TEST_F(Http1Server, it_is_known_before_the_last_output_leaves_that_nothing_follows) {
  ask(kGet10);
  EXPECT_FALSE(codec.is_finished());
  answer();
  EXPECT_GT(codec.pending_bytes(), 0u);
  EXPECT_TRUE(codec.is_finished());
}

// ---- What is awaited

TEST_F(Http1Server, each_byte_is_awaited_as_what_it_will_be) {
  rig.answers = false;
  EXPECT_EQ(codec.awaiting(), Awaiting::message);
  rig.feed("\r\n");
  EXPECT_EQ(codec.awaiting(), Awaiting::message) << "an empty line is no request";
  rig.feed("P");
  EXPECT_EQ(codec.awaiting(), Awaiting::head);
  rig.feed(kPost.substr(1, kPost.size() - 3));
  EXPECT_EQ(codec.awaiting(), Awaiting::body);
  rig.feed("lo");
  EXPECT_EQ(codec.awaiting(), Awaiting::nothing);
  answer();
  EXPECT_EQ(codec.awaiting(), Awaiting::message);
}

TEST_F(Http1Server, only_a_connection_without_a_stream_is_idle) {
  EXPECT_TRUE(codec.is_idle());
  ask(kGet);
  EXPECT_FALSE(codec.is_idle());
  answer();
  EXPECT_TRUE(codec.is_idle());
}

// ---- Limits, exactly

// The transcript of one request under `settings`.
std::string told(const Settings& settings, const std::string& request) {
  return story_however_cut(request, [&](const auto& pieces) {
    ServerRig rig(settings);
    for (std::string_view piece : pieces) rig.feed(piece);
    return rig.transcript;
  });
}

TEST(Http1ServerLimits, a_request_line_may_be_as_long_as_allowed_and_not_one_byte_longer) {
  const Settings settings{.head = {.start_line_bytes = 100}};
  const std::string rest = " HTTP/1.1";
  for (std::size_t extra : {0u, 1u}) {
    const std::string line = "GET /" + std::string(100 - 5 - rest.size() + extra, 'a') + rest;
    ASSERT_EQ(line.size(), 100 + extra);
    const std::string transcript = told(settings, line + "\r\nHost: shop.example\r\n\r\n");
    EXPECT_EQ(transcript.starts_with("head GET"), extra == 0) << transcript;
    EXPECT_EQ(transcript == "aborted uri_too_long\n", extra == 1) << transcript;
  }
}

TEST(Http1ServerLimits, a_head_may_be_as_large_as_allowed_and_not_one_byte_larger) {
  for (std::size_t extra : {0u, 1u}) {
    const std::string before = "GET / HTTP/1.1\r\nHost: shop.example\r\nX: ";
    const std::string head = before + std::string(200 - before.size() - 4 + extra, 'a') + "\r\n\r\n";
    ASSERT_EQ(head.size(), 200 + extra);
    const std::string transcript = told({.head = {.section_bytes = 200}}, head);
    EXPECT_EQ(transcript, extra == 0 ? "head GET shop.example /\nend\n" : "aborted request_header_too_large\n");
  }
}

TEST(Http1ServerLimits, a_head_may_have_as_many_fields_as_allowed_and_not_one_more) {
  for (std::size_t extra : {0u, 1u}) {
    std::string head = "GET / HTTP/1.1\r\nHost: shop.example\r\n";
    for (std::size_t i = 0; i < 9 + extra; ++i) head += "A: b\r\n";
    EXPECT_EQ(told({.head = {.fields = 10}}, head + "\r\n"), extra == 0 ? "head GET shop.example /\nend\n" : "aborted request_header_too_large\n");
  }
}

TEST(Http1ServerLimits, a_body_may_be_as_large_as_allowed_and_not_one_byte_larger) {
  const Settings settings{.body_bytes = 5};
  EXPECT_EQ(told(settings, kPost), "head POST shop.example / (5 bytes)\nbody hello\nend\n");
  EXPECT_EQ(told(settings, "POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 6\r\n\r\nhello!"), "aborted body_too_large\n");
}

TEST(Http1ServerLimits, chunks_together_may_be_as_large_as_allowed_and_not_one_byte_larger) {
  EXPECT_EQ(told({.body_bytes = 5}, kChunked), "head POST shop.example / (body)\nbody hello\ntrailer Digest: x\nend\n");
  EXPECT_EQ(told({.body_bytes = 4}, kChunked), "head POST shop.example / (body)\nbody hel\naborted body_too_large\n");
}

TEST(Http1ServerLimits, trailers_are_limited_like_heads) {
  const std::string before = "POST / HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
  const std::string fine = "head POST shop.example / (body)\ntrailer A: b\ntrailer A: b\nend\n";
  const std::string bad = "head POST shop.example / (body)\naborted request_header_too_large\n";
  EXPECT_EQ(told({.head = {.fields = 2}}, before + "A: b\r\nA: b\r\n\r\n"), fine);
  EXPECT_EQ(told({.head = {.fields = 2}}, before + "A: b\r\nA: b\r\nA: b\r\n\r\n"), bad);
  const std::size_t room = before.size();
  EXPECT_EQ(told({.head = {.section_bytes = static_cast<std::uint32_t>(room)}}, before + "X: " + std::string(room - 7, 'a') + "\r\n\r\n"),
            "head POST shop.example / (body)\ntrailer X: " + std::string(room - 7, 'a') + "\nend\n");
  EXPECT_EQ(told({.head = {.section_bytes = static_cast<std::uint32_t>(room)}}, before + "X: " + std::string(room - 6, 'a') + "\r\n\r\n"), bad);
}

// ---- Flow

TEST_F(Http1Server, reading_pauses_while_the_listener_is_behind) {
  auto& stream = ask("POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 1000000\r\n\r\n");
  stream.pays_back = false;
  const std::string piece(64 * 1024, 'x');
  int pieces = 0;
  while (codec.wants_input()) {
    rig.feed(piece);
    ++pieces;
  }
  EXPECT_EQ(pieces, 4);
  const int before = rig.changes;
  stream.grip->consumed(1);
  EXPECT_TRUE(codec.wants_input());
  EXPECT_EQ(rig.changes, before + 1) << "the owner is told to read on";
  stream.grip->consumed(1);
  EXPECT_EQ(rig.changes, before + 1) << "and told once";
}

TEST_F(Http1Server, what_a_request_owed_is_forgotten_with_it) {
  auto& stream = ask("POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 300000\r\n\r\n");
  stream.pays_back = false;
  rig.feed(std::string(300'000, 'x'));
  EXPECT_FALSE(codec.wants_input());
  answer();
  EXPECT_TRUE(codec.wants_input());
}

TEST_F(Http1Server, writing_pauses_while_the_client_is_behind) {
  auto& stream = ask(kGet);
  stream.grip->send_head(reply_of(1'000'000), End::no);
  std::size_t sent = 0;
  while (stream.grip->writable() > 0) {
    const std::string piece(std::min<std::size_t>(stream.grip->writable(), 10'000), 'x');
    stream.grip->send_body(buffer_of(piece), End::no);
    sent += piece.size();
  }
  EXPECT_GT(sent, 200'000u);
  rig.transcript.clear();
  codec.announce_writable();
  EXPECT_EQ(rig.transcript, "") << "nothing has left yet";
  static_cast<void>(rig.output());
  EXPECT_GT(stream.grip->writable(), 0u);
  codec.announce_writable();
  codec.announce_writable();
  EXPECT_EQ(rig.transcript, "writable\n");
}

TEST_F(Http1Server, a_sender_that_was_never_full_is_not_told) {
  auto& stream = ask(kGet);
  stream.grip->send_head(reply(), End::no);
  static_cast<void>(rig.output());
  rig.transcript.clear();
  codec.announce_writable();
  EXPECT_EQ(rig.transcript, "");
}

TEST_F(Http1Server, a_stream_that_begins_behind_a_full_answer_is_told_when_there_is_room) {
  auto& first = ask(kGet + kGet);
  first.grip->send_head(reply_of(300'000), End::no);
  first.grip->send_body(buffer_of(std::string(300'000, 'x')), End::yes);
  first.grip.drop();
  auto& second = ask(kGet);
  EXPECT_EQ(second.grip->writable(), 0u);
  rig.transcript.clear();
  static_cast<void>(rig.output());
  codec.announce_writable();
  EXPECT_EQ(rig.transcript, "writable\n");
}

TEST_F(Http1Server, every_kind_of_output_wakes_the_owner) {
  auto& stream = ask(kGet);
  int before = rig.changes;
  stream.grip->send_head(reply(), End::no);
  EXPECT_GT(rig.changes, std::exchange(before, rig.changes));
  stream.grip->send_body(buffer_of("x"), End::no);
  EXPECT_GT(rig.changes, std::exchange(before, rig.changes));
  stream.grip->send_trailers({});
  EXPECT_GT(rig.changes, before);
}

// ---- Memory

TEST_F(Http1Server, a_head_read_at_once_stays_where_it_was_read) {
  Buffer in = buffer_of(kPost);
  const Block* block = in.slices().front().block();
  const Block* found = nullptr;
  struct Listener final : http::CodecEvents, http::StreamEvents {
    void on_stream(http::Stream& stream) override {
      grip = http::StreamGrip(stream);
      grip->listen(*this);
    }
    void on_change() override {}
    void on_head(http::Head& head) override { kept = std::move(head); }
    void on_body(Buffer&& bytes) override { body = std::move(bytes); }
    void on_trailers(const http::Headers&) override {}
    void on_end() override {}
    void on_writable() override {}
    void on_aborted(Error) override {}
    void on_reset(Error) override {}
    http::StreamGrip grip;
    http::Head kept;
    Buffer body;
  } listener;
  Http1 server(http::Role::server, listener, {});
  ASSERT_TRUE(server.receive(in));
  found = listener.kept.memory.block();
  EXPECT_EQ(found, block);
  EXPECT_EQ(listener.body.slices().front().block(), block);
  EXPECT_EQ(listener.kept.method, "POST");
  EXPECT_EQ(listener.kept.scheme, "http");
  EXPECT_EQ(listener.body.to_string(), "hello");
  server.fail({Code::client_reset});
  EXPECT_EQ(listener.kept.authority, "shop.example") << "a head outlives its connection";
}

TEST_F(Http1Server, a_head_in_pieces_holds_on_to_none_of_them) {
  Buffer in;
  const Slice piece = test::slice_at_the_edge(kGet.substr(0, 20));
  in.append(piece);
  ASSERT_TRUE(codec.receive(in));
  EXPECT_TRUE(in.empty());
  EXPECT_EQ(piece.block()->users, 1u);
}

// ---- Bodies that go past the codec

struct StubWire final : http::Wire {
  bool start_moving(http::Wire&, std::uint64_t, http::WireEvents&) override { return false; }
  void stop_moving() override {}
  void tell() override {}
  bool is_held_up() const override { return false; }
};

TEST_F(Http1Server, a_body_of_known_length_may_go_past) {
  StubWire wire;
  rig.put_on(wire);
  auto& stream = ask("POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 1000\r\n\r\nhello");
  EXPECT_EQ(stream.grip->receiving_wire(), &wire);
  EXPECT_EQ(stream.grip->body_left(), 995u);
  EXPECT_FALSE(stream.grip->skip_received(900));
  rig.feed(std::string(5, 'x'));
  EXPECT_EQ(stream.grip->body_left(), 90u);
  EXPECT_TRUE(stream.grip->skip_received(90));
  EXPECT_EQ(stream.grip->receiving_wire(), nullptr);
  EXPECT_EQ(rig.transcript, "head POST shop.example / (1000 bytes)\nbody helloxxxxx\n") << "no end is told";
  answer();
  ask(kGet);
  EXPECT_TRUE(rig.transcript.ends_with("head GET shop.example /\nend\n")) << "the connection goes on behind it";
}

TEST_F(Http1Server, framed_bodies_and_complete_ones_do_not_go_past) {
  StubWire wire;
  rig.put_on(wire);
  EXPECT_EQ(ask(kGet).grip->receiving_wire(), nullptr);
  answer();
  EXPECT_EQ(ask(kChunked.substr(0, kChunked.size() - 2)).grip->receiving_wire(), nullptr);
}

TEST_F(Http1Server, without_a_wire_nothing_goes_past) {
  auto& stream = ask("POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 5\r\n\r\n");
  stream.grip->send_head(reply_of(5), End::no);
  EXPECT_EQ(stream.grip->receiving_wire(), nullptr);
  EXPECT_EQ(stream.grip->sending_wire(), nullptr);
}

TEST_F(Http1Server, an_answer_of_known_length_may_go_past) {
  StubWire wire;
  rig.put_on(wire);
  auto& stream = ask(kGet);
  EXPECT_EQ(stream.grip->sending_wire(), nullptr);
  stream.grip->send_head(reply_of(1000), End::no);
  EXPECT_EQ(stream.grip->sending_wire(), &wire);
  stream.grip->send_body(buffer_of("hello"), End::no);
  stream.grip->skip_sent(995, End::yes);
  EXPECT_EQ(stream.grip->sending_wire(), nullptr);
  stream.grip.drop();
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello");
  EXPECT_EQ(codec.awaiting(), Awaiting::message);
}

TEST_F(Http1Server, a_chunked_answer_and_that_to_head_do_not_go_past) {
  StubWire wire;
  rig.put_on(wire);
  auto& first = ask(kGet);
  first.grip->send_head(reply(), End::no);
  EXPECT_EQ(first.grip->sending_wire(), nullptr);
  first.grip->send_body(Buffer(), End::yes);
  first.grip.drop();
  auto& second = ask(kHead);
  second.grip->send_head(reply_of(5), End::no);
  EXPECT_EQ(second.grip->sending_wire(), nullptr);
}

// ---- The end of input, at every byte

std::string story_cut_off(std::string_view request) {
  ServerRig rig;
  rig.feed(request);
  rig.end();
  return rig.story();
}

TEST(Http1ServerEnd, a_client_that_leaves_before_its_head_is_complete_is_not_heard_of) {
  for (std::size_t i = 0; i < kGet.size(); ++i) EXPECT_EQ(story_cut_off(kGet.substr(0, i)), "closes gracefully\n") << i;
}

TEST(Http1ServerEnd, a_client_that_leaves_inside_its_body_is_aborted) {
  const std::size_t body = kChunked.find("\r\n\r\n") + 4;
  for (std::size_t i = body; i < kChunked.size(); ++i) {
    const std::string story = story_cut_off(kChunked.substr(0, i));
    EXPECT_TRUE(story.ends_with("aborted client_closed\ncloses lingering\n")) << i << ": " << story;
    EXPECT_FALSE(story.contains("end\n")) << i;
  }
}

TEST_F(Http1Server, a_client_that_closes_its_half_is_still_answered) {
  ask(kGet);
  rig.end();
  EXPECT_FALSE(codec.is_finished());
  answer();
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
}

TEST_F(Http1Server, an_idle_client_may_leave) {
  rig.end();
  EXPECT_TRUE(codec.is_finished());
  rig.end();
  EXPECT_EQ(codec.closing(), Closing::graceful);
}

TEST_F(Http1Server, an_aborted_request_can_be_answered) {
  auto& stream = ask("BAD\r\n\r\n");
  EXPECT_EQ(rig.transcript, "aborted bad_request\n");
  stream.grip->send_head(reply_of(2), End::no);
  stream.grip->send_body(buffer_of("no"), End::yes);
  stream.grip.drop();
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::lingering);
}

TEST_F(Http1Server, an_answer_before_the_end_of_the_request_is_lingered_for) {
  auto& stream = ask("POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 100\r\n\r\nabc");
  stream.grip->send_head(reply(413, "Too Large"), End::yes);
  EXPECT_FALSE(codec.is_finished());
  stream.grip.drop();
  static_cast<void>(rig.output());
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::lingering);
  rig.feed("the rest");
  EXPECT_EQ(rig.streams.size(), 1u);
  EXPECT_EQ(rig.left_over(), 0u);
}

// ---- A deadline

TEST_F(Http1Server, a_head_that_takes_too_long_becomes_a_stream_that_can_be_answered) {
  rig.feed("GET / HT");
  codec.abort_input({Code::request_timeout});
  EXPECT_EQ(rig.transcript, "aborted request_timeout\n");
  answer();
  EXPECT_THAT(rig.output(), HasSubstr("Connection: close"));
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::lingering);
}

TEST_F(Http1Server, a_body_that_takes_too_long_is_aborted) {
  ask("POST / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 100\r\n\r\nabc");
  codec.abort_input({Code::request_timeout});
  EXPECT_EQ(rig.transcript, "head POST shop.example / (100 bytes)\nbody abc\naborted request_timeout\n");
  rig.feed("more");
  EXPECT_EQ(rig.left_over(), 0u);
}

TEST_F(Http1Server, nothing_is_aborted_when_nothing_is_awaited) {
  ask(kGet);
  codec.abort_input({Code::request_timeout});
  EXPECT_EQ(rig.transcript, "head GET shop.example /\nend\n");
  answer();
  EXPECT_EQ(codec.awaiting(), Awaiting::message);
}

TEST_F(Http1Server, a_finished_connection_is_not_aborted) {
  ask(kGet10);
  answer();
  static_cast<void>(rig.output());
  codec.abort_input({Code::request_timeout});
  EXPECT_EQ(rig.streams.size(), 1u);
}

// ---- Draining

TEST_F(Http1Server, an_idle_connection_is_finished_by_draining) {
  const int before = rig.changes;
  codec.drain();
  EXPECT_GT(rig.changes, before);
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
  rig.feed(kGet);
  EXPECT_EQ(rig.streams.size(), 0u);
}

TEST_F(Http1Server, a_request_under_way_is_answered_and_told_that_it_was_the_last) {
  ask(kGet);
  codec.drain();
  EXPECT_FALSE(codec.is_finished());
  answer();
  EXPECT_THAT(rig.output(), HasSubstr("Connection: close"));
  EXPECT_TRUE(codec.is_finished());
}

TEST_F(Http1Server, a_request_whose_head_has_begun_is_still_served) {
  rig.feed(kGet.substr(0, 10));
  codec.drain();
  EXPECT_FALSE(codec.is_finished());
  EXPECT_EQ(codec.awaiting(), Awaiting::head);
  rig.feed(kGet.substr(10));
  EXPECT_EQ(rig.transcript, "head GET shop.example /\nend\n");
  answer();
  EXPECT_THAT(rig.output(), HasSubstr("Connection: close"));
  EXPECT_TRUE(codec.is_finished());
}

TEST_F(Http1Server, an_answer_under_way_is_completed) {
  auto& stream = ask(kGet);
  stream.grip->send_head(reply(), End::no);
  codec.drain();
  stream.grip->send_body(buffer_of("x"), End::yes);
  stream.grip.drop();
  EXPECT_EQ(rig.output(), "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n");
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::graceful);
}

// ---- Letting go, at every moment

// The request is fed byte by byte, and the grip is dropped at the event number `moment`.
struct Dropped {
  std::string transcript;
  bool was_dropped = false;
};
Dropped drop_at(int moment, std::string_view request, ServerRig& rig) {
  rig.answers = false;
  Dropped result;
  int events = 0;
  rig.prepare_with([&](RecordingStream& stream) {
    stream.then = [&](std::string_view) {
      if (events++ != moment) return;
      result.was_dropped = true;
      stream.grip.drop();
    };
  });
  rig.feed_byte_by_byte(request);
  result.transcript = rig.transcript;
  return result;
}

TEST(Http1ServerGrip, dropping_it_at_any_event_is_the_last_that_is_heard) {
  for (int moment = 0;; ++moment) {
    ServerRig rig;
    const Dropped result = drop_at(moment, kChunked, rig);
    if (!result.was_dropped) {
      EXPECT_GT(moment, 4);
      break;
    }
    EXPECT_TRUE(rig.codec.is_finished()) << moment;
    EXPECT_EQ(rig.codec.closing(), Closing::abortive) << moment;
    EXPECT_EQ(rig.output(), "") << moment;
    rig.feed(kGet);
    EXPECT_EQ(rig.transcript, result.transcript) << moment;
    EXPECT_EQ(rig.left_over(), 0u) << moment;
  }
}

TEST_F(Http1Server, a_reset_is_as_good_as_letting_go) {
  auto& stream = ask(kGet);
  stream.grip->send_head(reply_of(100), End::no);
  stream.grip->send_body(buffer_of("half"), End::no);
  stream.grip->reset(Code::internal);
  EXPECT_FALSE(stream.grip);
  EXPECT_EQ(rig.output(), "") << "what was not sent yet will not be";
  EXPECT_TRUE(codec.is_finished());
  EXPECT_EQ(codec.closing(), Closing::abortive);
}

TEST_F(Http1Server, an_answer_that_is_given_up_midway_looks_incomplete) {
  auto& stream = ask(kGet);
  stream.grip->send_head(reply(), End::no);
  stream.grip->send_body(buffer_of("half"), End::no);
  EXPECT_THAT(rig.output(), HasSubstr("half"));
  stream.grip.drop();
  EXPECT_EQ(rig.output(), "") << "above all no last chunk";
  EXPECT_EQ(codec.closing(), Closing::abortive);
}

TEST_F(Http1Server, an_answer_may_be_complete_before_its_request_and_both_end_well) {
  auto& stream = ask(kPost.substr(0, kPost.size() - 2));
  stream.grip->send_head(reply(), End::yes);
  rig.feed("lo");
  EXPECT_TRUE(stream.is_over);
  stream.grip.drop();
  EXPECT_EQ(codec.awaiting(), Awaiting::message);
}

TEST_F(Http1Server, the_grip_can_be_dropped_inside_the_event_that_ends_the_request) {
  rig.prepare_with([&](RecordingStream& stream) {
    stream.then = [&](std::string_view event) {
      if (event == "end") answer();
    };
  });
  rig.feed(kGet + kPost + kChunked + kGet);
  EXPECT_EQ(rig.streams.size(), 4u);
  EXPECT_EQ(codec.awaiting(), Awaiting::message);
}

TEST_F(Http1Server, the_grip_can_be_dropped_inside_the_last_body_event) {
  rig.prepare_with([&](RecordingStream& stream) {
    stream.then = [&](std::string_view event) {
      if (event == "body") answer();
    };
  });
  rig.feed(kPost);
  EXPECT_EQ(rig.transcript, "head POST shop.example / (5 bytes)\nbody hello\n");
  EXPECT_EQ(codec.awaiting(), Awaiting::message) << "the request was complete, so the connection can stay";
}

// ---- The connection fails, at every moment

TEST(Http1ServerFailure, at_any_byte_it_resets_the_stream_that_there_is) {
  for (std::size_t i = 0; i <= kChunked.size(); ++i) {
    ServerRig rig;
    rig.answers = false;
    rig.feed(kChunked.substr(0, i));
    const std::string before = rig.transcript;
    rig.codec.fail({Code::client_reset});
    EXPECT_EQ(rig.transcript, before + (rig.streams.empty() ? "" : "reset client_reset\n")) << i;
    EXPECT_TRUE(rig.streams.empty() || !rig.stream().grip) << i;
    EXPECT_TRUE(rig.codec.is_finished()) << i;
    EXPECT_EQ(rig.codec.closing(), Closing::abortive) << i;
    rig.codec.fail({Code::client_reset});
    rig.feed(kGet);
    EXPECT_EQ(rig.transcript, before + (rig.streams.empty() ? "" : "reset client_reset\n")) << i;
  }
}

TEST_F(Http1Server, a_failure_forgets_the_output) {
  auto& stream = ask(kGet);
  stream.grip->send_head(reply(), End::no);
  codec.fail({Code::client_reset});
  EXPECT_EQ(codec.pending_bytes(), 0u);
}

TEST_F(Http1Server, an_abort_at_every_byte_is_heard_once) {
  for (std::size_t i = 1; i < kChunked.size(); ++i) {
    ServerRig one;
    one.answers = false;
    one.feed(kChunked.substr(0, i));
    one.codec.abort_input({Code::request_timeout});
    one.codec.abort_input({Code::request_timeout});
    EXPECT_TRUE(one.transcript.ends_with("aborted request_timeout\n")) << i;
    EXPECT_EQ(one.transcript.find("aborted"), one.transcript.rfind("aborted")) << i;
    EXPECT_EQ(one.streams.size(), 1u);
    one.stream().grip.drop();
    EXPECT_TRUE(one.codec.is_finished()) << i;
  }
}

}  // namespace
}  // namespace gladhand::codec
