#include "shared/network.h"

#include <gtest/gtest.h>

namespace plugins {
namespace {

bool holds(std::string_view network, std::string_view address) { return parse_network(network)->contains(*parse_address(address)); }

TEST(Network, holds_the_addresses_that_begin_as_it_does) {
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("192.0.2.128/25", "192.0.2.128"));
  EXPECT_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(holds("192.0.2.1", "192.0.2.1"));
  EXPECT_FALSE(holds("192.0.2.1", "192.0.2.2"));
  EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(holds("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1")) << "every IPv4 address is no IPv6 address";
  EXPECT_TRUE(holds("::/0", "8.8.8.8"));
  EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.1.1"));
}

TEST(Network, is_not_made_of_anything_else) {
  for (const std::string_view text : {"", "/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "10.0.0.0/-1", "::/129", "10.0.0/8", "host", "10.0.0.0/8/8"}) {
    EXPECT_FALSE(parse_network(text)) << text;
  }
}

}  // namespace
}  // namespace plugins
