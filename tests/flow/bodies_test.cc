// Large bodies, slow readers, and how much the proxy holds for them.
#include "support/story.h"
#include "support/tcp_counts.h"

namespace gladhand::test {
namespace {

// A link's backlog, a codec's input and output, and a read or two on their way: what one direction may hold.
constexpr std::int64_t kMostHeld = 1'500'000;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (char& c : text) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return text;
}

std::string chunked(std::string_view body, std::size_t size) {
  std::string text;
  for (std::size_t at = 0; at < body.size(); at += size) {
    const std::string_view piece = body.substr(at, size);
    text += fmt::format("{:x}\r\n", piece.size());
    text += piece;
    text += "\r\n";
  }
  return text + "0\r\n\r\n";
}

class Bodies : public EveryPath {
 protected:
  // The proxy's end of a peer's connection: this is one process.
  static int other_end(Socket& socket) {
    const io::Address wanted = socket.address();
    for (int fd = 3; fd < 1024; ++fd) {
      sockaddr_storage peer;
      socklen_t size = sizeof peer;
      if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && io::Address(reinterpret_cast<sockaddr*>(&peer), size) == wanted) return fd;
    }
    return -1;
  }
  // Bytes that the proxy has read from `from` and not yet given to the kernel for `to`, TLS overhead included.
  static std::int64_t held(Peer& from, Peer& to) {
    return tcp_counts(other_end(from.socket())).read - tcp_counts(other_end(to.socket())).written;
  }
  // Until nothing moves any more, because somebody does not read.
  void run_until_stuck(Peer& sender) {
    std::uint64_t before = UINT64_MAX;
    while (std::exchange(before, sender.sent()) != sender.sent()) stage.pass(milliseconds(20));
  }
};

TEST_P(Bodies, a_megabyte_each_way_arrives_byte_for_byte) {
  const std::string question = pattern(1'000'000);
  const std::string answer = pattern(1'000'003);
  Client client = connect();
  client.post("/", question);
  Upstream upstream = this->upstream();
  const Message request = upstream.expect_request("POST", "/");
  EXPECT_TRUE(request.body == question);
  EXPECT_EQ(request.field("content-length"), "1000000");
  upstream.reply(200, answer);
  EXPECT_TRUE(client.expect(200).body == answer);
  EXPECT_EQ(exchange().request_body_bytes, question.size());
  EXPECT_EQ(exchange().response_body_bytes, answer.size());
}

TEST_P(Bodies, a_megabyte_each_way_in_chunks_arrives_byte_for_byte) {
  const std::string body = pattern(1'000'000);
  for (const std::size_t size : {std::size_t{7'001}, std::size_t{150'000}}) {
    Client client = connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(body, size));
    Upstream upstream = this->upstream();
    EXPECT_TRUE(upstream.expect_request("POST", "/").body == body);
    upstream.send("HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(body, size));
    EXPECT_TRUE(client.expect(200).body == body);
  }
}

TEST_P(Bodies, both_directions_at_once) {
  const std::string body = pattern(3'000'000);
  Client client = connect();
  client.send(fmt::format("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n", body.size()));
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/echo");
  upstream.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.size()));
  client.expect_head(200);
  std::string echoed;
  std::size_t sent = 0;
  EXPECT_TRUE(stage.run_until([&] {
    if (sent < body.size() && client.unsent() == 0) {
      client.send(std::string_view(body).substr(sent, 100'000));
      sent += 100'000;
    }
    upstream.send(std::exchange(upstream.received(), {}));
    echoed += std::exchange(client.received(), {});
    return echoed.size() == body.size();
  }));
  EXPECT_TRUE(echoed == body);
  client.get("/next");
  upstream.expect_request("GET", "/next");
}

TEST_P(Bodies, an_upload_to_an_upstream_that_does_not_read_waits_with_the_client) {
  const std::string body = pattern(40'000'000);
  Client client = connect();
  client.post("/", body);
  Upstream upstream = this->upstream();
  upstream.pause_reading();
  run_until_stuck(client);
  EXPECT_GT(client.unsent(), 10'000'000u);
  EXPECT_GE(held(client, upstream), 0);
  EXPECT_LT(held(client, upstream), kMostHeld);

  upstream.resume_reading();
  EXPECT_TRUE(upstream.expect_request("POST", "/").body == body);
  upstream.reply(200, "all of it");
  client.expect(200, "all of it");
}

TEST_P(Bodies, an_answer_to_a_client_that_does_not_read_waits_with_the_upstream) {
  const std::string body = pattern(40'000'000);
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  client.pause_reading();
  upstream.reply(200, body);
  run_until_stuck(upstream);
  EXPECT_GT(upstream.unsent(), 10'000'000u);
  EXPECT_GE(held(upstream, client), -100'000);  // what TLS adds
  EXPECT_LT(held(upstream, client), kMostHeld);

  client.resume_reading();
  EXPECT_TRUE(client.expect(200).body == body);
}

TEST_P(Bodies, a_chunked_answer_to_a_client_that_does_not_read_waits_with_the_upstream) {
  const std::string body = pattern(40'000'000);
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/");
  client.pause_reading();
  upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(body, 100'000));
  run_until_stuck(upstream);
  EXPECT_GT(upstream.unsent(), 10'000'000u);
  EXPECT_LT(held(upstream, client), kMostHeld);
}

TEST_P(Bodies, pipelined_requests_behind_a_slow_answer_are_left_in_the_kernel) {
  Client client = connect();
  client.get("/first");
  Upstream upstream = this->upstream();
  upstream.expect_request("GET", "/first");
  std::string many;
  while (many.size() < 20'000'000) many += "GET /more HTTP/1.1\r\nHost: shop.example\r\nX-Fill: " + std::string(4000, 'x') + "\r\n\r\n";
  client.send(many);
  run_until_stuck(client);
  EXPECT_GT(client.unsent(), 5'000'000u);
  EXPECT_LT(held(client, upstream), kMostHeld);
}

TEST_P(Bodies, a_body_past_the_limit_is_refused_at_its_announcement) {
  listener().limits.body_bytes = 100;
  Client client = connect();
  client.post("/", std::string(101, 'x'));
  client.expect(413);
  client.expect_end();
  expect_no_dial();
  EXPECT_EQ(exchange().error, Code::body_too_large);
}

TEST_P(Bodies, a_chunked_body_past_the_limit_is_refused_when_it_gets_there) {
  listener().limits.body_bytes = 100;
  Client client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n32\r\n" + std::string(50, 'x') + "\r\n");
  Upstream upstream = this->upstream();
  upstream.expect_request_head("POST", "/");
  client.send("33\r\n" + std::string(51, 'x') + "\r\n");
  client.expect(413);
  client.expect_end();
  upstream.expect_reset();
  EXPECT_EQ(exchange().error, Code::body_too_large);
}

GLADHAND_ON_EVERY_PATH(Bodies);

}  // namespace
}  // namespace gladhand::test
