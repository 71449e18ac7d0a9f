#include "config/read.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Every setting with a value that is not its default.
constexpr std::string_view kEverything = R"(
[server]
workers        = 3
shutdown_delay = "5s"
drain_timeout  = "1m"
admin          = "127.0.0.1:9901"

[log]
level  = "debug"
access = { format = "off", file = "/var/log/access.log" }

[[listener]]
name            = "https"
address         = "[::1]:8443"
tls             = { min = "1.3", certificates = ["web", "api"] }
forwarded       = "rfc7239"
trusted_proxies = ["10.0.0.0/8", "192.0.2.1"]
backlog         = 7
[listener.limits]
header_bytes        = "16KiB"
header_fields       = 50
line_bytes          = 4096
body_bytes          = "10GiB"
connection_requests = 9
[listener.timeouts]
handshake  = "1s"
header     = "2s"
body       = "3s"
keep_alive = "4s"
send       = "5s"

[[listener]]
address = ":8080"
tls     = { self_signed = true }

[certificate.web]
cert = "certs/web.pem"
key  = "/etc/keys/web.key"

[certificate.api]
cert = "api.pem"
key  = "api.key"

[upstream.grpc]
endpoints       = "http://[fd00::1]:50051"
timeouts        = { connect = "1s", first_byte = "2s", idle = "3s", pool_idle = "4s" }
max_connections = 5
max_pending     = 0

[upstream.app]
endpoints = ["http://127.0.0.1:3000", "http://app.internal"]
balance   = "round_robin"

[[route]]
match         = { host = ["example.com", "*.example.com"], path = "/api/*" }
upstream      = "grpc"
preserve_host = false

[[route]]
match    = { host = "other.example" }
upstream = "http://127.0.0.1:4000"

[[route]]
upstream = "app"
)";

TEST(ConfigRead, every_setting_reaches_its_member) {
  const Result result = read_toml(kEverything, {}, "/etc/gladhand/gladhand.toml");
  ASSERT_TRUE(result.is_valid()) << render(result.diagnostics);
  const Config& c = result.config;

  EXPECT_EQ(c.server.workers, 3u);
  EXPECT_EQ(c.server.shutdown_delay, Millis(5'000));
  EXPECT_EQ(c.server.drain_timeout, Millis(60'000));
  EXPECT_EQ(c.server.admin, "127.0.0.1:9901");
  EXPECT_EQ(c.log.level, LogLevel::debug);
  EXPECT_EQ(c.log.access.format, AccessFormat::off);
  EXPECT_EQ(c.log.access.file, "/var/log/access.log");

  ASSERT_THAT(c.listeners, SizeIs(2));
  const Listener& l = c.listeners[0];
  EXPECT_EQ(l.name, "https");
  EXPECT_EQ(l.address, "[::1]:8443");
  EXPECT_TRUE(l.has_tls);
  EXPECT_EQ(l.tls.min, TlsMinimum::tls1_3);
  EXPECT_THAT(l.tls.certificates, ElementsAre("web", "api"));
  EXPECT_THAT(l.tls.certificate_index, ElementsAre(0, 1));
  EXPECT_FALSE(l.tls.self_signed);
  EXPECT_EQ(l.forwarded, Forwarded::rfc7239);
  EXPECT_THAT(l.trusted_proxies, ElementsAre("10.0.0.0/8", "192.0.2.1/32"));
  EXPECT_EQ(l.backlog, 7u);
  EXPECT_EQ(l.limits.header_bytes, 16u * 1024);
  EXPECT_EQ(l.limits.header_fields, 50u);
  EXPECT_EQ(l.limits.line_bytes, 4096u);
  EXPECT_EQ(l.limits.body_bytes, 10ull << 30);
  EXPECT_EQ(l.limits.connection_requests, 9u);
  EXPECT_EQ(l.timeouts.handshake, Millis(1'000));
  EXPECT_EQ(l.timeouts.header, Millis(2'000));
  EXPECT_EQ(l.timeouts.body, Millis(3'000));
  EXPECT_EQ(l.timeouts.keep_alive, Millis(4'000));
  EXPECT_EQ(l.timeouts.send, Millis(5'000));
  EXPECT_TRUE(c.listeners[1].tls.self_signed);
  EXPECT_EQ(c.listeners[1].name, ":8080");

  ASSERT_THAT(c.certificates, SizeIs(2));
  EXPECT_EQ(c.certificates[0].name, "web");
  EXPECT_EQ(c.certificates[0].cert, "/etc/gladhand/certs/web.pem");
  EXPECT_EQ(c.certificates[0].key, "/etc/keys/web.key");

  ASSERT_THAT(c.upstreams, SizeIs(3));
  EXPECT_EQ(c.upstreams[0].name, "grpc") << "in the order of the file";
  ASSERT_THAT(c.upstreams[0].endpoints, SizeIs(1));
  EXPECT_EQ(c.upstreams[0].endpoints[0].host, "fd00::1");
  EXPECT_EQ(c.upstreams[0].endpoints[0].port, 50051);
  EXPECT_EQ(c.upstreams[0].timeouts.connect, Millis(1'000));
  EXPECT_EQ(c.upstreams[0].timeouts.first_byte, Millis(2'000));
  EXPECT_EQ(c.upstreams[0].timeouts.idle, Millis(3'000));
  EXPECT_EQ(c.upstreams[0].timeouts.pool_idle, Millis(4'000));
  EXPECT_EQ(c.upstreams[0].max_connections, 5u);
  EXPECT_EQ(c.upstreams[0].max_pending, 0u);
  ASSERT_THAT(c.upstreams[1].endpoints, SizeIs(2));
  EXPECT_EQ(c.upstreams[1].endpoints[1].url, "http://app.internal");
  EXPECT_EQ(c.upstreams[1].endpoints[1].port, 80);
  EXPECT_EQ(c.upstreams[2].name, "http://127.0.0.1:4000");

  ASSERT_THAT(c.routes, SizeIs(3));
  EXPECT_THAT(c.routes[0].match.host, ElementsAre("example.com", "*.example.com"));
  EXPECT_THAT(c.routes[0].match.path, ElementsAre("/api/*"));
  EXPECT_FALSE(c.routes[0].preserve_host);
  EXPECT_EQ(c.routes[0].upstream_index, 0);
  EXPECT_EQ(c.routes[1].upstream_index, 2);
  EXPECT_EQ(c.routes[2].upstream_index, 1);
}

void expect_place(const Place& place, std::uint32_t line, std::uint32_t column) {
  EXPECT_EQ(place.file, "gladhand.toml");
  EXPECT_EQ(place.line, line);
  EXPECT_EQ(place.column, column);
}

TEST(ConfigRead, places_are_where_values_and_tables_begin) {
  const Result result = read_toml(kEverything);
  ASSERT_TRUE(result.is_valid());
  const Config& c = result.config;
  expect_place(c.server.admin_place, 6, 18);
  expect_place(c.listeners[0].place, 12, 1);
  expect_place(c.listeners[0].tls.place, 15, 19);
  expect_place(c.certificates[0].cert_place, 37, 8);
  expect_place(c.certificates[0].key_place, 38, 8);
  expect_place(c.upstreams[0].place, 44, 1);
  expect_place(c.upstreams[0].endpoints[0].place, 45, 19);
  expect_place(c.upstreams[1].endpoints[1].place, 51, 39);
  expect_place(c.routes[1].place, 59, 1);
  expect_place(c.upstreams[2].place, 61, 12);
  expect_place(c.upstreams[2].endpoints[0].place, 61, 12);
}

TEST(ConfigRead, what_is_not_in_the_file_has_no_place) {
  EXPECT_EQ(read_between("").config.server.admin_place.line, 0u);
  EXPECT_EQ(read_between("").config.listeners[0].tls.place.line, 0u);
}

TEST(ConfigRead, settings_for_tls_to_an_upstream_reach_their_members) {
  const Result result = read_toml(std::string(kListener) +
                                      "[upstream.app]\nendpoints = \"https://a\"\nprotocols = \"http/1.1\"\n"
                                      "tls = { verify = false, ca = \"ca.pem\", server_name = \"b\", min = \"1.3\", "
                                      "certificate = \"own\" }\n[certificate.own]\ncert = \"c\"\nkey = \"k\"\n" +
                                      std::string(kRoute),
                                  {}, "/etc/gladhand/gladhand.toml");
  ASSERT_THAT(brief(result), IsEmpty());
  const Upstream& u = result.config.upstreams[0];
  EXPECT_TRUE(u.has_tls);
  EXPECT_EQ(u.endpoints[0].scheme, Scheme::https);
  EXPECT_EQ(u.endpoints[0].port, 443);
  EXPECT_THAT(u.protocols, ElementsAre(Protocol::http1_1));
  EXPECT_FALSE(u.tls.verify);
  EXPECT_EQ(u.tls.ca, "/etc/gladhand/ca.pem");
  EXPECT_EQ(u.tls.ca_place.line, 6u);
  EXPECT_EQ(u.tls.ca_place.column, 30u);
  EXPECT_EQ(u.tls.place.line, 6u);
  EXPECT_EQ(u.tls.server_name, "b");
  EXPECT_EQ(u.tls.min, TlsMinimum::tls1_3);
  EXPECT_EQ(u.tls.certificate_index, 0);
}

TEST(ConfigRead, an_upstream_is_verified_unless_the_file_says_otherwise) {
  const Result result = read_between("[upstream.app]\nendpoints = \"https://a\"");
  ASSERT_THAT(brief(result), IsEmpty());
  const Upstream& u = result.config.upstreams[0];
  EXPECT_FALSE(u.has_tls);
  EXPECT_TRUE(u.tls.verify);
  EXPECT_EQ(u.tls.ca, "");
  EXPECT_THAT(u.protocols, ElementsAre(Protocol::h2, Protocol::http1_1));
}

TEST(ConfigRead, a_string_stands_for_a_list_of_one) {
  const Result result = read_between("trusted_proxies = \"10.0.0.0/8\"");
  EXPECT_THAT(brief(result), IsEmpty());
  EXPECT_THAT(result.config.listeners[0].trusted_proxies, ElementsAre("10.0.0.0/8"));
}

TEST(ConfigRead, a_tls_table_alone_turns_tls_on) {
  EXPECT_TRUE(read_between("tls = { self_signed = true }").config.listeners[0].has_tls);
  EXPECT_FALSE(read_between("").config.listeners[0].has_tls);
}

TEST(ConfigRead, relative_certificate_paths_begin_in_the_folder_of_the_file) {
  const auto cert = [](std::string file, std::string_view path) {
    const std::string text = "[certificate.web]\ncert = \"" + std::string(path) + "\"\nkey = \"k\"\n";
    return read_toml(text, {{"DIR", "/run/secrets"}}, std::move(file)).config.certificates.at(0).cert;
  };
  EXPECT_EQ(cert("gladhand.toml", "web.pem"), "web.pem");
  EXPECT_EQ(cert("./gladhand.toml", "web.pem"), "./web.pem");
  EXPECT_EQ(cert("/etc/g/gladhand.toml", "../web.pem"), "/etc/g/../web.pem");
  EXPECT_EQ(cert("/gladhand.toml", "web.pem"), "/web.pem");
  EXPECT_EQ(cert("/etc/g/gladhand.toml", "/abs/web.pem"), "/abs/web.pem");
  EXPECT_EQ(cert("/etc/g/gladhand.toml", "${DIR}/web.pem"), "/run/secrets/web.pem");
}

TEST(ConfigRead, variables_are_expanded_in_every_kind_of_string) {
  const Result result = read_toml(
      "[server]\nadmin = \"${ADMIN}\"\ndrain_timeout = \"${DRAIN:-7s}\"\n[log]\nlevel = \"${LEVEL}\"\n"
      "[[listener]]\naddress = \":${PORT:-8080}\"\nlimits.body_bytes = \"${BODY}\"\ntrusted_proxies = [\"${NET}\"]\n"
      "[[route]]\nupstream = \"http://${APP:-127.0.0.1:3000}\"\n",
      {{"ADMIN", "off"}, {"LEVEL", "error"}, {"BODY", "4096"}, {"NET", "10.0.0.0/8"}, {"APP", "app:1"}});
  ASSERT_THAT(brief(result), IsEmpty()) << render(result.diagnostics);
  EXPECT_EQ(result.config.server.admin, "");
  EXPECT_EQ(result.config.server.drain_timeout, Millis(7'000));
  EXPECT_EQ(result.config.log.level, LogLevel::error);
  EXPECT_EQ(result.config.listeners[0].address, ":8080");
  EXPECT_EQ(result.config.listeners[0].limits.body_bytes, 4096u);
  EXPECT_THAT(result.config.listeners[0].trusted_proxies, ElementsAre("10.0.0.0/8"));
  EXPECT_EQ(result.config.upstreams[0].endpoints[0].host, "app");
}

TEST(ConfigRead, variables_are_not_expanded_in_keys_and_cannot_add_toml) {
  EXPECT_THAT(brief(read_between("[upstream.\"${NAME}\"]\nendpoints = \"http://a\"", {{"NAME", "app"}})),
              ElementsAre("E028 3:1"));
  const Result injected = read_between("name = \"${NAME}\"", {{"NAME", "x\"\nbacklog = 1"}});
  EXPECT_THAT(brief(injected), ElementsAre("E019 3:8"));
  EXPECT_EQ(injected.config.listeners[0].backlog, Listener{}.backlog);
}

TEST(ConfigRead, an_unset_variable_is_an_error_at_its_string) {
  const Result result = read_between("[upstream.app]\nendpoints = [\"http://a\", \"http://${B}\"]");
  ASSERT_THAT(brief(result), ElementsAre("E020 4:26"));
  EXPECT_EQ(underlined(result.diagnostics[0]), "\"http://${B}\"");
}

TEST(ConfigRead, an_unknown_key_is_shown_as_promised) {
  const Result result = read_toml("# comment\n\n[[listener]]\nadress = \":8443\"\n" + std::string(kRoute));
  EXPECT_EQ(render(result.diagnostics),
            "error[E012]: unknown key `adress` in [[listener]]\n"
            " --> gladhand.toml:4:1\n"
            "  |\n"
            "4 | adress = \":8443\"\n"
            "  | ^^^^^^ did you mean `address`?\n");
}

TEST(ConfigRead, unknown_keys_are_found_at_every_depth) {
  const Result result = read_toml(
      "servr = 1\n[log]\nlevl = 1\naccess = { fmt = 1 }\n[[listener]]\naddress = \":1\"\ntls = { self_signed = true, "
      "certs = [] }\n"
      "limits.heder_bytes = 1\n[listener.timeouts]\nsendd = 1\n[certificate.web]\ncert = \"c\"\nkey = \"k\"\npassword "
      "= \"p\"\n"
      "[upstream.app]\nendpoints = \"http://a\"\ntimeouts.conect = 1\n[[route]]\nupstream = \"app\"\nmatch.hosts = "
      "1\n[metrics]\n");
  EXPECT_THAT(brief(result), ElementsAre("E012 1:1", "E012 3:1", "E012 4:12", "E012 7:29", "E012 8:8", "E012 10:1",
                                         "E012 14:1", "E012 17:10", "E012 20:7", "E012 21:2"));
  EXPECT_EQ(result.diagnostics[0].message, "unknown key `servr`");
  EXPECT_EQ(result.diagnostics[0].hint, "did you mean `server`?");
  EXPECT_EQ(result.diagnostics[2].message, "unknown key `fmt` in [log.access]");
  EXPECT_EQ(result.diagnostics[2].hint, "expected one of: format, file, request_headers, response_headers, redact");
  EXPECT_EQ(result.diagnostics[3].message, "unknown key `certs` in [listener.tls]");
  EXPECT_EQ(underlined(result.diagnostics[4]), "heder_bytes");
  EXPECT_EQ(result.diagnostics[6].message, "unknown key `password` in [certificate.web]");
  EXPECT_EQ(result.diagnostics[9].message, "unknown table `metrics`");
}

TEST(ConfigRead, a_required_key_that_is_misspelt_is_one_mistake) {
  EXPECT_THAT(brief(read_toml("[[listener]]\nadress = \":1\"\n[[route]]\nupstrem = \"http://a\"\n")),
              ElementsAre("E012 2:1", "E012 4:1"));
  EXPECT_THAT(brief(read_between("[certificate.web]\ncrt = \"c\"")), ElementsAre("E011 3:1", "E012 4:1"));
}

TEST(ConfigRead, words_are_corrected) {
  const Result result = read_between("forwarded = \"x_forwarded\"\ntls = { min = \"1.1\", self_signed = true }");
  ASSERT_THAT(brief(result), ElementsAre("E017 3:13", "E017 4:15"));
  EXPECT_EQ(result.diagnostics[0].message, "`forwarded` cannot be `x_forwarded`");
  EXPECT_EQ(result.diagnostics[0].hint, "did you mean `x-forwarded`?");
  EXPECT_EQ(result.diagnostics[1].hint, "did you mean `1.2`?");
}

TEST(ConfigRead, tables_of_the_wrong_shape_are_explained) {
  const auto hint = [](std::string_view text) {
    const Result result = read_toml(text);
    for (const Diagnostic& d : result.diagnostics) {
      if (d.rule == Rule::wrong_type) return d.message + " / " + d.hint;
    }
    return std::string("no such error:\n" + render(result.diagnostics));
  };
  EXPECT_EQ(hint("[listener]\naddress = \":1\"\n"),
            "`listener` must be a list of tables, not a table / write [[listener]]");
  EXPECT_EQ(hint("[[server]]\nworkers = 1\n"), "`server` must be a table, not a list / write [server]");
  EXPECT_EQ(hint("[[upstream]]\nendpoints = []\n"),
            "`upstream` must be a table of tables, not a list / write [upstream.NAME]");
  EXPECT_EQ(hint("[upstream]\nendpoints = []\n"),
            "`upstream.endpoints` must be a table, not a list / write [upstream.NAME]");
  EXPECT_EQ(hint("listener = [1]\n"), "`listener` must be a table, not an integer / ");
  EXPECT_EQ(hint("[[listener]]\ntls = true\n"), "`listener.tls` must be a table, not true or false / ");
}

TEST(ConfigRead, one_broken_value_is_one_error) {
  EXPECT_THAT(brief(read_between("tls = true")), ElementsAre("E013 3:7"));
  EXPECT_THAT(brief(read_between("tls = { certificates = 5 }")), ElementsAre("E013 3:24"));
  EXPECT_THAT(brief(read_toml("[[listener]]\naddress = 8080\n" + std::string(kRoute))), ElementsAre("E013 2:11"));
  EXPECT_THAT(brief(read_between("[upstream]\napp = 5")), ElementsAre("E013 4:7"));
  EXPECT_THAT(brief(read_between("[upstream.app]\nendpoints = [1, \"http://a\", \"\"]")),
              ElementsAre("E013 4:14", "E018 4:29"));
}

TEST(ConfigRead, errors_behind_a_broken_element_keep_their_places) {
  EXPECT_THAT(brief(read_between("trusted_proxies = [1, \"10.0.0.0/8\", \"10.0.0.1/8\"]")),
              ElementsAre("E013 3:20", "E025 3:37"));
}

TEST(ConfigRead, twenty_mistakes_are_twenty_errors_in_the_order_of_the_file) {
  const Result result = read_toml(R"([server]
workers = -1
shutdown_delay = "2h"
drain_timeout = 30
admin = "localhost"
[log]
level = "loud"
acces = {}
[[listener]]
address = "8443"
tls = { certificates = "wob" }
limits = { header_bytes = "1KB", header_fields = 0 }
[[listener]]
address = "*:8080"
tls = { self_signed = true, certificates = ["web"] }
trusted_proxies = "10.0.0.0/33"
[certificate.web]
cert = "${WEB_CERT}"
key = ""
[upstream.app]
endpoints = ["ftps://a", "b:80"]
balance = "random"
[[route]]
upstream = "ap"
match = { host = "*", path = "api" }
)");
  EXPECT_THAT(brief(result), ElementsAre("E014 2:11", "E014 3:18", "E013 4:17", "E022 5:9", "E017 7:9", "E012 8:1",
                                         "E022 10:11", "E031 11:24", "E014 12:27", "E014 12:50", "E022 14:11",
                                         "E033 15:23", "E025 16:19", "E020 18:8", "E018 19:7", "E024 21:14",
                                         "E023 21:26", "E017 22:11", "E031 24:12", "E026 25:18", "E027 25:30"));
  EXPECT_FALSE(result.is_valid());
}

TEST(ConfigRead, text_that_is_not_toml_is_one_error_with_a_caret) {
  const Result result = read_toml("[[listener]]\naddress = :8080\n");
  ASSERT_THAT(brief(result), ElementsAre("E001 2:11"));
  EXPECT_EQ(result.diagnostics[0].text, "address = :8080");
  EXPECT_EQ(underlined(result.diagnostics[0]), ":8080");
  EXPECT_TRUE(result.diagnostics[0].message.starts_with("not valid TOML: ")) << result.diagnostics[0].message;
}

TEST(ConfigRead, the_source_stays_for_findings_that_come_later) {
  const Result result = read_between("[certificate.web]\ncert = \"web.pem\"\nkey = \"web.key\"");
  ASSERT_TRUE(result.is_valid());
  const Certificate& web = result.config.certificates[0];
  EXPECT_EQ(render(result.source.diagnose(Rule::missing_file, web.cert_place,
                                          "cannot read web.pem: No such file or directory",
                                          "a path is relative to this file")),
            "error[E050]: cannot read web.pem: No such file or directory\n"
            " --> gladhand.toml:4:8\n"
            "  |\n"
            "4 | cert = \"web.pem\"\n"
            "  |        ^^^^^^^^^ a path is relative to this file\n");
}

TEST(ConfigRead, a_result_may_be_moved) {
  Result first = read_between("nam = 1");
  const Result second = std::move(first);
  EXPECT_EQ(second.source.line(3), "nam = 1");
  EXPECT_EQ(second.source.at("listener[0]").line, 1u);
}

}  // namespace
}  // namespace gladhand::config
