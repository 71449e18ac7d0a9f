#include "upstream/target_policy.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gladhand::upstream {
namespace {

using Rules = std::vector<std::string>;

TargetPolicy policy(Rules allow = {"*"}, Rules deny = {"private"}) {
  config::Forward forward;
  forward.allow = std::move(allow);
  forward.deny = std::move(deny);
  return TargetPolicy(forward);
}

io::Address address(std::string_view host) { return io::Address::numeric(host, 1).value(); }

bool may_dial(const TargetPolicy& policy, std::string_view host, std::string_view ip, std::uint16_t port = 443) {
  return policy.may_dial(host, address(ip), port);
}

// ---- Names ----------------------------------------------------------------------------------------------------------

TEST(TargetPolicy, by_default_the_web_is_open_and_nothing_else) {
  const TargetPolicy p = policy();
  EXPECT_TRUE(p.may_ask("example.com", 80));
  EXPECT_TRUE(p.may_ask("example.com", 443));
  EXPECT_FALSE(p.may_ask("example.com", 22));
  EXPECT_FALSE(p.may_ask("example.com", 8080));
  EXPECT_TRUE(may_dial(p, "example.com", "93.184.215.14"));
  EXPECT_FALSE(may_dial(p, "example.com", "93.184.215.14", 22));
  EXPECT_FALSE(may_dial(p, "example.com", "10.0.0.1")) << "a name may turn out to be anything";
}

TEST(TargetPolicy, names_are_compared_whole_and_without_case_or_final_dot) {
  const TargetPolicy p = policy({"Example.com"});
  for (const std::string host : {"example.com", "EXAMPLE.com", "example.com."})
    EXPECT_TRUE(p.may_ask(host, 443)) << host;
  for (const std::string host :
       {"www.example.com", "example.com.evil.net", "notexample.com", "example.co", "com", "example.com.."}) {
    EXPECT_FALSE(p.may_ask(host, 443)) << host;
    EXPECT_FALSE(may_dial(p, host, "93.184.215.14")) << host;
  }
  EXPECT_TRUE(may_dial(p, "EXAMPLE.COM.", "93.184.215.14"));
}

TEST(TargetPolicy, a_star_is_every_name_below_and_not_the_name_itself) {
  const TargetPolicy p = policy({"*.example.com"});
  for (const std::string host : {"a.example.com", "a.b.EXAMPLE.com", "a.example.com."})
    EXPECT_TRUE(p.may_ask(host, 443)) << host;
  for (const std::string host :
       {"example.com", "aexample.com", "notexample.com", ".example.com", "a..example.com", "a.example.com.evil.net"}) {
    EXPECT_FALSE(p.may_ask(host, 443)) << host;
  }
}

TEST(TargetPolicy, a_rule_holds_on_its_ports_only) {
  const TargetPolicy p = policy({"a.example:8443", "b.example:*"});
  EXPECT_TRUE(p.may_ask("a.example", 8443));
  EXPECT_FALSE(p.may_ask("a.example", 443));
  EXPECT_TRUE(p.may_ask("b.example", 1));
  EXPECT_TRUE(may_dial(p, "a.example", "93.184.215.14", 8443));
  EXPECT_FALSE(may_dial(p, "a.example", "93.184.215.14", 443));
}

TEST(TargetPolicy, deny_wins_over_allow_by_name_and_port) {
  const TargetPolicy p = policy({"*:*", "mail.example"}, {"*:25", "*.evil.example", "half.example:80"});
  EXPECT_FALSE(p.may_ask("mail.example", 25));
  EXPECT_FALSE(p.may_ask("A.Evil.Example.", 443));
  EXPECT_FALSE(p.may_ask("half.example", 80));
  EXPECT_TRUE(p.may_ask("half.example", 443));
  EXPECT_FALSE(may_dial(p, "a.evil.example", "93.184.215.14"));
  EXPECT_FALSE(may_dial(p, "mail.example", "93.184.215.14", 25));
  EXPECT_TRUE(may_dial(p, "mail.example", "93.184.215.14", 443));
}

// ---- Addresses ------------------------------------------------------------------------------------------------------

TEST(TargetPolicy, a_rule_by_address_holds_for_names_once_they_are_resolved) {
  const TargetPolicy p = policy({"93.184.0.0/16:443"});
  EXPECT_TRUE(p.may_ask("anything.example", 443)) << "it may have such an address";
  EXPECT_FALSE(p.may_ask("anything.example", 80)) << "no address would help";
  EXPECT_TRUE(may_dial(p, "anything.example", "93.184.215.14"));
  EXPECT_FALSE(may_dial(p, "anything.example", "93.185.0.1"));
}

TEST(TargetPolicy, a_client_that_names_an_address_hears_the_verdict_at_once) {
  const TargetPolicy p = policy({"93.184.0.0/16", "[2a00::/16]:443"}, {"93.184.1.0/24"});
  EXPECT_TRUE(p.may_ask("93.184.215.14", 443));
  EXPECT_TRUE(p.may_ask("2a00::1", 443));
  EXPECT_TRUE(p.may_ask("[2a00::1]", 443));
  EXPECT_FALSE(p.may_ask("93.185.0.1", 443));
  EXPECT_FALSE(p.may_ask("93.184.1.1", 443));
  EXPECT_FALSE(p.may_ask("[2a01::1]", 443));
  EXPECT_FALSE(p.may_ask("[2a00::1]", 80));
}

TEST(TargetPolicy, rules_by_name_do_not_match_addresses) {
  EXPECT_FALSE(policy({"*.example.com"}).may_ask("93.184.215.14", 443));
}

TEST(TargetPolicy, deny_by_network_wins_whatever_the_name) {
  const TargetPolicy p = policy({"example.com", "93.184.215.14"}, {"93.184.0.0/16", "2a00::/16"});
  EXPECT_TRUE(p.may_ask("example.com", 443)) << "not known yet";
  EXPECT_FALSE(may_dial(p, "example.com", "93.184.215.14"));
  EXPECT_FALSE(may_dial(p, "example.com", "2a00::1"));
  EXPECT_TRUE(may_dial(p, "example.com", "93.185.0.1"));
}

TEST(TargetPolicy, an_ipv6_network_does_not_mean_ipv4_however_short_its_prefix) {
  const TargetPolicy six = policy({"::/0"}, {});
  EXPECT_TRUE(may_dial(six, "a.example", "2a00::1"));
  EXPECT_FALSE(may_dial(six, "a.example", "93.184.215.14"));
  EXPECT_FALSE(may_dial(six, "a.example", "::ffff:93.184.215.14"));
  const TargetPolicy not_six = policy({"*"}, {"::/0"});
  EXPECT_FALSE(may_dial(not_six, "a.example", "2a00::1"));
  EXPECT_TRUE(may_dial(not_six, "a.example", "93.184.215.14"));
}

TEST(TargetPolicy, an_ipv4_network_is_the_same_mapped_into_ipv6) {
  const TargetPolicy p = policy({"*"}, {"93.184.0.0/16"});
  EXPECT_FALSE(may_dial(p, "a.example", "::ffff:93.184.1.1"));
  EXPECT_TRUE(may_dial(p, "a.example", "::ffff:93.185.1.1"));
  EXPECT_FALSE(may_dial(policy({"*"}, {"::ffff:93.184.0.0/112"}), "a.example", "93.184.1.1"));
}

// ---- Private ranges -------------------------------------------------------------------------------------------------

// First and last address of each range, and its neighbours.
TEST(TargetPolicy, private_is_everything_that_the_internet_does_not_route) {
  const TargetPolicy p = policy({"*"});
  for (const std::string ip :
       {"0.0.0.0",     "0.255.255.255",   "10.0.0.0",        "10.255.255.255",  "100.64.0.0",   "100.127.255.255",
        "127.0.0.1",   "127.255.255.255", "169.254.169.254", "169.254.0.0",     "172.16.0.0",   "172.31.255.255",
        "192.0.0.0",   "192.0.0.255",     "192.0.2.0",       "192.0.2.255",     "192.88.99.0",  "192.88.99.255",
        "192.168.0.0", "192.168.255.255", "198.18.0.0",      "198.19.255.255",  "198.51.100.0", "198.51.100.255",
        "203.0.113.0", "203.0.113.255",   "224.0.0.0",       "239.255.255.255", "240.0.0.0",    "255.255.255.255"}) {
    EXPECT_FALSE(may_dial(p, "a.example", ip)) << ip;
    EXPECT_FALSE(may_dial(p, "a.example", "::ffff:" + ip)) << "::ffff:" << ip;
    EXPECT_FALSE(p.may_ask(ip, 443)) << ip;
    EXPECT_FALSE(p.may_ask("[::ffff:" + ip + "]", 443)) << ip;
  }
  for (const std::string ip : {"::",
                               "::1",
                               "::127.0.0.1",
                               "64:ff9b::7f00:1",
                               "64:ff9b::",
                               "64:ff9b:1::",
                               "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
                               "100::1",
                               "2001::",
                               "2001:1ff:ffff::",
                               "2001:db8::",
                               "2001:db8:ffff::1",
                               "2002:7f00:1::",
                               "2002:ffff::",
                               "3fff::",
                               "3fff:fff::",
                               "1fff::",
                               "4000::",
                               "5f00::1",
                               "7fff::1",
                               "8000::1",
                               "bfff::1",
                               "fc00::",
                               "fdff::1",
                               "fe80::1",
                               "febf::1",
                               "fec0::1",
                               "feff::1",
                               "ff00::",
                               "ff02::1",
                               "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}) {
    EXPECT_FALSE(may_dial(p, "a.example", ip)) << ip;
    EXPECT_FALSE(p.may_ask(ip, 443)) << ip;
    EXPECT_FALSE(p.may_ask("[" + ip + "]", 443)) << ip;
  }
}

TEST(TargetPolicy, the_neighbours_of_private_ranges_are_not_private) {
  const TargetPolicy p = policy({"*"});
  for (const std::string ip :
       {"1.0.0.0",         "9.255.255.255",   "11.0.0.0",      "100.63.255.255", "100.128.0.0",     "126.255.255.255",
        "128.0.0.0",       "169.253.255.255", "169.255.0.0",   "172.15.255.255", "172.32.0.0",      "191.255.255.255",
        "192.0.1.0",       "192.0.3.0",       "192.88.98.255", "192.88.100.0",   "192.167.255.255", "192.169.0.0",
        "198.17.255.255",  "198.20.0.0",      "198.51.99.255", "198.51.101.0",   "203.0.112.255",   "203.0.114.0",
        "223.255.255.255", "::ffff:8.8.8.8",  "2000::",        "2001:200::1",    "2001:db7:ffff::", "2001:db9::",
        "2003::1",         "2606:4700::1",    "3ffe:ffff::1",  "3fff:1000::1"}) {
    EXPECT_TRUE(may_dial(p, "a.example", ip)) << ip;
    EXPECT_TRUE(p.may_ask(ip, 443)) << ip;
  }
}

TEST(TargetPolicy, without_deny_private_addresses_are_as_good_as_others) {
  const TargetPolicy p = policy({"*"}, {});
  EXPECT_TRUE(may_dial(p, "a.example", "127.0.0.1"));
  EXPECT_TRUE(p.may_ask("[::1]", 443));
}

TEST(TargetPolicy, private_may_be_denied_on_one_port) {
  const TargetPolicy p = policy({"*"}, {"private:80"});
  EXPECT_FALSE(may_dial(p, "a.example", "10.0.0.1", 80));
  EXPECT_TRUE(may_dial(p, "a.example", "10.0.0.1", 443));
}

TEST(TargetPolicy, a_private_network_that_is_allowed_by_its_numbers_was_meant) {
  const TargetPolicy p = policy({"*:*", "10.1.0.0/16", "[fd00::/8]:443", "127.0.0.1:8080"});
  EXPECT_TRUE(may_dial(p, "a.example", "10.1.2.3"));
  EXPECT_TRUE(may_dial(p, "a.example", "::ffff:10.1.2.3"));
  EXPECT_TRUE(p.may_ask("10.1.2.3", 80));
  EXPECT_TRUE(p.may_ask("[fd00::1]", 443));
  EXPECT_TRUE(p.may_ask("127.0.0.1", 8080));
  EXPECT_FALSE(may_dial(p, "a.example", "10.2.0.1")) << "another network";
  EXPECT_FALSE(may_dial(p, "a.example", "10.1.2.3", 22)) << "* means this port, the network does not";
  EXPECT_FALSE(p.may_ask("[fd00::1]", 80));
  EXPECT_FALSE(p.may_ask("127.0.0.2", 8080));
}

TEST(TargetPolicy, a_name_that_is_allowed_does_not_open_private_addresses) {
  EXPECT_FALSE(may_dial(policy({"intranet.example"}), "intranet.example", "10.0.0.1"));
}

TEST(TargetPolicy, a_network_that_is_more_than_private_opens_no_private_address) {
  for (const std::string rule : {"0.0.0.0/0", "8.0.0.0/6", "128.0.0.0/1"}) {
    EXPECT_FALSE(may_dial(policy({rule}), "a.example", "10.0.0.1")) << rule;
    EXPECT_FALSE(may_dial(policy({rule}), "a.example", "192.168.0.1")) << rule;
  }
  EXPECT_TRUE(may_dial(policy({"0.0.0.0/0"}), "a.example", "8.8.8.8"));
  EXPECT_FALSE(may_dial(policy({"2000::/3"}), "a.example", "2002:7f00:1::")) << "6to4 of 127.0.0.1";
  EXPECT_FALSE(may_dial(policy({"::/0"}), "a.example", "::1"));
}

TEST(TargetPolicy, an_explicit_deny_wins_over_a_network_that_was_meant) {
  const TargetPolicy p = policy({"10.1.0.0/16"}, {"private", "10.1.1.0/24", "db.example"});
  EXPECT_TRUE(may_dial(p, "a.example", "10.1.0.1"));
  EXPECT_FALSE(may_dial(p, "a.example", "10.1.1.1"));
  EXPECT_FALSE(may_dial(p, "db.example", "10.1.0.1"));
}

// ---- Hosts made to deceive ------------------------------------------------------------------------------------------

TEST(TargetPolicy, numbers_that_are_no_dotted_quad_are_names_until_they_are_resolved) {
  const TargetPolicy p = policy({"*"});
  for (const std::string host :
       {"0x7f000001", "0177.0.0.1", "2130706433", "127.1", "0x7f.0.0.1", "127.0.0.1.example.com", "017700000001"}) {
    EXPECT_TRUE(p.may_ask(host, 443)) << host;
    EXPECT_FALSE(may_dial(p, host, "127.0.0.1")) << host;
  }
  EXPECT_FALSE(p.may_ask("127.0.0.1.", 443)) << "a final dot makes no name of an address";
}

TEST(TargetPolicy, what_is_neither_name_nor_address_is_refused_though_everything_is_allowed) {
  using namespace std::string_view_literals;
  const TargetPolicy p = policy({"*:*"}, {});
  for (const std::string_view host : {""sv,
                                      "."sv,
                                      ".."sv,
                                      ".a"sv,
                                      "a..b"sv,
                                      "[]"sv,
                                      "["sv,
                                      "]"sv,
                                      "[::1"sv,
                                      "::1]"sv,
                                      "[127.0.0.1]"sv,
                                      "[example.com]"sv,
                                      "[[::1]]"sv,
                                      "fe80::1%lo"sv,
                                      "[fe80::1%25lo]"sv,
                                      "[fe80::1%lo]"sv,
                                      "::1."sv,
                                      "::1\0"sv,
                                      "[::1\0]"sv,
                                      "127.0.0.1\0.example.com"sv,
                                      "a b"sv,
                                      " a"sv,
                                      "a\n"sv,
                                      "a:80"sv,
                                      "127.0.0.1:80"sv,
                                      "user@a"sv,
                                      "a/b"sv,
                                      "a%2eb"sv,
                                      "b\xC3\xBC"sv,
                                      "*"sv,
                                      "*.a"sv,
                                      ":::"sv,
                                      "1:2:3:4:5:6:7:8:9"sv,
                                      "0000:0000:0000:0000:0000:ffff:127.000.000.001:0000:0000"sv}) {
    EXPECT_FALSE(p.may_ask(host, 443)) << host;
    EXPECT_FALSE(may_dial(p, host, "93.184.215.14")) << host;
  }
  EXPECT_TRUE(p.may_ask("a_b-c.example", 443));
  EXPECT_TRUE(p.may_ask("0000:0000:0000:0000:0000:ffff:127.100.100.101", 443)) << "the longest address there is";
}

TEST(TargetPolicy, port_0_and_no_address_are_nowhere) {
  const TargetPolicy p = policy({"*:*"}, {});
  EXPECT_FALSE(p.may_ask("example.com", 0));
  EXPECT_FALSE(p.may_ask("93.184.215.14", 0));
  EXPECT_FALSE(may_dial(p, "example.com", "93.184.215.14", 0));
  EXPECT_FALSE(p.may_dial("example.com", io::Address(), 443));
}

}  // namespace
}  // namespace gladhand::upstream
