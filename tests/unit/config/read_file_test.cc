#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/document.h"
#include "config/read.h"
#include "support/scratch_folder.h"
#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ConfigReadFile : public ::testing::Test {
 protected:
  const test::ScratchFolder folder_;
};

TEST_F(ConfigReadFile, the_text_and_the_folder_are_those_of_the_file) {
  const std::string path = folder_.file("g.toml", "[certificate.web]\ncert = \"${C:-web.pem}\"\nkey = \"k\"\n" +
                                               std::string(kListener) + std::string(kRoute));
  const Result result = read_file(path, environment_of({}));
  EXPECT_THAT(brief(result), IsEmpty());
  EXPECT_EQ(result.config.certificates.at(0).cert, folder_ / "web.pem");
  EXPECT_EQ(result.config.listeners.at(0).place.file, path);
}

TEST_F(ConfigReadFile, a_file_that_is_not_there_is_a_diagnostic) {
  const Result result = read_file(folder_ / "none.toml");
  ASSERT_THAT(brief(result), ElementsAre("E002 0:0"));
  EXPECT_THAT(result.diagnostics[0].message, HasSubstr("No such file or directory"));
  EXPECT_THAT(render(result.diagnostics), HasSubstr("--> " + folder_ / "none.toml"));
}

TEST_F(ConfigReadFile, a_folder_is_a_diagnostic) {
  const Result result = read_file(folder_.path());
  ASSERT_THAT(brief(result), ElementsAre("E002 0:0"));
  EXPECT_THAT(result.diagnostics[0].message, HasSubstr("Is a directory"));
}

TEST_F(ConfigReadFile, an_empty_file_lacks_a_listener_and_a_route) {
  EXPECT_THAT(brief(read_file(folder_.file("empty.toml", ""))), ElementsAre("E034 0:0", "E035 0:0"));
}

TEST_F(ConfigReadFile, a_file_of_the_largest_size_is_read_and_a_larger_one_is_not) {
  std::string text = std::string(kListener) + std::string(kRoute) + "#";
  text.resize(kMostBytes, '.');
  EXPECT_THAT(brief(read_file(folder_.file("full.toml", text))), IsEmpty());
  EXPECT_THAT(brief(read_file(folder_.file("over.toml", text + "."))), ElementsAre("E003 1:1"));
}

TEST_F(ConfigReadFile, an_endless_file_is_not_read_to_its_end) {
  EXPECT_THAT(read_file("/dev/zero").diagnostics, SizeIs(1));
}

// The example files are what people copy.
class ConfigExamples : public ::testing::TestWithParam<const char*> {};

TEST_P(ConfigExamples, is_valid) {
  const Result result = read_file(std::string(GLADHAND_SOURCE_DIR "/config/") + GetParam(), environment_of({}));
  EXPECT_TRUE(result.is_valid()) << render(result.diagnostics);
}

INSTANTIATE_TEST_SUITE_P(OfTheRepository, ConfigExamples, ::testing::Values("gladhand.toml", "reverse-tls.toml", "forward.toml"),
                         [](const auto& example) {
                           const std::string name = example.param;
                           return name.substr(0, name.find_first_of("-."));
                         });

TEST(ConfigExampleFiles, the_list_above_is_complete) {
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(GLADHAND_SOURCE_DIR "/config"))
    found += entry.path().extension() == ".toml";
  EXPECT_EQ(found, 3u);
}

TEST(ConfigExampleFiles, the_smallest_one_has_six_lines_besides_comments) {
  std::ifstream file(GLADHAND_SOURCE_DIR "/config/gladhand.toml");
  int lines = 0;
  bool in_text = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    in_text |= !line.empty();
    lines += in_text;
  }
  EXPECT_EQ(lines, 6);
}

}  // namespace
}  // namespace gladhand::config
