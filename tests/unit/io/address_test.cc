#include "io/address.h"

#include <gtest/gtest.h>

namespace gladhand::io {
namespace {

using namespace std::string_view_literals;

Address address(std::string_view host, std::uint16_t port = 80) { return Address::numeric(host, port).value(); }

TEST(Addresses, numeric_ones_are_read) {
  EXPECT_EQ(address("192.0.2.1", 8080).to_string(), "192.0.2.1:8080");
  EXPECT_EQ(address("2001:db8::7", 443).to_string(), "[2001:db8::7]:443");
  EXPECT_EQ(address("::1").host(), "::1");
  EXPECT_EQ(address("192.0.2.1").family(), AF_INET);
  EXPECT_EQ(address("::1").family(), AF_INET6);
  EXPECT_EQ(address("::1", 65535).port(), 65535);
  EXPECT_EQ(address("255.255.255.255", 1).host(), "255.255.255.255");
  EXPECT_EQ(address("0.0.0.0", 1).host(), "0.0.0.0");
}

TEST(Addresses, no_host_means_all_of_them) {
  EXPECT_EQ(address("", 8443).to_string(), "[::]:8443");
  EXPECT_EQ(address("").family(), AF_INET6);
}

TEST(Addresses, names_and_half_addresses_are_none) {
  for (std::string_view bad : {"localhost"sv, "192.0.2"sv, "192.0.2.256"sv, "[::1]"sv, ":::"sv, "1.2.3.4.5"sv, "0x7f.1"sv, "127.1"sv, " 127.0.0.1"sv, "127.0.0.1\0.example"sv, "::1\0"sv}) {
    EXPECT_FALSE(Address::numeric(bad, 80)) << bad;
  }
}

TEST(Addresses, a_mapped_ipv4_address_looks_like_itself) { EXPECT_EQ(address("::ffff:192.0.2.1", 80).to_string(), "192.0.2.1:80"); }

TEST(Addresses, an_unknown_one_says_so) { EXPECT_EQ(Address().to_string(), "unknown:0"); }

TEST(Addresses, equality_is_of_host_and_port) {
  EXPECT_EQ(address("192.0.2.1", 80), address("192.0.2.1", 80));
  EXPECT_FALSE(address("192.0.2.1", 80) == address("192.0.2.1", 81));
  EXPECT_FALSE(address("192.0.2.1", 80) == address("192.0.2.2", 80));
  EXPECT_FALSE(address("::1", 80) == address("127.0.0.1", 80));
}

bool contains(std::string_view network, std::string_view host) { return Network::parse(network).value().contains(address(host)); }

TEST(Networks, prefixes_of_every_kind_of_length) {
  EXPECT_TRUE(contains("10.0.0.0/8", "10.255.1.2"));
  EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
  EXPECT_TRUE(contains("192.0.2.128/25", "192.0.2.255"));
  EXPECT_FALSE(contains("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(contains("192.0.2.1/32", "192.0.2.1"));
  EXPECT_FALSE(contains("192.0.2.1/32", "192.0.2.2"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(contains("::1/128", "::1"));
}

TEST(Networks, a_bare_address_is_itself) {
  EXPECT_TRUE(contains("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(contains("192.0.2.1", "192.0.2.2"));
  EXPECT_TRUE(contains("::1", "::1"));
}

TEST(Networks, bits_behind_the_prefix_do_not_matter) { EXPECT_TRUE(contains("10.1.2.3/8", "10.9.9.9")); }

TEST(Networks, length_zero_is_everything_of_its_family) {
  EXPECT_TRUE(contains("0.0.0.0/0", "255.255.255.255"));
  EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
  EXPECT_TRUE(contains("::/0", "2001:db8::1"));
}

TEST(Networks, an_ipv4_network_contains_its_mapped_addresses) {
  EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
  EXPECT_TRUE(contains("::ffff:10.0.0.0/104", "10.1.2.3"));
}

bool contains_all(std::string_view network, std::string_view other) { return Network::parse(network).value().contains(Network::parse(other).value()); }

TEST(Networks, a_network_contains_those_that_lie_in_it_as_a_whole) {
  EXPECT_TRUE(contains_all("10.0.0.0/8", "10.0.0.0/8"));
  EXPECT_TRUE(contains_all("10.0.0.0/8", "10.9.0.0/16"));
  EXPECT_TRUE(contains_all("fc00::/7", "fd00::/8"));
  EXPECT_TRUE(contains_all("10.0.0.0/8", "::ffff:10.1.0.0/112"));
  EXPECT_FALSE(contains_all("10.0.0.0/8", "10.0.0.0/7"));
  EXPECT_FALSE(contains_all("10.0.0.0/8", "0.0.0.0/0"));
  EXPECT_FALSE(contains_all("10.0.0.0/8", "11.0.0.0/16"));
}

TEST(Networks, what_is_no_network_is_refused) {
  for (std::string_view bad : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8x", "10.0.0.0/ 8", "::/129", "localhost/8", "10.0.0/8", "10.0.0.0/8/8", "10.0.0.0/99999999999"}) {
    EXPECT_FALSE(Network::parse(bad)) << bad;
  }
}

}  // namespace
}  // namespace gladhand::io
