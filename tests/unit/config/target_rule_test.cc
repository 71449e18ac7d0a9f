#include "config/target_rule.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gladhand::config {
namespace {

using Kind = TargetRule::Kind;
using Ports = TargetRule::Ports;

TargetRule rule(std::string_view text, TargetList list = TargetList::allow) {
  const auto parsed = parse_target_rule(text, list);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message);
  return parsed.value_or(TargetRule{.kind = Kind::any, .text = "not parsed"});
}

Fault fault(std::string_view text, TargetList list = TargetList::allow) {
  const auto parsed = parse_target_rule(text, list);
  EXPECT_FALSE(parsed) << text;
  return parsed ? Fault{Rule::syntax, "accepted"} : parsed.error();
}

TEST(ConfigTargetRule, a_host_is_anything_a_name_what_is_below_it_an_address_or_a_network) {
  EXPECT_EQ(rule("*").kind, Kind::any);
  EXPECT_EQ(rule("Example.COM"), (TargetRule{Kind::name, "example.com", Ports::web}));
  EXPECT_EQ(rule("*.Example.com"), (TargetRule{Kind::subdomains, "example.com", Ports::web}));
  EXPECT_EQ(rule("192.0.2.1"), (TargetRule{Kind::network, "192.0.2.1/32", Ports::web}));
  EXPECT_EQ(rule("10.0.0.0/8"), (TargetRule{Kind::network, "10.0.0.0/8", Ports::web}));
  EXPECT_EQ(rule("2001:DB8::1"), (TargetRule{Kind::network, "2001:db8::1/128", Ports::web}));
  EXPECT_EQ(rule("2001:db8:0::/32"), (TargetRule{Kind::network, "2001:db8::/32", Ports::web}));
  EXPECT_EQ(rule("[2001:db8::/32]"), rule("2001:db8::/32"));
  EXPECT_EQ(rule("[::1]"), rule("::1"));
  EXPECT_EQ(rule("private", TargetList::deny).kind, Kind::private_ranges);
}

TEST(ConfigTargetRule, a_port_stands_behind_a_colon_and_ipv6_then_in_brackets) {
  EXPECT_EQ(rule("example.com:8443"), (TargetRule{Kind::name, "example.com", Ports::one, 8443}));
  EXPECT_EQ(rule("*:25"), (TargetRule{Kind::any, "", Ports::one, 25}));
  EXPECT_EQ(rule("*:*"), (TargetRule{Kind::any, "", Ports::all}));
  EXPECT_EQ(rule("*.example.com:65535").port, 65535);
  EXPECT_EQ(rule("10.0.0.0/8:443"), (TargetRule{Kind::network, "10.0.0.0/8", Ports::one, 443}));
  EXPECT_EQ(rule("192.0.2.1:*"), (TargetRule{Kind::network, "192.0.2.1/32", Ports::all}));
  EXPECT_EQ(rule("[2001:db8::/32]:443"), (TargetRule{Kind::network, "2001:db8::/32", Ports::one, 443}));
  EXPECT_EQ(rule("[::1]:*"), (TargetRule{Kind::network, "::1/128", Ports::all}));
  EXPECT_EQ(rule("private:22", TargetList::deny), (TargetRule{Kind::private_ranges, "", Ports::one, 22}));
}

TEST(ConfigTargetRule, without_a_port_allow_means_the_webs_and_deny_means_all) {
  EXPECT_EQ(rule("example.com", TargetList::allow).ports, Ports::web);
  EXPECT_EQ(rule("example.com", TargetList::deny).ports, Ports::all);
}

TEST(ConfigTargetRule, ports_are_covered_as_written_and_port_0_never_is) {
  const auto covered = [](const TargetRule& r) {
    std::vector<int> out;
    for (const int port : {0, 79, 80, 81, 443, 8080, 65535}) {
      if (r.covers(static_cast<std::uint16_t>(port))) out.push_back(port);
    }
    return out;
  };
  EXPECT_EQ(covered(rule("*")), (std::vector{80, 443}));
  EXPECT_EQ(covered(rule("*:8080")), (std::vector{8080}));
  EXPECT_EQ(covered(rule("*:*")), (std::vector{79, 80, 81, 443, 8080, 65535}));
  EXPECT_FALSE((TargetRule{.kind = Kind::any, .text = {}, .ports = Ports::one, .port = 0}).covers(0));
}

TEST(ConfigTargetRule, what_is_no_target_is_refused) {
  for (const std::string text : {"",
                                 ":",
                                 ":80",
                                 "*:",
                                 "*:0",
                                 "*:65536",
                                 "*:-1",
                                 "*:+80",
                                 "*:80-90",
                                 "*:http",
                                 "*:**",
                                 "*:080000",
                                 "**",
                                 "*.",
                                 "*.*",
                                 "a.*",
                                 "*a",
                                 "*a.com",
                                 "a*.com",
                                 "a.*.com",
                                 "10.0.*.*",
                                 ".com",
                                 "example.com.",
                                 "example..com",
                                 "-a.com",
                                 "a b",
                                 "bücher.example",
                                 "1.2.3",
                                 "1.2.3.400",
                                 "0177.0.0.1",
                                 "*.192.0.2.1",
                                 "http://example.com",
                                 "example.com/x",
                                 "user@example.com",
                                 "[::1",
                                 "::1]",
                                 "[]",
                                 "[]:80",
                                 "[::1]80",
                                 "[::1]:",
                                 "[::1]:0",
                                 "[::1]/128",
                                 "[10.0.0.0/8]:80",
                                 "[example.com]:80",
                                 "2001:db8::/32:443",
                                 "1:2:3:4:5:6:7:8:443",
                                 "fe80::1%eth0",
                                 "[fe80::1%25eth0]:80",
                                 "a:b:c",
                                 "PRIVATE",
                                 "Private:80",
                                 "*.private:x"}) {
    EXPECT_EQ(fault(text).rule, Rule::bad_target_rule) << text;
    EXPECT_EQ(fault(text, TargetList::deny).rule, Rule::bad_target_rule) << text;
  }
  EXPECT_EQ(fault(std::string_view("a\0b", 3)).rule, Rule::bad_target_rule);
}

TEST(ConfigTargetRule, a_network_has_a_length_and_nothing_behind_it) {
  for (const std::string text :
       {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x:80", "2001:db8::1/32", "[::/129]:80"}) {
    EXPECT_EQ(fault(text).rule, Rule::bad_cidr) << text;
  }
  EXPECT_EQ(fault("10.0.0.1/8:443").hint, "did you mean \"10.0.0.0/8\"?");
}

TEST(ConfigTargetRule, private_only_denies_and_is_one_word_in_lower_case) {
  EXPECT_EQ(fault("private").message, "`private` is not a target: `private` stands only in `deny`");
  EXPECT_EQ(fault("private:80").hint, "name the networks that you mean, such as \"10.1.0.0/16\"");
  EXPECT_EQ(fault("Private:80", TargetList::deny).hint, "did you mean \"private:80\"?");
  EXPECT_EQ(rule("private.example").kind, Kind::name);
}

TEST(ConfigTargetRule, every_fault_names_its_cure) {
  EXPECT_EQ(fault("http://example.com:81/x").hint, "did you mean \"example.com:81\"?");
  EXPECT_EQ(fault("example.com/x:81").hint, "did you mean \"example.com:81\"?");
  EXPECT_EQ(fault(":443").hint, "did you mean \"*:443\"?");
  EXPECT_EQ(fault(".example.com:*").hint, "did you mean \"*.example.com:*\"?");
  EXPECT_EQ(fault("example.com.:80").hint, "did you mean \"example.com:80\"?");
  EXPECT_EQ(fault("2001:db8::/32:443").hint, "did you mean \"[2001:db8::/32]:443\"?");
  EXPECT_EQ(fault("[2001:db8::]/32:443").hint, "did you mean \"[2001:db8::/32]:443\"?");
  EXPECT_EQ(fault("a:b:c").hint, "write \"[2001:db8::1]:443\"");
  EXPECT_EQ(fault("example.com:http").hint, "ports are 1 to 65535, or * for all");
  EXPECT_EQ(fault("10.*").hint, "write \"*.example.com\", \"*\", or a network such as \"10.0.0.0/8\"");
  for (const std::string text : {"[::1", "[::1]80", "[fe80::1%1]", "*.1.2.3.4", "a b", "private"}) {
    EXPECT_NE(fault(text).hint, "") << text;
  }
}

TEST(ConfigTargetRule, the_corrections_are_targets_themselves) {
  for (const std::string text :
       {"http://example.com:81/x", "http://[::1]:80/", "example.com/x:81", ":443", ".example.com:*",
        "2001:db8::/32:443", "[2001:db8::]/32:443", "[2001:db8::]/32", "example.com."}) {
    const std::string hint = fault(text).hint;
    const std::size_t begin = hint.find('"') + 1;
    rule(hint.substr(begin, hint.rfind('"') - begin));
  }
}

}  // namespace
}  // namespace gladhand::config
