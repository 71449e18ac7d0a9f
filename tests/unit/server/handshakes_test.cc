// What the admin endpoint answers about recent connections, and the events that it sends over a real socket.
#include "server/handshakes.h"

#include <gmock/gmock.h>

#include "server/handshake_events.h"
#include "support/loop_rig.h"
#include "support/sockets.h"
#include "unit/observe/story_fixture.h"

namespace gladhand::server {
namespace {

using namespace std::chrono_literals;
using observe::RecentRing;
using test::LoopRig;
using test::Socket;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HandshakesTest : public observe::StoryTest {
 protected:
  std::string body(std::string_view query) { return api.answer(std::string(Handshakes::kPath) + std::string(query)).body; }
  std::uint16_t status(std::string_view query) { return api.answer(std::string(Handshakes::kPath) + std::string(query)).status; }
  std::string error(std::uint16_t expected, std::string_view query) {
    const Answer answer = api.answer(std::string(Handshakes::kPath) + std::string(query));
    EXPECT_EQ(answer.status, expected) << query;
    EXPECT_EQ(answer.content_type, "application/json");
    return answer.body;
  }

  const Clock clock;
  Handshakes api{recents, clock};
};

TEST_F(HandshakesTest, owns_its_path_and_what_is_below) {
  EXPECT_TRUE(Handshakes::owns("/api/v1/handshakes") && Handshakes::owns("/api/v1/handshakes/7.svg"));
  EXPECT_FALSE(Handshakes::owns("/api/v1/handshakesx") || Handshakes::owns("/api/v1"));
}

TEST_F(HandshakesTest, lists_what_the_query_asks_for) {
  tell_of_one_exchange();
  EXPECT_THAT(body(""), StartsWith("{\"handshakes\":[\n{\"id\":\"3\""));
  EXPECT_THAT(body(""), HasSubstr("},\n{\"id\":\"2\""));
  EXPECT_THAT(body("?side=client&result=ok&name=secure&phase=tls&over=24ms"), StartsWith("{\"handshakes\":[\n{\"id\":\"2\""));
  EXPECT_THAT(body("?limit=1"), Not(HasSubstr("\"id\":\"2\"")));
  EXPECT_EQ(body("?since=3"), "{\"handshakes\":[]}\n");
  EXPECT_EQ(body("?result=failed"), "{\"handshakes\":[]}\n");
  EXPECT_EQ(body("?over=54001us"), "{\"handshakes\":[]}\n");
  EXPECT_THAT(body("?over=54000us"), HasSubstr("\"id\":\"2\""));
}

TEST_F(HandshakesTest, shows_one_in_each_form) {
  tell_of_one_exchange();
  EXPECT_THAT(body("/2"), StartsWith("{\"id\":\"2\""));
  EXPECT_THAT(body("/2.mmd"), StartsWith("sequenceDiagram\n"));
  EXPECT_THAT(body("/2.svg"), HasSubstr("at listener secure"));
  EXPECT_EQ(api.answer("/api/v1/handshakes/2.svg").content_type, "image/svg+xml");
}

TEST_F(HandshakesTest, says_what_was_wrong_with_a_request) {
  EXPECT_EQ(error(400, "?sid=1"), "{\"error\":\"there is no parameter \\\"sid\\\"; there are side, name, result, phase, over, since and limit\"}\n");
  EXPECT_EQ(error(400, "?side=left"), "{\"error\":\"side=left is not client or upstream\"}\n");
  EXPECT_EQ(error(400, "?result=fine"), "{\"error\":\"result=fine is not a result of a handshake, nor \\\"failed\\\"\"}\n");
  EXPECT_EQ(error(400, "?result=bad_request"), "{\"error\":\"result=bad_request is not a result of a handshake, nor \\\"failed\\\"\"}\n");
  EXPECT_EQ(error(400, "?phase=nap"), "{\"error\":\"phase=nap is not a phase\"}\n");
  for (const char* time : {"", "5", "ms", "1.5ms", "us", "-1us", "9999999999999999us", "99999999h"}) error(400, std::string("?over=") + time);
  EXPECT_EQ(error(400, "?since=-1"), "{\"error\":\"since=-1 is not an id: ids are decimal numbers\"}\n");
  for (const char* limit : {"0", "10001", "x", "", "1x"}) error(400, std::string("?limit=") + limit);
  EXPECT_EQ(error(400, "?name=%2"), "{\"error\":\"\\\"name=%2\\\" is not percent-encoded as it should be\"}\n");
  EXPECT_EQ(error(404, "/7"), "{\"error\":\"there is no connection 7 among the last 1024 of its worker\"}\n");
  EXPECT_EQ(error(400, "/seven.svg"), "{\"error\":\"\\\"seven\\\" is no id: ids are decimal numbers\"}\n");
  EXPECT_EQ(error(404, "/7.png"), "{\"error\":\"there is no \\\".png\\\" of a handshake; there are .mmd and .svg\"}\n");
}

class HandshakeEventsTest : public HandshakesTest {
 protected:
  Socket listen() {
    Socket socket = Socket::connected_to(service.address());
    socket.send("GET /api/v1/handshakes/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    return socket;
  }
  // Reads until there is `text`.
  bool hears(const Socket& socket, std::string_view text) {
    return rig.run_until([&] { return (heard += socket.receive_some()).find(text) != heard.npos; });
  }
  void happen(std::uint64_t id) {
    timeline::ConnectionRecord record = client;
    record.id = id;
    ring().handshake_ended(record);
  }

  LoopRig rig;
  std::string heard;
  Service service{rig.loop, *io::open_listening_socket(*io::Address::numeric("127.0.0.1", 0), 64),
                  [this](const Question& question) { return api.answer(question.head.target); }};
};

TEST_F(HandshakeEventsTest, tells_what_happens_from_now_on) {
  happen(1);
  const Socket socket = listen();
  ASSERT_TRUE(hears(socket, "as they happen\n\n"));
  EXPECT_THAT(heard, HasSubstr("Content-Type: text/event-stream"));
  tell_of_one_exchange();
  ASSERT_TRUE(hears(socket, "event: closed\ndata: {\"id\":\"2\""));
  EXPECT_THAT(heard, HasSubstr("event: handshake\ndata: {\"id\":\"2\""));
  EXPECT_THAT(heard, HasSubstr("event: handshake\ndata: {\"id\":\"3\""));
  EXPECT_THAT(heard, Not(HasSubstr("{\"id\":\"1\""))) << "that was before";
}

TEST_F(HandshakeEventsTest, what_was_forgotten_before_anybody_looked_is_a_gap) {
  const Socket socket = listen();
  ASSERT_TRUE(hears(socket, "as they happen\n\n"));
  for (std::uint64_t id = 1; id <= RecentRing::kEvents + 9; ++id) happen(id);
  // Of the events the last 4,095 can be read, of the connections the last 1,024 are remembered.
  ASSERT_TRUE(hears(socket, "event: gap\ndata: {\"missed\":3081,\"missed_in_all\":3081}\n\n"));
  ASSERT_TRUE(hears(socket, "data: {\"id\":\"4105\""));
  EXPECT_THAT(heard, Not(HasSubstr("{\"id\":\"3081\"")));
  EXPECT_THAT(heard, HasSubstr("{\"id\":\"3082\""));
}

TEST_F(HandshakeEventsTest, a_client_that_does_not_read_misses_events_and_learns_how_many) {
  const Socket socket = listen();
  ASSERT_TRUE(hears(socket, "as they happen\n\n"));
  std::uint64_t id = 0;
  for (int i = 0; i < 70; ++i) {
    for (int n = 0; n < 100; ++n) happen(++id);
    rig.run_until([] { return false; }, 20ms);
  }
  heard.clear();
  ASSERT_TRUE(hears(socket, "\"missed_in_all\""));
  EXPECT_LT(heard.size(), 8u << 20) << "what two sockets hold, and no more";
  ASSERT_TRUE(hears(socket, "{\"id\":\"7000\"")) << "and it is up to date again";
}

TEST_F(HandshakeEventsTest, there_is_a_limit_to_those_who_listen) {
  std::vector<Socket> sockets;
  for (int i = 0; i < Handshakes::kMostStreams; ++i) {
    sockets.push_back(listen());
    heard.clear();
    ASSERT_TRUE(hears(sockets.back(), "as they happen\n\n"));
  }
  const Socket refused = listen();
  EXPECT_TRUE(hears(refused, "32 clients listen to events already"));
  sockets.back().reset();
  EXPECT_TRUE(rig.run_until([&] { return status("/events") == 200; })) << "one has gone";
}

}  // namespace
}  // namespace gladhand::server
