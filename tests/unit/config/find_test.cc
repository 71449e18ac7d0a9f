#include "config/find.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

std::string found(std::string_view option, Variables variables, std::set<std::string> files) {
  const auto result =
      find(option, environment_of(std::move(variables)), [&](const std::string& path) { return files.contains(path); });
  return result ? result->path + " by " + std::string(result->chosen_by) : render(result.error());
}

const std::set<std::string> kAll{"a.toml", "b.toml", "./gladhand.toml", "/etc/gladhand/gladhand.toml"};

TEST(ConfigFind, the_option_comes_first) {
  EXPECT_EQ(found("a.toml", {{"GLADHAND_CONFIG", "b.toml"}}, kAll), "a.toml by --config");
}

TEST(ConfigFind, then_the_environment) {
  EXPECT_EQ(found("", {{"GLADHAND_CONFIG", "b.toml"}}, kAll), "b.toml by $GLADHAND_CONFIG");
}

TEST(ConfigFind, then_this_folder) {
  EXPECT_EQ(found("", {}, kAll), "./gladhand.toml by the default search");
  EXPECT_EQ(found("", {{"GLADHAND_CONFIG", ""}}, kAll), "./gladhand.toml by the default search");
}

TEST(ConfigFind, then_etc) {
  EXPECT_EQ(found("", {}, {"/etc/gladhand/gladhand.toml"}), "/etc/gladhand/gladhand.toml by the default search");
}

TEST(ConfigFind, a_file_that_was_asked_for_is_not_replaced_by_another) {
  EXPECT_EQ(found("none.toml", {{"GLADHAND_CONFIG", "b.toml"}}, kAll),
            "error[E004]: there is no file `none.toml`\n   = given by --config\n");
  EXPECT_EQ(found("", {{"GLADHAND_CONFIG", "none.toml"}}, kAll),
            "error[E004]: there is no file `none.toml`\n   = given by $GLADHAND_CONFIG\n");
}

TEST(ConfigFind, the_error_lists_what_was_tried) {
  EXPECT_EQ(found("", {}, {}),
            "error[E004]: no configuration file was found\n"
            "   = tried --config and $GLADHAND_CONFIG (not given), ./gladhand.toml, /etc/gladhand/gladhand.toml\n");
}

TEST(ConfigFind, folders_are_no_files_and_devices_are) {
  EXPECT_TRUE(is_file(GLADHAND_SOURCE_DIR "/config/gladhand.toml"));
  EXPECT_TRUE(is_file("/dev/null"));
  EXPECT_FALSE(is_file(GLADHAND_SOURCE_DIR "/config"));
  EXPECT_FALSE(is_file("/nowhere/at/all"));
  EXPECT_FALSE(is_file(""));
}

}  // namespace
}  // namespace gladhand::config
