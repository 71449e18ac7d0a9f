// TCP Fast Open towards upstreams without TLS: a request rides in the SYN. In a network of the test's own.
#include "net/fast_open.h"

#include "support/own_network.h"
#include "support/story.h"

namespace gladhand::test {
namespace {

using timeline::FastOpen;

struct Networked {
  OwnNetwork network{3};
};

class FastOpenStory : private Networked, public Story {
 protected:
  void SetUp() override {
    if (!network.is_there()) GTEST_SKIP() << "no right to make a network namespace";
    add_endpoint();
    ASSERT_TRUE(net::allow_fast_open(endpoint().fd(), 16));
    app().fast_open = true;
  }
  // One request, after which a cookie is known and no connection is left.
  void warm(Client& client) {
    client.get("/warm");
    Upstream origin = upstream();
    serve(origin, client, "/warm");
    origin.end();
    origin.expect_over();
  }
  // So many that the next SYN is dropped.
  std::vector<Socket> fill_accept_queue() {
    std::vector<Socket> waiting;
    for (int i = 0; i < 17; ++i) waiting.push_back(Socket::connected_to(endpoint().address()));
    return waiting;
  }
  const ConnectionRecord& handshake(std::size_t n) {
    static const ConnectionRecord none;
    const bool came = stage.run_until([&] { return records.shaken(Side::upstream).size() > n; });
    EXPECT_TRUE(came) << "handshake " << n << " has not ended";
    return came ? *records.shaken(Side::upstream)[n] : none;
  }
};

TEST_F(FastOpenStory, a_get_leaves_in_the_syn_once_there_is_a_cookie) {
  Client client = connect();
  warm(client);
  EXPECT_EQ(handshake(0).tcp.fast_open, FastOpen::no_cookie);
  EXPECT_GE(exchange(0).timeline.at(ExchangeMark::head_sent), handshake(0).timeline.at(ConnectionMark::connected));

  client.get("/two");
  Upstream origin = upstream();
  serve(origin, client, "/two");
  EXPECT_EQ(handshake(1).tcp.fast_open, FastOpen::accepted);
  EXPECT_LT(exchange(1).timeline.at(ExchangeMark::head_sent), handshake(1).timeline.at(ConnectionMark::connected));
  EXPECT_EQ(exchange(1).attempts, 1);
  EXPECT_TRUE(exchange(1).is_first_of_upstream);

  client.get("/three");
  serve(origin, client, "/three");
  EXPECT_FALSE(exchange(2).is_first_of_upstream) << "the connection is like any other afterwards";
  EXPECT_EQ(records.shaken(Side::upstream).size(), 2u);
}

TEST_F(FastOpenStory, what_must_not_arrive_twice_or_has_a_body_waits_for_the_connection) {
  Client client = connect();
  warm(client);
  client.post("/two", "once");
  Upstream origin = upstream();
  EXPECT_EQ(origin.expect_request("POST", "/two").body, "once");
  origin.reply(200, "two");
  client.expect(200, "two");
  EXPECT_EQ(handshake(1).tcp.fast_open, FastOpen::unasked);
  EXPECT_GE(exchange(1).timeline.at(ExchangeMark::head_sent), handshake(1).timeline.at(ConnectionMark::connected));
}

TEST_F(FastOpenStory, each_of_several_at_once_rides_in_a_syn_of_its_own) {
  Client first = connect();
  Client second = connect();
  warm(first);
  first.get("/a");
  second.get("/a");
  Upstream one = upstream();
  Upstream two = upstream();
  one.expect_request("GET", "/a");
  two.expect_request("GET", "/a");
  two.reply(200, "two");
  one.reply(200, "one");
  stage.run_until([&] { return records.exchanges.size() == 3; });
  for (const std::size_t n : {1u, 2u}) EXPECT_EQ(handshake(n).tcp.fast_open, FastOpen::accepted);
}

TEST_F(FastOpenStory, a_refusal_is_tried_again_without) {
  Client client = connect();
  warm(client);
  endpoint().close();
  client.get("/two");
  client.expect(502);
  EXPECT_EQ(exchange(1).error, Code::refused);
  EXPECT_EQ(exchange(1).attempts, 2);
  EXPECT_EQ(handshake(1).tcp.fast_open, FastOpen::refused);
  EXPECT_EQ(handshake(1).result, Code::refused);
  EXPECT_EQ(handshake(1).stage, ConnectionMark::started) << "there was nothing to close";
  EXPECT_EQ(handshake(2).tcp.fast_open, FastOpen::unasked);
}

TEST_F(FastOpenStory, a_syn_that_nobody_answers_runs_into_the_limit_for_connecting) {
  app().timeouts.connect = milliseconds(200);
  Client client = connect();
  warm(client);
  const auto waiting = fill_accept_queue();
  client.get("/two");
  client.expect(504);
  EXPECT_EQ(exchange(1).error, Code::connect_timeout);
  EXPECT_EQ(handshake(1).tcp.fast_open, FastOpen::unanswered);
  EXPECT_EQ(handshake(1).result, Code::timeout);
  EXPECT_EQ(handshake(2).tcp.fast_open, FastOpen::unasked);
}

TEST_F(FastOpenStory, a_client_that_leaves_while_its_request_is_in_the_syn_takes_the_dial_with_it) {
  Client client = connect();
  warm(client);
  const auto waiting = fill_accept_queue();
  client.get("/two");
  stage.run_until([&] { return records.attempts[timeline::index(Side::upstream)] == 2; });
  stage.run_until_quiet();
  client.vanish();
  EXPECT_EQ(exchange(1).error, Code::client_reset);
  EXPECT_EQ(handshake(1).result, Code::client_closed);
  EXPECT_FALSE(handshake(1).timeline.has(ConnectionMark::connected));
}

}  // namespace
}  // namespace gladhand::test
