#include "filter/settings.h"

#include <gmock/gmock.h>

#include "unit/config/reading.h"

namespace gladhand::filter {
namespace {

using testing::IsEmpty;

constexpr gladhand_option kOptions[] = {{"file", GLADHAND_FILE, 0, 0, 0, "", "A file."}, {"name", GLADHAND_STRING, 0, 0, 0, "", "A name."}};
constexpr gladhand_plugin kPlugin{.size = sizeof(gladhand_plugin), .abi = GLADHAND_ABI, .name = "one", .help = "One.", .options = kOptions, .option_count = 2};

// The text of an option of a plugin that a configuration in etc/gladhand/ uses.
std::string text_of(std::string key, std::string text) {
  const config::PluginUse use{.name = "one", .options = {{.key = std::move(key), .text = std::move(text)}}, .folder = "etc/gladhand/"};
  std::vector<config::Diagnostic> problems;
  const Settings settings = read_settings(kPlugin, use, config::Source(), problems);
  EXPECT_THAT(problems, IsEmpty());
  return settings.values.size() == 1 ? std::string(settings.values[0].text.data, settings.values[0].text.size) : "no setting";
}

TEST(FilterSettings, a_file_is_found_beside_the_configuration_unless_it_says_where) {
  EXPECT_EQ(text_of("file", "users"), "etc/gladhand/users");
  EXPECT_EQ(text_of("file", "../users"), "etc/gladhand/../users");
  EXPECT_EQ(text_of("file", "/etc/users"), "/etc/users");
  EXPECT_EQ(text_of("name", "users"), "users") << "is no file";
}

}  // namespace
}  // namespace gladhand::filter
