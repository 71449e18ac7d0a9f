// The shipped plugins, and the table of them in plugins/README.md, which is made of their own options.
#include "filter/catalog.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace gladhand::filter {
namespace {

std::string_view kind_name(gladhand_kind kind) {
  switch (kind) {
    case GLADHAND_STRING: return "string";
    case GLADHAND_STRINGS: return "strings";
    case GLADHAND_PAIRS: return "table of strings";
    case GLADHAND_INTEGER: return "integer";
    case GLADHAND_BOOLEAN: return "true or false";
    case GLADHAND_DURATION: return "duration";
    case GLADHAND_BYTES: return "size";
    case GLADHAND_FILE: return "path";
  }
  return "";
}

std::string table() {
  std::string text = "| plugin | option | value | default | |\n|---|---|---|---|---|\n";
  for (const gladhand_plugin* plugin : shipped_plugins()) {
    text += fmt::format("| [`{}`]({}/) | | | | **{}** |\n", plugin->name, plugin->name, plugin->help);
    for (const gladhand_option* option = plugin->options; option != plugin->options + plugin->option_count; ++option) {
      const std::string_view fallback = option->fallback;
      text += fmt::format("| | `{}` | {} | {} | {} |\n", option->key, kind_name(option->kind), option->is_required ? "required" : fallback.empty() ? "–" : fallback, option->help);
    }
  }
  return text;
}

TEST(Catalog, the_table_in_the_readme_is_that_of_the_plugins_themselves) {
  constexpr std::string_view kBegin = "<!-- options: begin (a test compares this with the plugins' own tables) -->\n";
  constexpr std::string_view kEnd = "<!-- options: end -->";
  std::stringstream page;
  page << std::ifstream(GLADHAND_SOURCE_DIR "/plugins/README.md").rdbuf();
  const std::string text = page.str();
  const std::size_t begin = text.find(kBegin), end = text.find(kEnd);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos) << "put back " << kBegin << kEnd;
  const std::size_t from = begin + kBegin.size();
  EXPECT_EQ(text.substr(from, end - from), table()) << "replace the table by:\n" << table();
}

TEST(Catalog, plugins_and_options_have_names_of_their_own_and_a_sentence_of_help) {
  std::set<std::string_view> names;
  for (const gladhand_plugin* plugin : shipped_plugins()) {
    EXPECT_TRUE(names.empty() || *names.rbegin() < plugin->name) << plugin->name << ": not in alphabetical order";
    EXPECT_TRUE(names.insert(plugin->name).second) << plugin->name;
    EXPECT_TRUE(std::string_view(plugin->help).ends_with('.')) << plugin->name;
    std::set<std::string_view> keys{"name"};
    for (const gladhand_option* option = plugin->options; option != plugin->options + plugin->option_count; ++option) {
      EXPECT_TRUE(keys.insert(option->key).second) << plugin->name << " " << option->key;
      EXPECT_TRUE(std::string_view(option->help).ends_with('.')) << plugin->name << " " << option->key;
      EXPECT_EQ(std::string_view(option->help).find('|'), std::string_view::npos) << plugin->name << " " << option->key;
    }
  }
}

TEST(Catalog, every_folder_of_a_plugin_says_what_it_is) {
  for (const gladhand_plugin* plugin : shipped_plugins()) {
    std::string line;
    std::getline(std::ifstream(fmt::format("{}/plugins/{}/README.md", GLADHAND_SOURCE_DIR, plugin->name)) >> std::ws, line);
    EXPECT_TRUE(line.starts_with(fmt::format("`{}`: ", plugin->name))) << line;
  }
}

}  // namespace
}  // namespace gladhand::filter
