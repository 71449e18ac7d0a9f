// Plugins and their options as they stand in a file; what they mean is for filter/ to know.
#include <gmock/gmock.h>

#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<PluginUse> plugins_of(std::string_view value, Variables variables = {}) {
  const Result result = read_toml(std::string(kListener) + std::string(kRoute) + "plugins = " + std::string(value), std::move(variables), "etc/gladhand.toml");
  EXPECT_THAT(brief(result), IsEmpty()) << render(result.diagnostics);
  return result.config.routes.at(0).plugins;
}

TEST(ConfigPlugins, a_name_alone_is_one_without_options) {
  for (const std::string_view text : {R"("compress")", R"(["compress"])", R"([{ name = "compress" }])", R"({ name = "compress" })"}) {
    const auto uses = plugins_of(text);
    ASSERT_EQ(uses.size(), 1u) << text;
    EXPECT_EQ(uses[0].name, "compress") << text;
    EXPECT_THAT(uses[0].options, IsEmpty()) << text;
    EXPECT_EQ(uses[0].place.line, 5u) << text;
  }
}

TEST(ConfigPlugins, options_keep_their_kinds_and_places) {
  using Kind = PluginOption::Kind;
  const auto uses = plugins_of(R"(["a", { n = 7, name = "b", t = "${WHO}", b = true, l = ["x", 1], p = { k = "v" }, f = 1.5 }])", {{"WHO", "me"}});
  ASSERT_EQ(uses.size(), 2u);
  const auto& options = uses[1].options;
  std::vector<Kind> kinds;
  std::vector<std::string> keys;
  for (const PluginOption& option : options) {
    keys.push_back(option.key);
    kinds.push_back(option.kind);
  }
  EXPECT_THAT(keys, ElementsAre("n", "t", "b", "l", "p", "f"));
  EXPECT_THAT(kinds, ElementsAre(Kind::integer, Kind::text, Kind::boolean, Kind::list, Kind::table, Kind::other));
  EXPECT_EQ(options[0].integer, 7);
  EXPECT_EQ(options[0].key_place.column, 19u);
  EXPECT_EQ(options[0].place.column, 23u);
  EXPECT_EQ(options[1].text, "me") << "variables are expanded";
  EXPECT_TRUE(options[2].boolean);
  ASSERT_EQ(options[3].items.size(), 2u);
  EXPECT_EQ(options[3].items[0].text, "x");
  EXPECT_EQ(options[3].items[1].kind, Kind::integer);
  ASSERT_EQ(options[4].items.size(), 1u);
  EXPECT_EQ(options[4].items[0].key, "k");
  EXPECT_EQ(options[4].items[0].text, "v");
  EXPECT_EQ(uses[1].folder, "etc/");
}

TEST(ConfigPlugins, a_path_of_one_from_outside_is_relative_to_the_file) {
  const Result result = read_toml(std::string(kListener) + std::string(kRoute) + "[plugin.mine]\npath = \"mine.so\"\n", {}, "etc/gladhand.toml");
  ASSERT_THAT(brief(result), IsEmpty());
  ASSERT_EQ(result.config.plugins.size(), 1u);
  EXPECT_EQ(result.config.plugins[0].name, "mine");
  EXPECT_EQ(result.config.plugins[0].path, "etc/mine.so");
  EXPECT_EQ(result.config.plugins[0].path_place.line, 6u);
}

TEST(ConfigPlugins, what_is_none_is_an_error_at_its_place) {
  const auto errors = [](std::string_view value) { return brief(read_toml(std::string(kListener) + std::string(kRoute) + "plugins = " + std::string(value))); };
  EXPECT_THAT(errors("[1]"), ElementsAre("E013 5:12"));
  EXPECT_THAT(errors("true"), ElementsAre("E013 5:11"));
  EXPECT_THAT(errors("[\"\"]"), ElementsAre("E018 5:12"));
  EXPECT_THAT(errors("[{ a = 1 }]"), ElementsAre("E011 5:12"));
  EXPECT_THAT(errors("[{ name = 1 }]"), ElementsAre("E013 5:21")) << "not that there is no name, too";
  EXPECT_THAT(errors("[{ name = \"a\", b = \"${NONE}\" }]"), ElementsAre("E020 5:30"));
}

}  // namespace
}  // namespace gladhand::config
