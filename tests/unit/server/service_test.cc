// Answers that go on, over real sockets: what the client sees, and when the sequel that makes them ends.
#include "server/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <iterator>
#include <optional>

#include "support/loop_rig.h"
#include "support/sockets.h"

namespace gladhand::server {
namespace {

using test::LoopRig;
using test::Socket;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t kPiece = 32 * 1024;

Buffer buffer(std::string_view text) {
  Buffer bytes;
  bytes.append(text);
  return bytes;
}

std::ptrdiff_t open_files() { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); }

class ServiceTest : public testing::Test {
 protected:
  // Says what the test has it say, and tells the test what happens to it.
  class Puppet final : public Sequel {
   public:
    Puppet(ServiceTest& test, Channel& client) : test_(test) {
      test_.client_ = &client;
      ++test_.alive_;
      if (!test_.first_words_.empty()) client.send(buffer(test_.first_words_));
      if (test_.is_brief_) client.end();
    }
    ~Puppet() override { --test_.alive_; }

   private:
    void on_writable() override { ++test_.became_writable_; }
    void on_received(Buffer&& bytes) override {
      test_.heard_ += bytes.to_string();
      bytes.clear();
    }

    ServiceTest& test_;
  };

  Answer answer(const Question& question) {
    ++asked_;
    Answer answer;
    if (question.head.target == "/plain") {
      answer.body = "as ever\n";
      return answer;
    }
    if (question.head.protocol == "parrot") {
      answer.status = 101;
      answer.protocol = question.head.protocol;
    }
    answer.go_on = [this](Channel& client) { return std::make_unique<Puppet>(*this, client); };
    return answer;
  }

  Socket ask(std::string_view request) {
    Socket socket = Socket::connected_to(service_->address());
    socket.send(request);
    return socket;
  }
  // Reads until the answer so far ends with `ending`.
  void expect(const Socket& socket, std::string_view ending) {
    rig_.run_until([&] { return (seen_ += socket.receive_some()).ends_with(ending); });
    EXPECT_THAT(seen_, EndsWith(ending));
  }
  // Whether the service lets go of its end.
  bool closes(Socket& socket) {
    const std::ptrdiff_t before = open_files();
    socket.end();
    return rig_.run_until([&] { return open_files() == before - 1; });
  }
  bool is_over(const Socket& socket) {
    return rig_.run_until([&] { return socket.state() != EAGAIN && socket.receive_some().empty(); });
  }

  LoopRig rig_;
  std::string first_words_ = "first\n";
  bool is_brief_ = false;  // ends within its constructor
  Channel* client_ = nullptr;
  int asked_ = 0;
  int alive_ = 0;
  int became_writable_ = 0;
  std::string heard_;
  std::string seen_;
  std::optional<Service> service_{std::in_place, rig_.loop, *io::open_listening_socket(*io::Address::numeric("127.0.0.1", 0), 16),
                                  [this](const Question& question) { return answer(question); }};
};

TEST_F(ServiceTest, each_piece_reaches_the_client_before_the_next_is_made) {
  const Socket socket = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(socket, "6\r\nfirst\n\r\n");
  client_->send(buffer("second\n"));
  expect(socket, "7\r\nsecond\n\r\n");
  client_->end();
  expect(socket, "\r\n0\r\n\r\n");
  EXPECT_THAT(seen_, StartsWith("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_EQ(alive_, 0);
}

TEST_F(ServiceTest, a_connection_serves_the_next_request_when_an_answer_has_gone_on_and_ended) {
  is_brief_ = true;
  const Socket socket = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(socket, "as ever\n");
  EXPECT_THAT(seen_, HasSubstr("first\n\r\n0\r\n\r\nHTTP/1.1 200"));
  EXPECT_EQ(alive_, 0);
}

TEST_F(ServiceTest, what_HTTP_1_0_is_told_ends_with_the_connection) {
  is_brief_ = true;
  const Socket socket = ask("GET / HTTP/1.0\r\n\r\n");
  expect(socket, "\r\n\r\nfirst\n");
  EXPECT_TRUE(is_over(socket));
}

TEST_F(ServiceTest, HEAD_is_answered_with_the_head_alone) {
  const Socket socket = ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\nGET /plain HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(socket, "as ever\n");
  EXPECT_EQ(client_, nullptr) << "nobody spoke";
}

TEST_F(ServiceTest, a_sequel_ends_when_its_client_goes) {
  Socket socket = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(socket, "first\n\r\n");
  socket.reset();
  EXPECT_TRUE(rig_.run_until([&] { return alive_ == 0; }));
}

TEST_F(ServiceTest, a_sequel_ends_with_the_service) {
  const Socket socket = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(socket, "first\n\r\n");
  service_.reset();
  EXPECT_EQ(alive_, 0);
}

TEST_F(ServiceTest, a_sequel_learns_that_its_client_does_not_read_and_then_that_it_does) {
  const Socket socket = ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  expect(socket, "first\n\r\n");
  const std::string piece(kPiece, 'x');
  std::size_t sent = 0;
  const auto fill = [&] {
    for (; client_->writable() > 0 && sent < 1'000 * kPiece; sent += kPiece) client_->send(buffer(piece));
    rig_.run_a_while();
  };
  for (int i = 0; i < 20; ++i) fill();
  ASSERT_EQ(client_->writable(), 0u);
  EXPECT_LT(sent, 1'000 * kPiece);
  const int before = became_writable_;
  std::size_t got = 0;
  EXPECT_TRUE(rig_.run_until([&] {
    got += socket.receive_some().size();
    return became_writable_ > before;
  }));
  client_->end();
  EXPECT_TRUE(rig_.run_until([&] { return (got += socket.receive_some().size()) >= sent; }));
}

constexpr std::string_view kChange = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: parrot\r\n\r\n";

TEST_F(ServiceTest, after_a_change_of_protocol_bytes_flow_both_ways_as_they_are) {
  const Socket socket = ask(kChange);
  expect(socket, "\r\n\r\nfirst\n");
  EXPECT_THAT(seen_, StartsWith("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: parrot\r\n"));
  socket.send("GET /plain HTTP/1.1\r\n\r\n");  // means nothing here
  EXPECT_TRUE(rig_.run_until([&] { return heard_ == "GET /plain HTTP/1.1\r\n\r\n"; }));
  client_->send(buffer("hello"));
  expect(socket, "first\nhello");
  EXPECT_EQ(asked_, 1);
}

TEST_F(ServiceTest, the_connection_closes_when_both_have_said_all_in_the_other_protocol) {
  Socket socket = ask(kChange);
  expect(socket, "first\n");
  client_->send(buffer("bye"));
  client_->end();
  expect(socket, "bye");
  EXPECT_TRUE(is_over(socket));
  EXPECT_EQ(alive_, 0);
  socket.send("and you");
  EXPECT_TRUE(closes(socket));
  EXPECT_EQ(heard_, "");
  EXPECT_EQ(socket.state(), 0) << "a FIN, not a RST";
}

TEST_F(ServiceTest, a_sequel_ends_when_the_other_protocols_client_has_said_all) {
  Socket socket = ask(kChange);
  expect(socket, "first\n");
  EXPECT_TRUE(closes(socket));
  EXPECT_TRUE(is_over(socket));
  EXPECT_EQ(alive_, 0);
}

TEST_F(ServiceTest, a_client_of_the_other_protocol_is_read_no_faster_than_its_bytes_are_done_with) {
  const Socket socket = ask(kChange);
  expect(socket, "first\n");
  socket.make_non_blocking();
  const std::string piece(kPiece, 'y');
  std::size_t sent = 0;
  const auto fill = [&] {
    for (ssize_t n = 0; (n = ::send(socket.fd(), piece.data(), piece.size(), MSG_NOSIGNAL)) > 0 && sent < 1'000 * kPiece;) sent += static_cast<std::size_t>(n);
    rig_.run_a_while();
  };
  for (int i = 0; i < 50; ++i) fill();
  const std::size_t before = heard_.size();
  ASSERT_LT(before, sent);
  client_->consumed(before);
  EXPECT_TRUE(rig_.run_until([&] { return heard_.size() > before; }));
}

TEST_F(ServiceTest, a_change_that_is_not_wanted_is_answered_as_if_it_had_not_been_asked_for) {
  const std::string fields = "Host: a\r\nConnection: Upgrade\r\nUpgrade: gopher\r\n\r\n";
  const Socket socket = ask("GET /plain HTTP/1.1\r\n" + fields + "GET / HTTP/1.1\r\n" + fields);
  expect(socket, "6\r\nfirst\n\r\n");
  EXPECT_THAT(seen_, HasSubstr("as ever\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked"));
  client_->end();
  expect(socket, "\r\n0\r\n\r\n");
  EXPECT_EQ(asked_, 2);
}

// A service that strangers may ask, and that is not patient.
class LimitedServiceTest : public testing::Test {
 protected:
  static constexpr ServiceLimits kLimits{.body_bytes = 100'000, .connections = 2, .patience = std::chrono::milliseconds(200)};

  Socket connected(std::string_view request) {
    Socket socket = Socket::connected_to(service_.address());
    socket.send(request);
    rig_.run_a_while();
    return socket;
  }
  bool is_answered(const Socket& socket, std::string_view with) {
    return rig_.run_until([&] { return (seen_ += socket.receive_some()).find(with) != seen_.npos; });
  }
  // Whether the other end closes, although it hears `piece` again and again: often enough, and too seldom to reach another limit.
  bool is_over(const Socket& socket, std::string_view piece = {}) {
    Nanos next{};
    return rig_.run_until(
        [&] {
          if (rig_.clock.now() >= next) {
            socket.send(piece);
            next = rig_.clock.now() + kLimits.patience / 10;
          }
          return socket.state() != EAGAIN && socket.receive_some().empty();
        },
        std::chrono::seconds(3));
  }

  LoopRig rig_;
  std::string seen_;
  Service service_{rig_.loop, *io::open_listening_socket(*io::Address::numeric("127.0.0.1", 0), 16), [](const Question&) { return Answer{.body = "fine"}; }, kLimits};
};

TEST_F(LimitedServiceTest, a_head_that_never_ends_is_cut_however_busily_it_is_sent) {
  EXPECT_TRUE(is_over(connected("GET / HTTP/1.1\r\nHost: a\r\nX: "), "y"));
}

TEST_F(LimitedServiceTest, a_body_that_never_ends_is_cut_however_busily_it_is_sent) {
  EXPECT_TRUE(is_over(connected("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), "1\r\nx\r\n"));
}

TEST_F(LimitedServiceTest, a_body_that_is_too_long_is_refused_before_it_is_there) {
  EXPECT_TRUE(is_answered(connected("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n"), "HTTP/1.1 413"));
  seen_.clear();
  const std::string piece = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  EXPECT_TRUE(is_answered(connected("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + piece + piece), "HTTP/1.1 413"));
}

TEST_F(LimitedServiceTest, a_head_that_is_too_long_is_refused) {
  EXPECT_TRUE(is_answered(connected("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x')), "HTTP/1.1 431"));
}

TEST_F(LimitedServiceTest, a_connection_too_many_is_closed_and_the_next_is_served_when_one_has_gone) {
  Socket first = connected("");
  const Socket second = connected("");
  const Socket third = connected("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(rig_.run_until([&] {
    seen_ += third.receive_some();
    return third.state() != EAGAIN;
  }));
  EXPECT_EQ(seen_, "");
  first.close();
  rig_.run_a_while();
  EXPECT_TRUE(is_answered(connected("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "fine"));
}

}  // namespace
}  // namespace gladhand::server
