// What a configuration says of forward proxies, and what validation makes of it.
#include "config/forward.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/validate.h"
#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kForwardListener = "[[listener]]\naddress = \":3128\"\nmode = \"forward\"\n";

// `text` belongs to the listener, and its first line is line 4.
Result forward_with(std::string_view text) { return read_toml(std::string(kForwardListener) + std::string(text)); }

std::vector<std::string> names(const Config& config) {
  std::vector<std::string> out;
  for (const Upstream& u : config.upstreams) out.push_back(u.name);
  return out;
}

TEST(ConfigForward, a_listener_is_reverse_unless_it_says_otherwise) {
  EXPECT_EQ(read_between("").config.listeners[0].mode, Mode::reverse);
  EXPECT_EQ(read_between("mode = \"reverse\"").config.listeners[0].mode, Mode::reverse);
  EXPECT_EQ(read_between("mode = \"forward\"").config.listeners[0].mode, Mode::forward);
}

TEST(ConfigForward, the_mode_alone_is_enough_and_denies_private_addresses) {
  const Result result = forward_with("");
  ASSERT_THAT(brief(result), IsEmpty()) << render(result.diagnostics);
  const Listener& listener = result.config.listeners.at(0);
  EXPECT_FALSE(listener.has_forward);
  EXPECT_THAT(listener.forward.allow, ElementsAre("*"));
  EXPECT_THAT(listener.forward.deny, ElementsAre("private"));
  EXPECT_EQ(listener.forward.auth, "");
  EXPECT_EQ(listener.forward.max_connections, 1024u);
}

TEST(ConfigForward, everything_can_be_said_otherwise) {
  const Result result = read_toml(
      "[[listener]]\naddress = \":3128\"\nmode = \"forward\"\n[listener.forward]\nallow = [\"*.example.com:443\", "
      "\"[2001:db8::/32]:*\"]\ndeny = []\nauth = \"users.htpasswd\"\nmax_connections = 7\ntimeouts = { connect = "
      "\"1s\", tunnel "
      "= \"2h\" }\n",
      {}, "conf/gladhand.toml");
  ASSERT_THAT(brief(result), IsEmpty()) << render(result.diagnostics);
  const Forward& forward = result.config.listeners.at(0).forward;
  EXPECT_THAT(forward.allow, ElementsAre("*.example.com:443", "[2001:db8::/32]:*"));
  EXPECT_THAT(forward.deny, IsEmpty());
  EXPECT_EQ(forward.auth, "conf/users.htpasswd");
  EXPECT_EQ(forward.auth_place.line, 7u);
  EXPECT_EQ(forward.place.line, 4u);
  EXPECT_EQ(forward.max_connections, 7u);
  EXPECT_EQ(forward.timeouts.connect, Millis{1000});
  EXPECT_EQ(forward.timeouts.tunnel, Millis{7'200'000});
}

TEST(ConfigForward, a_target_that_is_none_is_an_error_where_it_stands) {
  const Result result = forward_with(
      "forward = { allow = [\"*\", \"a:b:c\", \"10.0.0.1/8\", \"private\"], deny = [\"private\", \"x:0\"] }");
  EXPECT_THAT(brief(result), ElementsAre("E039 4:27", "E025 4:36", "E039 4:50", "E039 4:81"));
  EXPECT_EQ(underlined(result.diagnostics.at(0)), "\"a:b:c\"");
  EXPECT_THAT(brief(forward_with("forward.allow = \"*:x\"")), ElementsAre("E039 4:17"));
  EXPECT_THAT(brief(forward_with("forward.allow = []")), ElementsAre("E018 4:17"));
}

TEST(ConfigForward, the_table_without_the_mode_is_a_mistake) {
  const Result result = read_between("forward = { allow = \"nonsense:\" }");
  ASSERT_THAT(brief(result), ElementsAre("E038 3:11"));
  EXPECT_EQ(result.diagnostics[0].hint, "add `mode = \"forward\"` to the listener, or remove the table");
  EXPECT_THAT(brief(read_between("mode = \"reverse\"\n[listener.forward]")), ElementsAre("E038 4:1"));
  EXPECT_THAT(brief(read_toml("[[listener]]\nforward = {}\n" + std::string(kRoute))),
              ElementsAre("E011 1:1", "E038 2:11"));
}

TEST(ConfigForward, a_mode_that_is_misspelt_is_one_mistake) {
  EXPECT_THAT(brief(read_toml("[[listener]]\naddress = \":1\"\nmode = \"forwrad\"\nforward = {}\n")),
              ElementsAre("E017 3:8"));
}

TEST(ConfigForward, only_reverse_listeners_need_routes) {
  EXPECT_THAT(brief(forward_with("")), IsEmpty());
  EXPECT_THAT(brief(forward_with(kListener)), ElementsAre("E035 0:0"));
  EXPECT_THAT(brief(forward_with("[[route]]\nupstream = \"nobody\"")), ElementsAre("E031 5:12"))
      << "routes are checked though nobody needs them";
}

TEST(ConfigForward, each_forward_listener_gets_an_upstream_without_endpoints) {
  const Result result = read_toml(
      "[[listener]]\naddress = \":1\"\nmode = \"forward\"\nname = \"office\"\nforward = { max_connections = 5, "
      "timeouts = { idle "
      "= \"9s\" } }\n[[listener]]\naddress = \":2\"\n[[listener]]\naddress = \":3\"\nmode = "
      "\"forward\"\n[upstream.app]\nendpoints = \"http://a\"\n[[route]]\nupstream = \"http://b\"\n");
  ASSERT_THAT(brief(result), IsEmpty()) << render(result.diagnostics);
  EXPECT_THAT(names(result.config), ElementsAre("app", "http://b", "forward:office", "forward::3"));
  EXPECT_EQ(result.config.listeners[0].forward.upstream_index, 2);
  EXPECT_EQ(result.config.listeners[2].forward.upstream_index, 3);
  const Upstream& made = result.config.upstreams[2];
  EXPECT_THAT(made.endpoints, IsEmpty());
  EXPECT_EQ(made.max_connections, 5u);
  EXPECT_EQ(made.timeouts.idle, Millis{9000});
}

TEST(ConfigForward, no_route_refers_to_a_forward_listeners_upstream) {
  const Result result = forward_with("name = \"office\"\n[[route]]\nupstream = \"forward:office\"");
  ASSERT_THAT(brief(result), ElementsAre("E031 6:12"));
  Config again;
  again.listeners.push_back({.name = "office", .address = ":1", .mode = Mode::forward});
  ASSERT_THAT(validate(again), IsEmpty());
  again.routes.push_back({.upstream = "forward:office"});
  EXPECT_THAT(brief(validate(again)), ElementsAre("E031 0:0"));
}

TEST(ConfigForward, nobody_names_an_upstream_so) {
  EXPECT_THAT(brief(read_between("[upstream.\"forward:x\"]\nendpoints = \"http://a\"")), ElementsAre("E028 3:1"));
  EXPECT_THAT(brief(read_between("[upstream.\"forward:x\"]\n[upstream.\"a b\"]\nendpoints = \"http://a\"")),
              ElementsAre("E011 3:1", "E028 4:1"));
}

TEST(ConfigForward, validating_again_changes_nothing) {
  Config c;
  c.listeners.push_back({.address = ":1", .mode = Mode::forward});
  c.listeners.push_back({.address = ":2"});
  c.upstreams.push_back({.name = "app", .endpoints = {{.url = "http://a"}}});
  c.routes.push_back({.upstream = "http://b"});
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT(validate(c), IsEmpty());
    EXPECT_THAT(names(c), ElementsAre("app", "http://b", "forward::1"));
    EXPECT_EQ(c.listeners[0].forward.upstream_index, 2);
  }
}

TEST(ConfigForward, validating_again_follows_changes) {
  Config c;
  c.listeners.push_back({.address = ":1", .mode = Mode::forward});
  c.listeners.push_back({.name = "b", .address = ":2", .mode = Mode::forward});
  ASSERT_THAT(validate(c), IsEmpty());
  ASSERT_THAT(names(c), ElementsAre("forward::1", "forward:b"));
  c.listeners.erase(c.listeners.begin());
  c.listeners[0].forward.max_connections = 3;
  ASSERT_THAT(validate(c), IsEmpty());
  ASSERT_THAT(names(c), ElementsAre("forward:b"));
  EXPECT_EQ(c.upstreams[0].max_connections, 3u);
  EXPECT_EQ(c.listeners[0].forward.upstream_index, 0);
}

TEST(ConfigForward, upstreams_for_listeners_are_counted_like_all_others) {
  Config c;
  c.listeners.push_back({.address = ":1", .mode = Mode::forward});
  for (std::size_t i = 0; i < kMostReferred; ++i) {
    c.upstreams.push_back({.name = std::to_string(i), .endpoints = {{.url = "http://a"}}});
  }
  EXPECT_THAT(brief(validate(c)), ElementsAre("E036 0:0"));
  EXPECT_THAT(c.upstreams, SizeIs(kMostReferred));
}

// ---- What came with it ----------------------------------------------------------------------------------------------

Result sticky(std::string_view cookie) {
  return read_between("[upstream.app]\nendpoints = \"http://a\"\nsticky = { cookie = \"" + std::string(cookie) +
                      "\" }");
}

TEST(ConfigSticky, a_cookies_name_is_a_token_of_at_most_64_characters) {
  for (const std::string& name :
       {std::string("srv"), std::string("__Host-srv"), std::string("!#$%&'*+-.^_`|~9"), std::string(64, 'a')}) {
    const Result result = sticky(name);
    EXPECT_THAT(brief(result), IsEmpty()) << name;
    EXPECT_EQ(result.config.upstreams[0].sticky.cookie, name);
  }
  for (const std::string& name : {std::string("a b"), std::string("a=b"), std::string("a;b"), std::string("a,b"),
                                  std::string("ä"), std::string(65, 'a')}) {
    EXPECT_THAT(brief(sticky(name)), ElementsAre("E040 5:21")) << name;
  }
  EXPECT_THAT(brief(sticky("")), ElementsAre("E018 5:21"));
}

TEST(ConfigSticky, the_table_without_a_cookie_means_nothing_and_no_table_means_off) {
  EXPECT_THAT(brief(read_between("[upstream.app]\nendpoints = \"http://a\"\nsticky = {}")), ElementsAre("E011 5:10"));
  EXPECT_EQ(Upstream{}.sticky.cookie, "");
}

TEST(ConfigPush, is_off_unless_the_route_says_so) {
  EXPECT_FALSE(read_between("").config.routes[0].push);
  EXPECT_TRUE(read_toml(std::string(kListener) + std::string(kRoute) + "push = true\n").config.routes[0].push);
}

}  // namespace
}  // namespace gladhand::config
