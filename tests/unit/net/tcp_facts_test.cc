#include "net/tcp_facts.h"

#include <gmock/gmock.h>
#include <linux/tcp.h>

#include "support/sockets.h"

namespace gladhand::net {
namespace {

using namespace std::chrono_literals;
using io::Opening;
using timeline::FastOpen;
using timeline::RttDoubt;

constexpr unsigned char kSynData = 32;
constexpr unsigned char kFastOpenChild = 128;

tcp_info info(unsigned char options = 0, unsigned char client_fail = 0, std::uint32_t retransmits = 0) {
  tcp_info made{};
  made.tcpi_options = options;
  made.tcpi_fastopen_client_fail = client_fail & 3;
  made.tcpi_total_retrans = retransmits;
  made.tcpi_rtt = 40'123;
  made.tcpi_segs_in = 2;
  return made;
}

TEST(TcpFacts, what_both_ends_agreed_on_is_told) {
  tcp_info from = info(TCPI_OPT_TIMESTAMPS | TCPI_OPT_WSCALE | TCPI_OPT_ECN);
  from.tcpi_snd_wscale = 7;
  from.tcpi_rcv_wscale = 9;
  from.tcpi_snd_mss = 1448;
  from.tcpi_pmtu = 1500;
  const auto facts = facts_at_accept(from);
  EXPECT_TRUE(facts.is_known && facts.timestamps && facts.window_scaling && facts.ecn);
  EXPECT_FALSE(facts.sack);
  EXPECT_EQ(facts.window_scale_sent, 9);
  EXPECT_EQ(facts.window_scale_received, 7);
  EXPECT_EQ(facts.mss, 1448u);
  EXPECT_EQ(facts.path_mtu, 1500u);
}

tcp_info of(std::uint32_t rtt, std::uint32_t segments = 2, std::uint32_t with_data = 0) {
  tcp_info made = info();
  made.tcpi_rtt = rtt;
  made.tcpi_segs_in = segments;
  made.tcpi_data_segs_in = with_data;
  return made;
}

struct Accepted {
  const char* what;
  tcp_info from;
  RttDoubt doubt;
  FastOpen fast_open;
};

TEST(TcpFacts, a_clients_round_trip_is_published_only_where_it_was_measured) {
  const Accepted cases[] = {
      {"ordinary", info(), RttDoubt::none, FastOpen::unasked},
      {"SYN-ACK sent twice", info(0, 0, 1), RttDoubt::syn_retransmitted, FastOpen::unasked},
      {"a guess from a cookie's timestamp", of(40'000), RttDoubt::syn_cookies, FastOpen::unasked},
      {"a bare ACK and data", of(40'123, 3, 1), RttDoubt::none, FastOpen::unasked},
      {"an ACK that waited for data", of(40'123, 2, 1), RttDoubt::not_measured, FastOpen::unasked},
      {"data in the SYN", info(kSynData | kFastOpenChild), RttDoubt::fast_open, FastOpen::accepted},
      {"data, on a kernel before 6.15", info(kSynData), RttDoubt::fast_open, FastOpen::accepted},
      {"a cookie and no data", info(kFastOpenChild), RttDoubt::fast_open, FastOpen::empty},
      {"no figure", of(0), RttDoubt::not_measured, FastOpen::unasked},
  };
  for (const auto& [what, from, doubt, fast_open] : cases) {
    const auto facts = facts_at_accept(from);
    EXPECT_EQ(facts.doubt, doubt) << what;
    EXPECT_EQ(facts.handshake_rtt, doubt == RttDoubt::none ? std::optional<Nanos>(40'123us) : std::nullopt) << what;
    EXPECT_EQ(facts.fast_open, fast_open) << what;
  }
}

struct Dialled {
  Opening opening;
  tcp_info from;
  FastOpen outcome;
  std::uint32_t retransmits;
  RttDoubt doubt;
};

TEST(TcpFacts, the_outcome_of_a_dial_has_its_reason) {
  const Dialled cases[] = {
      {Opening::ordinary, info(), FastOpen::unasked, 0, RttDoubt::none},
      {Opening::ordinary, info(0, 0, 2), FastOpen::unasked, 2, RttDoubt::syn_retransmitted},
      {Opening::unsupported, info(), FastOpen::unsupported, 0, RttDoubt::none},
      {Opening::asking, info(0, TFO_COOKIE_UNAVAILABLE), FastOpen::no_cookie, 0, RttDoubt::none},
      {Opening::asking, info(), FastOpen::no_cookie, 0, RttDoubt::none},
      {Opening::with_cookie, info(kSynData), FastOpen::accepted, 0, RttDoubt::none},
      {Opening::with_cookie, info(), FastOpen::empty, 0, RttDoubt::none},
      // The data that was not taken has left once more: no SYN has.
      {Opening::with_cookie, info(0, TFO_DATA_NOT_ACKED, 1), FastOpen::not_acknowledged, 0, RttDoubt::none},
      {Opening::with_cookie, info(0, TFO_SYN_RETRANSMITTED, 2), FastOpen::syn_retransmitted, 1, RttDoubt::syn_retransmitted},
  };
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    const auto facts = facts_at_connect(cases[i].from, cases[i].opening);
    EXPECT_EQ(facts.fast_open, cases[i].outcome) << i;
    EXPECT_EQ(facts.retransmits, cases[i].retransmits) << i;
    EXPECT_EQ(facts.doubt, cases[i].doubt) << i;
    EXPECT_EQ(facts.handshake_rtt.has_value(), cases[i].doubt == RttDoubt::none) << i;
  }
}

TEST(TcpFacts, a_dial_with_data_in_its_syn_is_unanswered_until_it_is_answered) {
  EXPECT_EQ(fast_open_at_dial(Opening::with_cookie), FastOpen::unanswered);
  EXPECT_EQ(fast_open_at_dial(Opening::asking), FastOpen::no_cookie);
  EXPECT_EQ(fast_open_at_dial(Opening::unsupported), FastOpen::unsupported);
  EXPECT_EQ(fast_open_at_dial(Opening::ordinary), FastOpen::unasked);
}

TEST(TcpFacts, an_accept_queue_tells_who_waits_and_how_many_may) {
  const test::Socket listener = test::Socket::listening();
  EXPECT_EQ(accept_queue(listener.fd()).depth, 0u);
  EXPECT_EQ(accept_queue(listener.fd()).limit, 16u);
  const test::Socket one = test::Socket::connected_to(listener.address());
  const test::Socket two = test::Socket::connected_to(listener.address());
  EXPECT_EQ(accept_queue(listener.fd()).depth, 2u);
  const test::Socket taken = listener.accept();
  EXPECT_EQ(accept_queue(listener.fd()).depth, 1u);
  EXPECT_EQ(accept_queue(-1).limit, 0u);
}

TEST(TcpFacts, of_a_real_connection_they_are_known_at_both_ends) {
  const auto [ours, theirs] = test::connection();
  const auto accepted = facts_at_accept(ours.fd());
  EXPECT_TRUE(accepted.accept_wait);
  EXPECT_GT(accepted.mss, 500u);
  EXPECT_GE(accepted.path_mtu, accepted.mss);
  auto dialled = facts_at_connect(theirs.fd(), Opening::ordinary);
  EXPECT_TRUE(dialled.handshake_rtt);
  add_facts_at_close(theirs.fd(), dialled);
  EXPECT_EQ(dialled.data_retransmits, 0u);
}

TEST(TcpFacts, a_round_trip_that_the_kernel_measured_is_believed) {
  const test::Socket listening = test::Socket::listening();
  // A figure on the grid of milliseconds is withheld, once in a thousand times by mistake.
  for (int tries = 0; tries < 3; ++tries) {
    const test::Socket client = test::Socket::connected_to(listening.address());
    const timeline::TcpFacts facts = facts_at_accept(listening.accept().fd());
    ASSERT_EQ(facts.handshake_rtt.has_value(), facts.doubt == RttDoubt::none);
    if (facts.handshake_rtt) {
      EXPECT_LT(*facts.handshake_rtt, std::chrono::milliseconds(200));
      return;
    }
  }
  FAIL() << "it was withheld every time";
}

// As when its ACK was lost: how long the client had nothing to say cannot be told from the way.
TEST(TcpFacts, a_round_trip_that_ended_with_the_clients_data_is_withheld) {
  const test::Socket listening = test::Socket::listening();
  const test::Socket client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int no = 0;
  setsockopt(client.fd(), IPPROTO_TCP, TCP_QUICKACK, &no, sizeof no);  // its ACK waits for data to ride with
  const io::Address address = listening.address();
  ASSERT_EQ(::connect(client.fd(), address.raw(), address.size()), 0);
  client.send("hello");
  const timeline::TcpFacts facts = facts_at_accept(listening.accept().fd());
  EXPECT_FALSE(facts.handshake_rtt.has_value());
  EXPECT_EQ(facts.doubt, RttDoubt::not_measured);
}

TEST(TcpFacts, who_dials_knows_how_long_the_answer_to_its_syn_took) {
  const test::Socket listening = test::Socket::listening();
  const test::Socket client = test::Socket::connected_to(listening.address());
  const timeline::TcpFacts facts = facts_at_connect(client.fd(), io::Opening::ordinary);
  EXPECT_EQ(facts.retransmits, 0u);
  ASSERT_TRUE(facts.handshake_rtt.has_value());
  EXPECT_GT(*facts.handshake_rtt, Nanos::zero());
  EXPECT_LT(*facts.handshake_rtt, std::chrono::milliseconds(200));
}

}  // namespace
}  // namespace gladhand::net
