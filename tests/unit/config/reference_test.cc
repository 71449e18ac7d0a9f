#include "config/reference.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/diagnostic.h"
#include "config/examples.h"
#include "config/outline.h"
#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

void collect_tables(const Setting& table, std::set<std::string>& paths) {
  for (const Setting& s : table.members) {
    if (!s.is_table()) continue;
    paths.insert(s.path);
    collect_tables(s.kind == Setting::Kind::table ? s : s.members.front(), paths);
  }
}

TEST(ConfigReference, every_table_has_one_example_and_every_example_a_table) {
  std::set<std::string> tables;
  collect_tables(outline(), tables);
  std::set<std::string> examples;
  for (const Example& example : kExamples) {
    EXPECT_TRUE(examples.emplace(example.path).second) << example.path;
  }
  EXPECT_EQ(examples, tables);
}

TEST(ConfigReference, every_example_is_valid_and_within_its_table) {
  for (const Example& example : kExamples) {
    std::string text(example.text);
    if (!text.contains("[[listener]]")) text += kListener;
    if (!text.contains("[[route]]")) text += kRoute;
    const Result result = read_toml(text);
    EXPECT_THAT(result.diagnostics, IsEmpty()) << example.path << "\n" << render(result.diagnostics);
    const std::string table(example.path.substr(0, example.path.find('.')));
    EXPECT_NE(result.source.given(table), nullptr) << example.path;
  }
}

void expect_rows(const Setting& table, const std::string& page) {
  for (const Setting& s : table.members) {
    EXPECT_THAT(page, HasSubstr("| `" + s.key + "` | ")) << s.path;
    if (s.is_table()) expect_rows(s.kind == Setting::Kind::table ? s : s.members.front(), page);
  }
}

TEST(ConfigReference, every_key_has_a_row_with_its_type_default_and_help) {
  const std::string page = reference();
  for (const Setting& s : outline().members) {
    if (s.is_table()) expect_rows(s.kind == Setting::Kind::table ? s : s.members.front(), page);
  }
  EXPECT_THAT(page, HasSubstr("\n## In no table\n\nBefore the first table of the file.\n\n| key | type | default | what it is |\n|---|---|---|---|\n| `include` | list of strings |  | Further files"));
  EXPECT_THAT(page, HasSubstr("| `drain_timeout` | duration, 0s to 24h | `\"25s\"` | How long open exchanges may go on"));
  EXPECT_THAT(page, HasSubstr("| `upstream` | string | *required* | "));
  EXPECT_THAT(page, HasSubstr("| `tls` | [table](#listenertls) |  | "));
  EXPECT_THAT(page, HasSubstr("## `[upstream.NAME.tls]`\n"));
}

TEST(ConfigReference, every_error_code_has_a_row) {
  const std::string page = reference();
  for (const RuleRow& rule : kRules) EXPECT_THAT(page, HasSubstr("| " + std::string(rule.code) + " | "));
}

}  // namespace
}  // namespace gladhand::config
