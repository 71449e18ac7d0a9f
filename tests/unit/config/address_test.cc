#include "config/address.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gladhand::config {
namespace {

using ::testing::HasSubstr;

TEST(ConfigAddress, host_and_port_are_split) {
  EXPECT_EQ(split_address("127.0.0.1:8080"), (HostPort{"127.0.0.1", 8080}));
  EXPECT_EQ(split_address("localhost:0"), (HostPort{"localhost", 0}));
  EXPECT_EQ(split_address(":65535"), (HostPort{"", 65535}));
  EXPECT_EQ(split_address("[::1]:80"), (HostPort{"::1", 80}));
  EXPECT_EQ(split_address("[::ffff:10.0.0.1]:80"), (HostPort{"::ffff:10.0.0.1", 80}));
  EXPECT_EQ(split_address("my_host-1.Example:80"), (HostPort{"my_host-1.Example", 80}));
}

TEST(ConfigAddress, what_is_no_address_to_listen_on_is_refused) {
  for (const std::string text : {"",
                                 ":",
                                 "a",
                                 "a:",
                                 "a:b",
                                 "a:-1",
                                 "a:+1",
                                 "a: 1",
                                 "a:65536",
                                 "a:000080",
                                 "a:99999999999",
                                 "a:80 ",
                                 " a:80",
                                 "a b:80",
                                 "a:80:90",
                                 "::1",
                                 "::1:80",
                                 "[::1]",
                                 "[::1]80",
                                 "[::1",
                                 "[]:80",
                                 "[a]:80",
                                 "[127.0.0.1]:80",
                                 "[::1%eth0]:80",
                                 "[::1]:",
                                 "127.0.0.300:80",
                                 "1.2.3:80",
                                 "1.2.3.4.5:80",
                                 "-a:80",
                                 "a-:80",
                                 "a..b:80",
                                 ".a:80",
                                 "a.:80",
                                 "*:80",
                                 "http://a:80",
                                 "a/b:80",
                                 "é:80",
                                 "a@b:80",
                                 "unix:/run/x"}) {
    const auto split = split_address(text);
    ASSERT_FALSE(split) << text;
    EXPECT_EQ(split.error().rule, Rule::bad_address) << text;
  }
  EXPECT_FALSE(split_address(std::string("127.0.0.1\0:80", 13)));
  EXPECT_FALSE(split_address(std::string(64, 'a') + ":80"));
  EXPECT_TRUE(split_address(std::string(63, 'a') + ":80"));
}

TEST(ConfigAddress, common_slips_are_corrected) {
  EXPECT_EQ(split_address("8443").error().hint, "did you mean \":8443\"?");
  EXPECT_EQ(split_address("*:8443").error().hint, "did you mean \":8443\"?");
  EXPECT_EQ(split_address("https://localhost:8443").error().hint, "did you mean \"localhost:8443\"?");
  EXPECT_EQ(split_address("::1").error().hint, "did you mean \"[::1]:8080\"?");
  EXPECT_EQ(split_address("localhost").error().hint, "did you mean \"localhost:8080\"?");
  EXPECT_EQ(split_address("a:b").error().message, "`a:b` is not an address to listen on: `b` is not a port");
}

TEST(ConfigAddress, endpoints_are_split_and_each_scheme_has_its_port) {
  EXPECT_EQ(split_endpoint("http://127.0.0.1:3000"), (EndpointUrl{Scheme::http, "127.0.0.1", 3000}));
  EXPECT_EQ(split_endpoint("http://app.internal"), (EndpointUrl{Scheme::http, "app.internal", 80}));
  EXPECT_EQ(split_endpoint("http://[fd00::1]:3000"), (EndpointUrl{Scheme::http, "fd00::1", 3000}));
  EXPECT_EQ(split_endpoint("http://[fd00::1]"), (EndpointUrl{Scheme::http, "fd00::1", 80}));
  EXPECT_EQ(split_endpoint("https://app.internal"), (EndpointUrl{Scheme::https, "app.internal", 443}));
  EXPECT_EQ(split_endpoint("https://[fd00::1]:8443"), (EndpointUrl{Scheme::https, "fd00::1", 8443}));
  EXPECT_EQ(split_endpoint("h2c://app.internal"), (EndpointUrl{Scheme::h2c, "app.internal", 80}));
  EXPECT_EQ(split_endpoint("h2c://127.0.0.1:50051"), (EndpointUrl{Scheme::h2c, "127.0.0.1", 50051}));
}

TEST(ConfigAddress, what_is_no_endpoint_is_refused) {
  for (const std::string text : {"",
                                 "http://",
                                 "http:a",
                                 "http:/a",
                                 "a",
                                 "a:80",
                                 "//a",
                                 "http://:80",
                                 "http://a:",
                                 "http://a:0",
                                 "http://a:65536",
                                 "http://a:b",
                                 "http://a/",
                                 "http://a/b",
                                 "http://a?b",
                                 "http://a#b",
                                 "http://u@a",
                                 "http://u:p@a",
                                 "http://a b",
                                 "http://[::1",
                                 "http://::1",
                                 "http://[::1]x",
                                 "http://1.2.3.400",
                                 "http://*",
                                 "https://",
                                 "https://a:0",
                                 "h2c://a/",
                                 "http://a:80:90",
                                 "http://http://a"}) {
    const auto split = split_endpoint(text);
    ASSERT_FALSE(split) << text;
    EXPECT_EQ(split.error().rule, Rule::bad_url) << text;
  }
}

TEST(ConfigAddress, other_schemes_are_refused_by_name) {
  for (const std::string scheme : {"HTTP", "ftp", "ws", "wss", "h2", "unix", ""}) {
    const auto split = split_endpoint(scheme + "://a:443");
    ASSERT_FALSE(split) << scheme;
    EXPECT_EQ(split.error().rule, Rule::unsupported_scheme) << scheme;
  }
  EXPECT_EQ(split_endpoint("ftp://a").error().message, "`ftp://a` is not an endpoint: the scheme is `ftp`");
  EXPECT_EQ(split_endpoint("wss://a").error().hint, "did you mean \"https://a\"?");
}

TEST(ConfigAddress, nothing_hides_behind_a_nul) {
  EXPECT_FALSE(is_ipv4(std::string_view("127.0.0.1\0x", 11)));
  EXPECT_FALSE(is_ipv6(std::string_view("::1\0x", 5)));
  EXPECT_FALSE(normal_cidr(std::string_view("::1\0x", 5)));
}

TEST(ConfigAddress, slips_in_endpoints_are_corrected) {
  EXPECT_THAT(split_endpoint("http://u:p@a").error().message, HasSubstr("user names and passwords are not sent"));
  EXPECT_EQ(split_endpoint("127.0.0.1:3000").error().hint, "did you mean \"http://127.0.0.1:3000\"?");
  EXPECT_EQ(split_endpoint("http://a:80/").error().hint, "did you mean \"http://a:80\"?");
  EXPECT_EQ(split_endpoint("ws://a:80").error().hint, "did you mean \"http://a:80\"?");
}

TEST(ConfigAddress, networks_are_brought_to_their_usual_spelling) {
  EXPECT_EQ(normal_cidr("10.0.0.0/8"), "10.0.0.0/8");
  EXPECT_EQ(normal_cidr("0.0.0.0/0"), "0.0.0.0/0");
  EXPECT_EQ(normal_cidr("192.0.2.1"), "192.0.2.1/32");
  EXPECT_EQ(normal_cidr("192.0.2.128/25"), "192.0.2.128/25");
  EXPECT_EQ(normal_cidr("FD00:0:0::/8"), "fd00::/8");
  EXPECT_EQ(normal_cidr("::1"), "::1/128");
  EXPECT_EQ(normal_cidr("::/0"), "::/0");
}

TEST(ConfigAddress, what_is_no_network_is_refused) {
  for (const std::string text :
       {"", "/8", "10/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.0/a", "::/129", "a/8",
        "localhost", "[::1]/128", "10.0.0.0 /8", "10.0.0.0/255.0.0.0"}) {
    const auto network = normal_cidr(text);
    ASSERT_FALSE(network) << text;
    EXPECT_EQ(network.error().rule, Rule::bad_cidr) << text;
  }
}

TEST(ConfigAddress, bits_behind_the_prefix_are_a_mistake) {
  EXPECT_EQ(normal_cidr("10.1.2.3/8").error().hint, "did you mean \"10.0.0.0/8\"?");
  EXPECT_EQ(normal_cidr("192.0.2.129/25").error().hint, "did you mean \"192.0.2.128/25\"?");
  EXPECT_EQ(normal_cidr("fd00::1/64").error().hint, "did you mean \"fd00::/64\"?");
  EXPECT_THAT(normal_cidr("0.0.0.1/0").error().message, HasSubstr("bits behind the first 0 are set"));
}

TEST(ConfigAddress, names_have_limits) {
  EXPECT_TRUE(is_host_name(std::string(63, 'a') + "." + std::string(63, 'b')));
  EXPECT_FALSE(is_host_name(std::string(64, 'a')));
  std::string longest =
      std::string(63, 'a') + "." + std::string(63, 'a') + "." + std::string(63, 'a') + "." + std::string(61, 'a');
  EXPECT_EQ(longest.size(), 253u);
  EXPECT_TRUE(is_host_name(longest));
  EXPECT_FALSE(is_host_name(longest + "a"));
  EXPECT_FALSE(is_host_name(""));
  EXPECT_TRUE(is_host_name("3com.example"));
  EXPECT_FALSE(is_host_name("1.2.3"));
}

}  // namespace
}  // namespace gladhand::config
