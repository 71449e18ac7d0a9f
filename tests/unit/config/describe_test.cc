// Every constraint of every setting, found by a visitor of this test's own: what describe() promises, reading keeps.
#include "config/describe.h"

#include <functional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/lister.h"

namespace gladhand::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ConfigDescribe, values_at_the_ends_of_their_ranges_are_accepted_and_kept) {
  int tried = 0;
  for (const TriedSetting& s : settings_of()) {
    for (const std::string& value : s.good) {
      if (s.path == "listener.tls.self_signed" && value == "false") continue;  // TLS without a certificate
      const Result result = read_toml(file_with(s.path, value));
      EXPECT_THAT(brief(result), IsEmpty()) << s.path << " = " << value << "\n" << render(result.diagnostics);
      ++tried;
    }
  }
  EXPECT_GT(tried, 60);
}

TEST(ConfigDescribe, values_beyond_their_ranges_or_of_another_type_are_one_error_each) {
  int tried = 0;
  for (const TriedSetting& s : settings_of()) {
    for (const auto& [value, code] : s.bad) {
      const Result result = read_toml(file_with(s.path, value));
      ASSERT_EQ(result.diagnostics.size(), 1u) << s.path << " = " << value << "\n" << render(result.diagnostics);
      EXPECT_EQ(result.diagnostics[0].code(), code) << s.path << " = " << value << "\n" << render(result.diagnostics);
      const bool has_cure = !result.diagnostics[0].hint.empty() || result.diagnostics[0].message.contains(" must be ");
      EXPECT_TRUE(has_cure) << s.path << " = " << value << "\n" << render(result.diagnostics);
      ++tried;
    }
  }
  EXPECT_GT(tried, 150);
}

TEST(ConfigDescribe, required_keys_are_missed) {
  std::vector<std::string> required;
  for (const TriedSetting& s : settings_of()) {
    if (s.required) required.push_back(s.path);
  }
  EXPECT_THAT(required, ElementsAre("listener.address", "certificate.cert", "certificate.key", "upstream.endpoints",
                                    "upstream.sticky.cookie", "route.upstream", "plugin.path"));
  const Result result = read_toml("[[listener]]\n[certificate.web]\n[upstream.app]\n[[route]]\n");
  EXPECT_THAT(brief(result), ElementsAre("E011 1:1", "E011 2:1", "E011 2:1", "E011 3:1", "E011 4:1"));
  EXPECT_EQ(result.diagnostics[2].message, "[certificate.web] has no `key`");
}

TEST(ConfigDescribe, keys_are_words_with_underscores_and_stand_once) {
  std::set<std::string> paths;
  for (const TriedSetting& s : settings_of()) {
    EXPECT_TRUE(std::regex_match(s.path, std::regex("[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*"))) << s.path;
    EXPECT_TRUE(paths.insert(s.path).second) << s.path;
  }
  EXPECT_TRUE(paths.contains("listener.timeouts.keep_alive"));
}

TEST(ConfigDescribe, every_setting_has_a_sentence_of_help) {
  for (const TriedSetting& s : settings_of())
    EXPECT_TRUE(s.help.size() > 10 && s.help.ends_with('.')) << s.path << ": " << s.help;
}

std::vector<std::string> values_of(Config config) {
  std::vector<std::string> out;
  for (const TriedSetting& s : settings_of(std::move(config))) out.push_back(s.path + " = " + s.value);
  return out;
}

template <class Struct>
std::vector<std::string> values_of_table(Struct table) {
  std::vector<TriedSetting> settings;
  Lister lister(settings);
  describe(lister, table);
  std::vector<std::string> out;
  for (const TriedSetting& s : settings) {
    if (!s.required) out.push_back(s.path + " = " + s.value);
  }
  return out;
}

TEST(ConfigDescribe, defaults_are_the_member_initialisers) {
  const Result result = read_toml(
      "[[listener]]\naddress = \":1\"\n[upstream.app]\nendpoints = \"http://a\"\n[[route]]\nupstream = \"app\"\n");
  ASSERT_THAT(brief(result), IsEmpty());
  EXPECT_EQ(values_of(result.config), values_of(Config{}));
  Listener listener = result.config.listeners.at(0);
  EXPECT_EQ(listener.name, ":1");
  listener.name.clear();
  EXPECT_EQ(values_of_table(listener), values_of_table(Listener{}));
  EXPECT_EQ(values_of_table(result.config.upstreams.at(0)), values_of_table(Upstream{}));
  EXPECT_EQ(values_of_table(result.config.routes.at(0)), values_of_table(Route{}));
}

TEST(ConfigDescribe, enumerators_have_words) {
  EXPECT_EQ(word(LogLevel::error), "error");
  EXPECT_EQ(word(LogLevel::debug), "debug");
  EXPECT_EQ(word(AccessFormat::off), "off");
  EXPECT_EQ(word(TlsMinimum::tls1_3), "1.3");
  EXPECT_EQ(word(Balance::round_robin), "round_robin");
  EXPECT_EQ(word(Balance::least_request), "least_request");
  EXPECT_EQ(word(Redirect::https), "https");
  EXPECT_EQ(word(Mode::reverse), "reverse");
  EXPECT_EQ(word(Mode::forward), "forward");
  EXPECT_EQ(word(Forwarded::x_forwarded), "x-forwarded");
  EXPECT_EQ(word(Forwarded::both), "both");
}

}  // namespace
}  // namespace gladhand::config
