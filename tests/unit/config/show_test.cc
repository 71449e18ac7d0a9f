#include "config/show.h"

#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/outline.h"
#include "unit/config/lister.h"

namespace gladhand::config {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

void flatten(const Setting& table, std::vector<std::string>& lines) {
  for (const Setting& s : table.members) {
    lines.push_back(s.path + (s.is_table() ? " is there" : " = " + s.value));
    flatten(s, lines);
  }
}

std::vector<std::string> values_of(const Result& result, std::string_view folder = "") {
  std::vector<std::string> lines;
  flatten(outline(result.config, folder), lines);
  return lines;
}

void expect_round_trip(const Result& first, const std::string& file, Shown shown) {
  ASSERT_THAT(first.diagnostics, IsEmpty()) << render(first.diagnostics);
  const std::string text = show_toml(first.config, first.source, shown);
  const Result second = read_toml(text, {}, file);
  EXPECT_THAT(second.diagnostics, IsEmpty()) << render(second.diagnostics) << text;
  EXPECT_EQ(values_of(second), values_of(first)) << text;
  EXPECT_EQ(second.config.routes.size(), first.config.routes.size());
  for (std::size_t i = 0; i < first.config.routes.size() && i < second.config.routes.size(); ++i) {
    EXPECT_EQ(second.config.routes[i].upstream_index, first.config.routes[i].upstream_index);
  }
}

TEST(ConfigShow, every_setting_reads_back_as_it_was) {
  int tried = 0;
  for (const TriedSetting& s : settings_of()) {
    for (const std::string& value : s.good) {
      if (s.path == "listener.tls.self_signed" && value == "false") continue;  // TLS without a certificate
      SCOPED_TRACE(s.path + " = " + value);
      for (const Shown shown : {Shown::given, Shown::everything}) expect_round_trip(read_toml(file_with(s.path, value)), "gladhand.toml", shown);
      ++tried;
    }
  }
  EXPECT_GT(tried, 60);
}

TEST(ConfigShow, the_example_files_read_back_as_they_were) {
  for (const std::string name : {"gladhand", "reverse-tls", "forward"}) {
    const std::string file = GLADHAND_SOURCE_DIR "/config/" + name + ".toml";
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    SCOPED_TRACE(file);
    for (const Shown shown : {Shown::given, Shown::everything}) expect_round_trip(read_toml(text.str(), {}, file), file, shown);
  }
}

constexpr std::string_view kText = R"([server]
workers = 2

[[listener]]
address = ":8443"
tls     = { certificates = "web" }

[certificate.web]
cert = "${CERT}"
key  = "/keys/web.key"

[[route]]
upstream = "http://127.0.0.1:3000"
)";

TEST(ConfigShow, every_value_says_where_it_came_from) {
  const Result result = read_toml(kText, {{"CERT", "certs/web.pem"}}, "etc/gladhand.toml");
  EXPECT_EQ(show_toml(result.config, result.source, Shown::given), R"(# The configuration of etc/gladhand.toml, as it is in force.

[server]
workers = 2  # etc/gladhand.toml:2

[[listener]]
address = ":8443"  # etc/gladhand.toml:5

[listener.tls]
certificates = ["web"]  # etc/gladhand.toml:6

[certificate.web]
cert = "certs/web.pem"  # etc/gladhand.toml:9
key  = "/keys/web.key"  # etc/gladhand.toml:10

[[route]]
upstream = "http://127.0.0.1:3000"  # etc/gladhand.toml:13
)");
  const std::string all = show_toml(result.config, result.source, Shown::everything);
  EXPECT_THAT(all, HasSubstr("\ndrain_timeout  = \"25s\"             # default\n"));
  EXPECT_THAT(all, HasSubstr("\nworkers        = 2                 # etc/gladhand.toml:2\n"));
  EXPECT_THAT(all, HasSubstr("\n[listener.timeouts]\n"));
  EXPECT_THAT(all, Not(HasSubstr("[upstream"))) << "made of the route's URL";
  EXPECT_THAT(all, Not(HasSubstr("forward]"))) << "to be there would mean something";
}

TEST(ConfigShow, as_json_it_is_the_same_with_null_for_defaults) {
  const Result result = read_toml(kText, {{"CERT", "certs/w\xFF\"b.pem"}}, "etc/gladhand.toml");
  const json all = json::parse(show_json(result.config, result.source, Shown::everything));
  EXPECT_EQ(all["file"], "etc/gladhand.toml");
  const json& shown = all["configuration"];
  EXPECT_EQ(shown["server"]["workers"], json::parse(R"({"value": 2, "from": "etc/gladhand.toml:2"})"));
  EXPECT_EQ(shown["server"]["drain_timeout"], json::parse(R"({"value": "25s", "from": null})"));
  EXPECT_EQ(shown["listener"][0]["tls"]["certificates"]["value"], json({"web"}));
  EXPECT_EQ(shown["listener"][0]["limits"]["header_bytes"]["value"], "32KiB");
  EXPECT_EQ(shown["certificate"]["web"]["cert"]["value"], "certs/w\uFFFD\"b.pem");
  EXPECT_FALSE(shown["listener"][0].contains("forward"));
  const json given = json::parse(show_json(result.config, result.source, Shown::given));
  EXPECT_FALSE(given["configuration"]["server"].contains("drain_timeout"));
  EXPECT_FALSE(given["configuration"]["listener"][0].contains("limits"));
}

TEST(ConfigShow, what_a_variable_brought_is_not_expanded_again) {
  const Result first = read_between("[log]\naccess.file = \"${FILE}\"", {{"FILE", "a${HOME}$${b"}});
  ASSERT_THAT(brief(first), IsEmpty());
  EXPECT_EQ(first.config.log.access.file, "a${HOME}$${b");
  const Result second = read_toml(show_toml(first.config, first.source, Shown::given));
  ASSERT_THAT(brief(second), IsEmpty());
  EXPECT_EQ(second.config.log.access.file, "a${HOME}$${b");
}

TEST(ConfigShow, names_with_dots_and_tables_that_are_empty_but_there_read_back) {
  const Result first = read_toml(
      "[[listener]]\naddress = \":1\"\nmode = \"forward\"\nforward = {}\n[upstream.\"api.v1\"]\nendpoints = \"https://a\"\ntls = {}\n[[route]]\nupstream = \"api.v1\"\n");
  expect_round_trip(first, "gladhand.toml", Shown::given);
  EXPECT_THAT(show_toml(first.config, first.source, Shown::given), HasSubstr("[upstream.\"api.v1\".tls]\n"));
  EXPECT_THAT(show_toml(first.config, first.source, Shown::given), HasSubstr("[listener.forward]\n"));
}

TEST(ConfigShow, options_of_the_command_line_are_named) {
  Result result = read_toml(kText, {{"CERT", "c"}});
  result.config.server.workers = 7;
  result.source.note("server.workers", {.file = "--workers"});
  EXPECT_THAT(show_toml(result.config, result.source, Shown::given), HasSubstr("workers = 7  # --workers\n"));
}

struct Guarded {
  std::string token = "hunter2";
  std::vector<std::string> words = {"hunter2"};
  std::string none;
};

TEST(ConfigShow, secrets_are_redacted_wherever_they_are_shown) {
  Guarded guarded;
  for (const auto of : {Outliner::Of::configuration, Outliner::Of::description}) {
    Setting table;
    Outliner outliner(table, of, "");
    outliner.field("token", guarded.token, secret, "Help.");
    outliner.field("words", guarded.words, secret, "Help.");
    outliner.field("none", guarded.none, secret, "Help.");
    EXPECT_EQ(table.members[0].value, "\"[redacted]\"");
    EXPECT_EQ(table.members[1].value, "[\"[redacted]\"]");
    EXPECT_EQ(table.members[2].value, "");
  }
}

void expect_secrets_marked(const Setting& table) {
  const std::regex telling("(^|_)(password|passphrase|secret|token|credentials?)s?(_|$)");
  for (const Setting& s : table.members) {
    const bool is_telling = std::regex_search(s.key, telling) && s.kind == Setting::Kind::text && !s.key.ends_with("_file");
    EXPECT_TRUE(s.is_secret || !is_telling) << s.path << ": use the constraint `secret`";
    expect_secrets_marked(s);
  }
}

TEST(ConfigShow, settings_that_are_named_like_secrets_are_secret) { expect_secrets_marked(outline()); }

}  // namespace
}  // namespace gladhand::config
