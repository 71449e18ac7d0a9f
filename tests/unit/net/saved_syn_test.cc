#include "net/saved_syn.h"

#include <gmock/gmock.h>

#include <vector>

#include "support/sockets.h"

namespace gladhand::net {
namespace {

using testing::ElementsAre;
using Bytes = std::vector<unsigned char>;

// A Linux client's: 60 bytes, TTL 57 on arrival, window 64240, MSS 1460, SACK, timestamps, padding, scale 7.
const Bytes kIpv4{0x45, 0, 0, 60, 0, 1, 0x40, 0, 57, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2,                                      //
                  0x9c, 0x40, 0x01, 0xbb, 0, 0, 0, 1, 0, 0, 0, 0, 0xa0, 0x02, 0xfa, 0xf0, 0, 0, 0, 0,                         //
                  2, 4, 0x05, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7};

Bytes ipv6_of(const Bytes& ipv4, unsigned char payload) {
  Bytes made{0x60, 0, 0, 0, 0, payload, 6, 63};
  made.resize(40);
  made.insert(made.end(), ipv4.begin() + 20, ipv4.end());
  return made;
}

TEST(SavedSyn, a_syn_is_read_as_it_was_on_the_wire) {
  const auto syn = parse_syn(kIpv4);
  ASSERT_TRUE(syn);
  EXPECT_EQ(syn->ttl, 57);
  EXPECT_EQ(syn->window, 64240);
  EXPECT_EQ(syn->mss, 1460);
  EXPECT_EQ(syn->window_scale, 7);
  EXPECT_TRUE(syn->sack && syn->timestamps);
  EXPECT_FALSE(syn->ecn);
  EXPECT_EQ(syn->data_bytes, 0);
  EXPECT_THAT(std::span(syn->options).first(syn->options_size), ElementsAre(2, 4, 8, 1, 3));
}

TEST(SavedSyn, ipv6_has_a_hop_limit_and_data_is_counted) {
  const auto syn = parse_syn(ipv6_of(kIpv4, 40 + 100));
  ASSERT_TRUE(syn);
  EXPECT_EQ(syn->ttl, 63);
  EXPECT_EQ(syn->data_bytes, 100);
  EXPECT_EQ(syn->mss, 1460);
}

TEST(SavedSyn, a_client_that_asks_for_ecn_sets_both_flags) {
  Bytes bytes = kIpv4;
  bytes[33] = 0xc2;
  EXPECT_TRUE(parse_syn(bytes)->ecn);
  bytes[33] = 0x42;
  EXPECT_FALSE(parse_syn(bytes)->ecn);
}

TEST(SavedSyn, headers_that_are_cut_short_are_none) {
  for (std::size_t size = 0; size < kIpv4.size(); ++size) EXPECT_FALSE(parse_syn(std::span(kIpv4).first(size))) << size;
  Bytes bytes = kIpv4;
  bytes[0] = 0x51;
  EXPECT_FALSE(parse_syn(bytes)) << "of no version that is known";
  bytes[0] = 0x41;
  EXPECT_FALSE(parse_syn(bytes)) << "an IP header of 4 bytes";
}

TEST(SavedSyn, options_that_lie_about_their_size_end_the_list) {
  for (const unsigned char size : {0, 1, 200}) {
    Bytes bytes = kIpv4;
    bytes[41] = size;
    const auto syn = parse_syn(bytes);
    ASSERT_TRUE(syn);
    EXPECT_EQ(syn->mss, std::nullopt);
    EXPECT_EQ(syn->options_size, 1);
  }
  Bytes padded(kIpv4.begin(), kIpv4.begin() + 40);
  padded.resize(60, 1);
  const auto syn = parse_syn(padded);
  ASSERT_TRUE(syn);
  EXPECT_EQ(syn->options_size, timeline::SynFacts::kMostOptions);
}

TEST(SavedSyn, the_kernel_keeps_the_syn_of_a_connection_and_gives_it_out_once) {
  const test::Socket listener = test::Socket::listening();
  ASSERT_TRUE(keep_syns(listener.fd()));
  const test::Socket client = test::Socket::connected_to(listener.address());
  const test::Socket accepted = listener.accept();
  const auto syn = take_saved_syn(accepted.fd());
  ASSERT_TRUE(syn);
  EXPECT_EQ(syn->ttl, 64);
  EXPECT_GT(syn->mss.value_or(0), 500);
  EXPECT_GT(syn->options_size, 0);
  EXPECT_FALSE(take_saved_syn(accepted.fd()));
  EXPECT_FALSE(take_saved_syn(client.fd())) << "nobody was asked to keep it";
}

}  // namespace
}  // namespace gladhand::net
