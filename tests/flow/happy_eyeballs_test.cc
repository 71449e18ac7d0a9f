// An endpoint whose name has several addresses, not all of which are any good (RFC 8305).
#include "net/fast_open.h"
#include "support/black_hole.h"
#include "support/own_network.h"
#include "support/story.h"
#include "tls/certificate.h"
#include "upstream/race.h"

namespace gladhand::test {
namespace {

using timeline::Dial;
using timeline::FastOpen;
using timeline::Family;

class HappyEyeballs : public Story {
 protected:
  const ConnectionRecord& handshake(std::size_t n) {
    static const ConnectionRecord none;
    const bool came = stage.run_until([&] { return records.shaken(Side::upstream).size() > n; });
    EXPECT_TRUE(came) << "handshake " << n << " has not ended";
    return came ? *records.shaken(Side::upstream)[n] : none;
  }
  std::size_t dials() const { return records.attempts[timeline::index(Side::upstream)]; }
  void expect_served(std::string_view target) {
    Client client = connect();
    client.get(target);
    Upstream origin = upstream();
    serve(origin, client, target);
  }
};

TEST_F(HappyEyeballs, an_address_that_does_not_answer_costs_its_head_start_once) {
  const BlackHole hole("::1");
  add_endpoint();
  resolve_to({hole.address(), endpoint().address()});
  expect_served("/one");
  EXPECT_EQ(handshake(0).result, Code::lost_race);
  EXPECT_EQ(handshake(0).family, Family::ipv6);
  EXPECT_EQ(handshake(1).result, Code::ok);
  EXPECT_LT(*handshake(1).timeline.between(ConnectionMark::started, ConnectionMark::connected), milliseconds(200));
  EXPECT_EQ(exchange(0).attempts, 1) << "one connection was asked for";
  // A deadline may come a tick of a millisecond early.
  EXPECT_GE(*exchange(0).timeline.between(ExchangeMark::upstream_asked, ExchangeMark::upstream_ready), upstream::Race::kHeadStart - milliseconds(1));

  upstream_connection(1);  // gone, so that the next has to dial
  expect_served("/two");
  EXPECT_EQ(handshake(2).result, Code::ok);
  EXPECT_EQ(handshake(2).family, Family::ipv4);
  EXPECT_EQ(dials(), 3u);
}

TEST_F(HappyEyeballs, an_address_that_refuses_costs_nothing) {
  const Refusal refusal("::1");
  add_endpoint();
  resolve_to({refusal.address(), endpoint().address()});
  expect_served("/");
  EXPECT_EQ(handshake(0).result, Code::refused);
  EXPECT_EQ(handshake(0).dial, Dial::failed);
  EXPECT_EQ(exchange().attempts, 1);
  EXPECT_LT(*exchange().timeline.between(ExchangeMark::upstream_asked, ExchangeMark::upstream_ready), upstream::Race::kHeadStart / 2);
}

TEST_F(HappyEyeballs, while_the_first_answers_the_second_is_left_alone) {
  const Socket other = Socket::listening("::1");
  other.make_non_blocking();
  add_endpoint();
  resolve_to({endpoint().address(), other.address()});
  expect_served("/");
  EXPECT_EQ(dials(), 1u);
  EXPECT_FALSE(other.accept());
}

TEST_F(HappyEyeballs, the_winner_goes_on_to_tls) {
  const BlackHole hole("::1");
  app().tls.verify = false;
  add_endpoint(TlsServerOptions{.certificate = tls::make_leaf(tls::make_authority("Test authority", 2), {"127.0.0.1"}, 2)});
  resolve_to({hole.address(), endpoint().address()});
  expect_served("/");
  EXPECT_EQ(handshake(0).result, Code::lost_race);
  EXPECT_EQ(handshake(1).result, Code::ok);
  EXPECT_EQ(handshake(1).tls.version, timeline::TlsVersion::tls1_3);
  EXPECT_LT(*handshake(1).timeline.between(ConnectionMark::started, ConnectionMark::ready), milliseconds(200));
}

TEST_F(HappyEyeballs, a_server_that_fails_in_tls_is_not_the_first_to_be_asked_again) {
  app().tls.verify = false;
  const Socket broken = Socket::listening("::1");
  broken.make_non_blocking();
  add_endpoint(TlsServerOptions{.certificate = tls::make_leaf(tls::make_authority("Test authority", 2), {"127.0.0.1"}, 2)});
  resolve_to({broken.address(), endpoint().address()});
  Client client = connect();
  client.get("/");
  Socket accepted;
  stage.run_until([&] { return static_cast<bool>(accepted = broken.accept()); });
  EXPECT_TRUE(stage.run_until([&] { return accepted.state() == 1; })) << "no ClientHello came";
  accepted.reset();
  Upstream origin = upstream();
  serve(origin, client, "/");
  EXPECT_EQ(handshake(0).result, Code::reset);
  EXPECT_EQ(handshake(0).dial, Dial::won) << "TCP was through";
  EXPECT_EQ(exchange().attempts, 2);
}

TEST_F(HappyEyeballs, when_every_address_refuses_all_are_tried_twice) {
  const Refusal six("::1"), four;
  add_endpoint();
  resolve_to({six.address(), four.address()});
  Client client = connect();
  client.get("/");
  client.expect(502);
  EXPECT_EQ(exchange().error, Code::refused);
  EXPECT_EQ(exchange().attempts, 2);
  EXPECT_EQ(dials(), 4u);
}

TEST_F(HappyEyeballs, when_no_address_answers_they_have_the_time_of_one) {
  app().timeouts.connect = milliseconds(400);
  const BlackHole six("::1"), four;
  add_endpoint();
  resolve_to({six.address(), four.address()});
  const Nanos begun = stage.now();
  Client client = connect();
  client.get("/");
  client.expect(504);
  EXPECT_EQ(exchange().attempts, 2);
  EXPECT_EQ(dials(), 4u);
  EXPECT_LT(stage.now() - begun, milliseconds(1100));
}

TEST_F(HappyEyeballs, a_race_counts_as_one_connection) {
  app().max_connections = 1;
  const BlackHole hole("::1");
  add_endpoint();
  resolve_to({hole.address(), endpoint().address()});
  Client one = connect(), two = connect();
  one.get("/1");
  two.get("/1");
  Upstream origin = upstream();
  origin.expect_request("GET", "/1");
  origin.reply(200, "first");
  origin.expect_request("GET", "/1");
  origin.reply(200, "second");
  exchange(1);
  EXPECT_EQ(dials(), 2u);
}

TEST_F(HappyEyeballs, a_client_that_leaves_does_not_end_the_race) {
  const BlackHole hole("::1");
  add_endpoint();
  resolve_to({hole.address(), endpoint().address()});
  Client client = connect();
  client.get("/");
  stage.run_until([&] { return dials() == 1; });
  client.vanish();
  Upstream origin = upstream();
  EXPECT_EQ(handshake(1).result, Code::ok);
  Client next = connect();
  next.get("/next");
  serve(origin, next, "/next");
}

TEST_F(HappyEyeballs, a_proxy_that_goes_in_the_middle_of_a_race_tells_of_every_attempt) {
  const BlackHole six("::1"), four;
  add_endpoint();
  resolve_to({six.address(), four.address()});
  Client client = connect();
  client.get("/");
  EXPECT_TRUE(stage.run_until([&] { return dials() == 2; }));  // and the end of the story looks at the records
}

TEST_F(HappyEyeballs, a_proxy_that_is_cut_off_in_the_middle_of_a_race_ends_its_exchange) {
  const BlackHole six("::1"), four;
  add_endpoint();
  resolve_to({six.address(), four.address()});
  Client client = connect();
  client.get("/");
  EXPECT_TRUE(stage.run_until([&] { return dials() == 2; }));
  proxy().cut();
  EXPECT_EQ(exchange().upstream, nullptr);
}

struct Networked {
  OwnNetwork network{3};
};

class HappyFastOpen : private Networked, public HappyEyeballs {
 protected:
  void SetUp() override {
    if (!network.is_there()) GTEST_SKIP() << "no right to make a network namespace";
    add_endpoint();
    ASSERT_TRUE(net::allow_fast_open(endpoint().fd(), 16));
    app().fast_open = true;
  }
};

TEST_F(HappyFastOpen, a_request_that_left_in_a_syn_leaves_by_no_other_way_meanwhile) {
  app().timeouts.connect = milliseconds(600);
  const Socket other = Socket::listening();
  other.make_non_blocking();
  resolve_to({endpoint().address(), other.address()});
  Client client = connect();
  client.get("/warm");
  {
    Upstream origin = upstream();
    serve(origin, client, "/warm");
  }
  upstream_connection();
  std::vector<Socket> waiting;
  for (int i = 0; i < 17; ++i) waiting.push_back(Socket::connected_to(endpoint().address()));  // so many that the next SYN is dropped

  client.get("/two");
  stage.run_until([&] { return dials() == 2; });
  stage.pass(milliseconds(400));
  EXPECT_EQ(dials(), 2u);
  EXPECT_FALSE(other.accept());
  Socket accepted;
  EXPECT_TRUE(stage.run_until([&] { return static_cast<bool>(accepted = other.accept()); })) << "it failed, and goes elsewhere";
  EXPECT_EQ(handshake(1).tcp.fast_open, FastOpen::unanswered);
  EXPECT_EQ(handshake(1).dial, Dial::failed);
}

}  // namespace
}  // namespace gladhand::test
