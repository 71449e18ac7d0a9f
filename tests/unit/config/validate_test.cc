#include "config/validate.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string message(const Result& result) {
  return result.diagnostics.size() == 1 ? result.diagnostics[0].message : render(result.diagnostics);
}
std::string hint(const Result& result) {
  return result.diagnostics.size() == 1 ? result.diagnostics[0].hint : render(result.diagnostics);
}

Config small_config() {
  Config c;
  c.listeners.push_back({.address = ":8080"});
  c.routes.push_back({.upstream = "http://127.0.0.1:3000"});
  return c;
}

TEST(ConfigValidate, a_config_that_was_never_a_file_is_completed_and_checked) {
  Config c = small_config();
  EXPECT_THAT(validate(c), IsEmpty());
  EXPECT_EQ(c.listeners[0].name, ":8080");
  ASSERT_THAT(c.upstreams, SizeIs(1));
  EXPECT_EQ(c.upstreams[0].endpoints[0].host, "127.0.0.1");

  Config empty;
  const auto diagnostics = validate(empty);
  EXPECT_THAT(brief(diagnostics), ElementsAre("E034 0:0", "E035 0:0"));
  EXPECT_EQ(render(diagnostics[0]),
            "error[E034]: there is no [[listener]]\n   = add one: [[listener]] address = \":8080\"\n");
}

TEST(ConfigValidate, values_that_reading_would_have_required_are_required_here_too) {
  Config c;
  c.listeners.emplace_back();
  c.certificates.push_back({.name = "web"});
  c.upstreams.push_back({.name = "app"});
  c.routes.emplace_back();
  EXPECT_THAT(brief(validate(c)), ElementsAre("E011 0:0", "E011 0:0", "E011 0:0", "E011 0:0", "E011 0:0"));
}

TEST(ConfigValidate, a_second_time_changes_nothing) {
  Config c = small_config();
  c.listeners[0].address = "127.0.0.1:0";
  c.listeners.push_back({.address = "127.0.0.1:0", .has_tls = true, .tls = {.certificates = {"web"}}});
  c.certificates.push_back({"web", "c", "k", {}, {}});
  c.routes.push_back(c.routes[0]);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(validate(c), IsEmpty());
    EXPECT_EQ(c.listeners[0].name, "127.0.0.1:0");
    EXPECT_EQ(c.listeners[1].name, "127.0.0.1:0#2");
    EXPECT_THAT(c.listeners[1].tls.certificate_index, ElementsAre(0));
    EXPECT_THAT(c.upstreams, SizeIs(1));
  }
}

// ---- Listeners ------------------------------------------------------------------------------------------------------

TEST(ConfigValidate, there_is_a_listener_and_a_route) {
  EXPECT_THAT(brief(read_toml(kRoute)), ElementsAre("E034 0:0"));
  EXPECT_THAT(brief(read_toml(kListener)), ElementsAre("E035 0:0"));
  EXPECT_THAT(brief(read_toml("listener = []\nroute = []\n")), ElementsAre("E034 1:12", "E035 2:9"));
}

TEST(ConfigValidate, addresses_are_checked_where_they_stand) {
  EXPECT_THAT(brief(read_toml("[[listener]]\naddress = \"8080\"\n" + std::string(kRoute))), ElementsAre("E022 2:11"));
  EXPECT_THAT(brief(read_toml("[server]\nadmin = \"9900\"\n" + std::string(kListener) + std::string(kRoute))),
              ElementsAre("E022 2:9"));
}

TEST(ConfigValidate, the_admin_listener_can_be_turned_off) {
  for (const std::string off : {"", "off"}) {
    const Result result =
        read_toml("[server]\nadmin = \"" + off + "\"\n" + std::string(kListener) + std::string(kRoute));
    EXPECT_THAT(brief(result), IsEmpty());
    EXPECT_EQ(result.config.server.admin, "");
  }
}

TEST(ConfigValidate, no_two_listeners_share_an_address_however_it_is_spelled) {
  EXPECT_THAT(brief(read_between("[[listener]]\naddress = \":8080\"")), ElementsAre("E030 4:11"));
  EXPECT_THAT(brief(read_between("[[listener]]\naddress = \"LocalHost:1\"\n[[listener]]\naddress = \"localhost:01\"")),
              ElementsAre("E030 6:11"));
  EXPECT_THAT(brief(read_between("[[listener]]\naddress = \"[::1]:1\"\n[[listener]]\naddress = \"[0:0::1]:1\"")),
              ElementsAre("E030 6:11"));
  EXPECT_THAT(brief(read_between("[[listener]]\naddress = \"127.0.0.1:8080\"")), IsEmpty());
  EXPECT_EQ(hint(read_between("[[listener]]\naddress = \":8080\"")), "first in line 2");
}

TEST(ConfigValidate, no_listener_takes_the_admin_address) {
  EXPECT_EQ(hint(read_between("[[listener]]\naddress = \"127.0.0.1:9900\"")),
            "it is the default of `admin` in [server]");
  const std::string_view given = "[server]\nadmin = \"localhost:1\"\n[[listener]]\naddress = \"localhost:1\"\n";
  EXPECT_EQ(hint(read_toml(std::string(given) + std::string(kRoute))), "first in line 2");
  EXPECT_THAT(brief(read_between("[[listener]]\naddress = \"127.0.0.1:9900\"")), ElementsAre("E030 4:11"));
  EXPECT_THAT(
      brief(read_toml("[server]\nadmin = \"off\"\n[[listener]]\naddress = \"127.0.0.1:9900\"\n" + std::string(kRoute))),
      IsEmpty());
}

TEST(ConfigValidate, port_0_may_be_asked_for_twice_and_the_names_still_differ) {
  const Result result =
      read_toml("[[listener]]\naddress = \":0\"\n[[listener]]\naddress = \":0\"\n[[listener]]\naddress = \":0\"\n" +
                std::string(kRoute));
  ASSERT_THAT(brief(result), IsEmpty());
  EXPECT_EQ(result.config.listeners[0].name, ":0");
  EXPECT_EQ(result.config.listeners[1].name, ":0#2");
  EXPECT_EQ(result.config.listeners[2].name, ":0#3");
}

TEST(ConfigValidate, listener_names_are_names_and_differ) {
  EXPECT_THAT(brief(read_between("name = \"a\"\n[[listener]]\naddress = \":1\"\nname = \"a\"")),
              ElementsAre("E030 6:8"));
  EXPECT_THAT(brief(read_between("name = \"a b\"")), ElementsAre("E028 3:8"));
  EXPECT_THAT(brief(read_between("name = \":1\"")), ElementsAre("E028 3:8"));
  EXPECT_THAT(brief(read_between("name = \"" + std::string(64, 'a') + "\"")), IsEmpty());
  EXPECT_THAT(brief(read_between("name = \"" + std::string(65, 'a') + "\"")), ElementsAre("E028 3:8"));
}

TEST(ConfigValidate, trusted_proxies_are_networks) {
  EXPECT_THAT(brief(read_between("trusted_proxies = [\"10.0.0.0/8\", \"10.0.0.1/8\", \"x\"]")),
              ElementsAre("E025 3:34", "E025 3:48"));
  EXPECT_THAT(read_between("trusted_proxies = [\"FD00::/8\", \"192.0.2.1\"]").config.listeners[0].trusted_proxies,
              ElementsAre("fd00::/8", "192.0.2.1/32"));
}

TEST(ConfigValidate, proxy_protocol_names_networks) {
  EXPECT_THAT(brief(read_between("proxy_protocol = [\"10.0.0.0/8\", \"10.0.0.1/8\", \"x\"]")), ElementsAre("E025 3:33", "E025 3:47"));
  EXPECT_THAT(read_between("proxy_protocol = \"FD00::/8\"").config.listeners[0].proxy_protocol, ElementsAre("fd00::/8"));
  EXPECT_THAT(read_between("").config.listeners[0].proxy_protocol, IsEmpty());
}

// ---- TLS ------------------------------------------------------------------------------------------------------------

constexpr std::string_view kWeb =
    "\n[certificate.web]\ncert = \"c\"\nkey = \"k\"\n[certificate.api]\ncert = \"c\"\nkey = \"k\"";

TEST(ConfigValidate, tls_needs_certificates_or_self_signed_and_not_both) {
  EXPECT_THAT(brief(read_between("tls = {}")), ElementsAre("E032 3:7"));
  EXPECT_THAT(brief(read_between("tls = { certificates = [] }")), ElementsAre("E032 3:7"));
  EXPECT_THAT(brief(read_between("tls = { self_signed = false }")), ElementsAre("E032 3:23"));
  EXPECT_THAT(brief(read_between("[listener.tls]")), ElementsAre("E032 3:1"));
  EXPECT_THAT(brief(read_between("tls = { self_signed = true }")), IsEmpty());
  EXPECT_THAT(brief(read_between("tls = { certificates = \"web\", self_signed = true }" + std::string(kWeb))),
              ElementsAre("E033 3:45"));
}

TEST(ConfigValidate, certificates_are_found_by_name) {
  const Result result = read_between("tls = { certificates = [\"api\", \"web\"] }" + std::string(kWeb));
  ASSERT_THAT(brief(result), IsEmpty());
  EXPECT_THAT(result.config.listeners[0].tls.certificate_index, ElementsAre(1, 0));
}

TEST(ConfigValidate, a_certificate_that_is_not_defined_is_an_error_at_its_name) {
  const Result near = read_between("tls = { certificates = [\"web\", \"wbe\"] }" + std::string(kWeb));
  EXPECT_THAT(brief(near), ElementsAre("E031 3:32"));
  EXPECT_EQ(message(near), "certificate `wbe` is not defined");
  EXPECT_EQ(hint(near), "did you mean `web`?");
  EXPECT_EQ(hint(read_between("tls = { certificates = \"other\" }" + std::string(kWeb))), "defined: api, web");
  EXPECT_EQ(hint(read_between("tls = { certificates = \"web\" }")), "define it: [certificate.web]");
}

TEST(ConfigValidate, a_certificate_is_named_once) {
  EXPECT_THAT(brief(read_between("tls = { certificates = [\"web\", \"web\"] }" + std::string(kWeb))),
              ElementsAre("E030 3:32"));
}

TEST(ConfigValidate, names_of_certificates_and_upstreams_are_names) {
  EXPECT_THAT(brief(read_between("[certificate.\"a b\"]\ncert = \"c\"\nkey = \"k\"")), ElementsAre("E028 3:1"));
  EXPECT_THAT(brief(read_between("[upstream.\"\"]\nendpoints = \"http://a\"")), ElementsAre("E028 3:1"));
  EXPECT_THAT(brief(read_between("[upstream.\"http://a\"]\nendpoints = \"http://b\"")), ElementsAre("E028 3:1"));
  EXPECT_THAT(brief(read_between("[upstream.\"api.v1\"]\nendpoints = \"http://a\"")), IsEmpty());
}

TEST(ConfigValidate, certificates_and_upstreams_are_defined_once) {
  Config c = small_config();
  c.certificates = {{"web", "c", "k", {}, {}}, {"web", "c", "k", {}, {}}};
  c.upstreams = {{.name = "app", .endpoints = {{.url = "http://a"}}},
                 {.name = "app", .endpoints = {{.url = "http://a"}}}};
  EXPECT_THAT(brief(validate(c)), ElementsAre("E030 0:0", "E030 0:0"));
}

// ---- Upstreams and routes -------------------------------------------------------------------------------------------

TEST(ConfigValidate, endpoints_are_checked_where_they_stand) {
  const Result result =
      read_between("[upstream.app]\nendpoints = [\"http://a\", \"ftps://b\", \"ftp://c\", \"d:80\"]");
  EXPECT_THAT(brief(result), ElementsAre("E024 4:26", "E024 4:38", "E023 4:49"));
}

TEST(ConfigValidate, a_route_finds_its_upstream_by_name) {
  const Result result = read_toml(
      std::string(kListener) +
      "[upstream.b]\nendpoints = \"http://b\"\n[upstream.a]\nendpoints = \"http://a\"\n[[route]]\nupstream = \"a\"\n");
  ASSERT_THAT(brief(result), IsEmpty());
  EXPECT_EQ(result.config.routes[0].upstream_index, 1);
}

TEST(ConfigValidate, routes_to_the_same_url_share_one_upstream) {
  const Result result = read_toml(std::string(kListener) +
                                  "[[route]]\nupstream = \"http://a:1\"\n[[route]]\nupstream = "
                                  "\"http://b:1\"\n[[route]]\nupstream = \"http://a:1\"\n");
  ASSERT_THAT(brief(result), IsEmpty());
  ASSERT_THAT(result.config.upstreams, SizeIs(2));
  EXPECT_EQ(result.config.upstreams[0].name, "http://a:1");
  EXPECT_EQ(result.config.upstreams[0].endpoints[0].url, "http://a:1");
  EXPECT_EQ(result.config.upstreams[0].endpoints[0].host, "a");
  EXPECT_EQ(result.config.upstreams[0].place.line, 4u);
  EXPECT_EQ(result.config.routes[1].upstream_index, 1);
  EXPECT_EQ(result.config.routes[2].upstream_index, 0);
}

Result upstream_with(std::string_view text) { return read_between("[upstream.app]\n" + std::string(text)); }

TEST(ConfigValidate, plain_and_tls_endpoints_may_be_mixed) {
  const Result result = upstream_with("endpoints = [\"http://a\", \"https://b\", \"h2c://c\", \"https://d:1\"]\ntls = {}");
  ASSERT_THAT(brief(result), IsEmpty());
  std::vector<std::pair<Scheme, int>> found;
  for (const Endpoint& e : result.config.upstreams[0].endpoints) found.emplace_back(e.scheme, e.port);
  EXPECT_THAT(found, ElementsAre(std::pair(Scheme::http, 80), std::pair(Scheme::https, 443), std::pair(Scheme::h2c, 80),
                                 std::pair(Scheme::https, 1)));
}

TEST(ConfigValidate, tls_settings_without_an_https_endpoint_are_a_mistake) {
  const Result result = upstream_with("endpoints = [\"http://a\", \"h2c://b\"]\ntls = { verify = false }");
  EXPECT_THAT(brief(result), ElementsAre("E037 5:7"));
  EXPECT_EQ(message(result), "upstream `app` has no https:// endpoint");
  EXPECT_THAT(brief(upstream_with("endpoints = \"a:443\"\ntls = {}")), ElementsAre("E023 4:13"))
      << "an endpoint that is none may have been meant to be one";
}

TEST(ConfigValidate, a_server_name_is_a_host_or_an_address) {
  for (const std::string name : {"a.example", "127.0.0.1", "fd00::1"}) {
    EXPECT_THAT(brief(upstream_with("endpoints = \"https://a\"\ntls = { server_name = \"" + name + "\" }")), IsEmpty());
  }
  for (const std::string name : {"*.example", "a:443", "[::1]", "1.2.3", "a b", "https://a"}) {
    EXPECT_THAT(brief(upstream_with("endpoints = \"https://a\"\ntls = { server_name = \"" + name + "\" }")),
                ElementsAre("E029 5:23"))
        << name;
  }
}

TEST(ConfigValidate, the_certificate_for_an_upstream_is_found_by_name) {
  const std::string_view text = "endpoints = \"https://a\"\ntls = { certificate = \"api\" }";
  const Result result = upstream_with(std::string(text) + std::string(kWeb));
  ASSERT_THAT(brief(result), IsEmpty());
  EXPECT_EQ(result.config.upstreams[0].tls.certificate_index, 1);
  EXPECT_THAT(brief(upstream_with(text)), ElementsAre("E031 5:23"));
  EXPECT_EQ(hint(upstream_with(text)), "define it: [certificate.api]");
}

TEST(ConfigValidate, protocols_are_named_once_and_at_least_one_is) {
  const Result result = upstream_with("endpoints = \"https://a\"\nprotocols = [\"http/1.1\", \"h2\"]");
  ASSERT_THAT(brief(result), IsEmpty());
  EXPECT_THAT(result.config.upstreams[0].protocols, ElementsAre(Protocol::http1_1, Protocol::h2));
  EXPECT_THAT(upstream_with("endpoints = \"https://a\"\nprotocols = \"h2\"").config.upstreams[0].protocols,
              ElementsAre(Protocol::h2));
  EXPECT_THAT(brief(upstream_with("endpoints = \"https://a\"\nprotocols = []")), ElementsAre("E018 5:13"));
  EXPECT_THAT(brief(upstream_with("endpoints = \"https://a\"\nprotocols = [\"h2\", \"h3\", \"h2\"]")),
              ElementsAre("E017 5:20", "E030 5:26"));
}

Result route_to(std::string_view upstream, std::string_view defined = "[upstream.app]\nendpoints = \"http://a\"\n") {
  return read_toml(std::string(kListener) + std::string(defined) + "[[route]]\nupstream = \"" + std::string(upstream) +
                   "\"\n");
}

TEST(ConfigValidate, an_upstream_that_is_not_defined_is_an_error_at_its_name) {
  EXPECT_THAT(brief(route_to("ap")), ElementsAre("E031 6:12"));
  EXPECT_EQ(message(route_to("ap")), "upstream `ap` is not defined");
  EXPECT_EQ(hint(route_to("ap")), "defined: app");
  EXPECT_EQ(hint(route_to("appp")), "did you mean `app`?");
  EXPECT_EQ(hint(route_to("app", "")), "define it, or write a URL: \"http://127.0.0.1:3000\"");
  EXPECT_EQ(hint(route_to("127.0.0.1:3000")), "did you mean \"http://127.0.0.1:3000\"?");
}

TEST(ConfigValidate, a_url_in_a_route_is_held_to_the_same_rules_as_an_endpoint) {
  EXPECT_THAT(brief(route_to("ftp://a")), ElementsAre("E024 6:12"));
  EXPECT_THAT(brief(route_to("http://a/b")), ElementsAre("E023 6:12"));
  EXPECT_THAT(route_to("http://a/b").config.upstreams, SizeIs(1));
}

TEST(ConfigValidate, hosts_and_paths_to_match_are_checked_where_they_stand) {
  const Result result = read_toml(
      std::string(kListener) +
      "[[route]]\nupstream = \"http://a\"\nmatch = { host = [\"a.com\", \"a.*\"], path = [\"/ok\", \"/no*\"] }\n");
  EXPECT_THAT(brief(result), ElementsAre("E026 5:28", "E027 5:51"));
}

TEST(ConfigValidate, origins_that_may_read_the_timing_are_checked_where_they_stand) {
  const Result result = read_toml(
      std::string(kListener) +
      "[[route]]\nupstream = \"http://a\"\nserver_timing = true\ntiming_allow_origin = [\"https://a.example\", \"a.example\"]\n");
  EXPECT_THAT(brief(result), ElementsAre("E042 6:45"));
}

TEST(ConfigValidate, more_upstreams_than_an_index_can_count_are_refused) {
  Config c = small_config();
  for (int i = 0; i < 65'536; ++i)
    c.upstreams.push_back({.name = std::to_string(i), .endpoints = {{.url = "http://a"}}});
  EXPECT_THAT(brief(validate(c)), ElementsAre("E036 0:0", "E036 0:0"));
}

TEST(ConfigValidate, a_key_of_fast_open_needs_fast_open) {
  const auto result = read_between("fast_open_key = \"keys\"");
  EXPECT_THAT(brief(result), ElementsAre("E041 3:17"));
  EXPECT_EQ(hint(result), "add `fast_open = 256` to the listener, or remove the key");
  EXPECT_THAT(brief(read_between("fast_open = 256\nfast_open_key = \"keys\"")), IsEmpty());
}

TEST(ConfigValidate, fast_open_means_nothing_where_only_h2c_is_spoken) {
  const auto upstream = [](std::string_view url) {
    return read_between("[upstream.app]\nendpoints = \"" + std::string(url) + "\"\nfast_open = true");
  };
  EXPECT_THAT(brief(upstream("http://a")), IsEmpty());
  EXPECT_THAT(brief(upstream("h2c://a")), ElementsAre("E041 5:13"));
  EXPECT_EQ(message(upstream("h2c://a")), "upstream `app` has h2c:// endpoints only, with which nothing leaves in a SYN");
  EXPECT_THAT(brief(upstream("https://a")), IsEmpty());
}

}  // namespace
}  // namespace gladhand::config
