#include "config/source.h"

#include <string>

#include <gtest/gtest.h>

#include "config/printable.h"
#include "config/report.h"
#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

Diagnostic at(const Source& source, std::uint32_t line, std::uint32_t column) {
  return source.diagnose(Rule::unknown_key, {source.file(), line, column}, "message", "hint");
}

std::string underlined_in(std::string_view line, std::uint32_t column) {
  return underlined(at(Source("f", std::string(line)), 1, column));
}

TEST(ConfigSource, has_lines_without_their_endings) {
  const Source source("f", "one\r\ntwo\n\nfour");
  EXPECT_EQ(source.line(1), "one");
  EXPECT_EQ(source.line(2), "two");
  EXPECT_EQ(source.line(3), "");
  EXPECT_EQ(source.line(4), "four");
  EXPECT_EQ(source.line(0), "");
  EXPECT_EQ(source.line(5), "");
  EXPECT_EQ(Source().line(1), "");
}

TEST(ConfigSource, a_byte_order_mark_is_not_part_of_the_first_line) {
  EXPECT_EQ(Source("f", "\xEF\xBB\xBFname = 1").line(1), "name = 1");
}

TEST(ConfigSource, underlines_keys_strings_numbers_lists_and_headers) {
  EXPECT_EQ(underlined_in("adress = 1", 1), "adress");
  EXPECT_EQ(underlined_in("limits.heder = 1", 1), "limits");
  EXPECT_EQ(underlined_in("limits.heder = 1", 8), "heder");
  EXPECT_EQ(underlined_in("a=\"x y\" # c", 3), "\"x y\"");
  EXPECT_EQ(underlined_in("a = \"x\\\"y\"", 5), "\"x\\\"y\"");
  EXPECT_EQ(underlined_in("a = 'x\\'", 5), "'x\\'");
  EXPECT_EQ(underlined_in("a = -1.5e3, b", 5), "-1.5e3");
  EXPECT_EQ(underlined_in("a = 07:32:00", 5), "07:32:00");
  EXPECT_EQ(underlined_in("a = [1, [\"]\"], {b = 2}] # c", 5), "[1, [\"]\"], {b = 2}]");
  EXPECT_EQ(underlined_in("[[listener]] # c", 1), "[[listener]]");
  EXPECT_EQ(underlined_in("a = {b = true}", 10), "true");
}

TEST(ConfigSource, what_goes_on_in_the_next_line_is_underlined_to_the_end_of_its_first) {
  EXPECT_EQ(underlined_in("a = [1,", 5), "[1,");
  EXPECT_EQ(underlined_in("a = [1, # ]", 5), "[1, ");
  EXPECT_EQ(underlined_in("a = \"\"\"x", 5), "\"\"\"x");
  EXPECT_EQ(underlined_in("a = \"never closed", 5), "\"never closed");
}

TEST(ConfigSource, columns_count_code_points) {
  const Diagnostic d = at(Source("f", "\"é日😀\" = \"ü\""), 1, 9);
  EXPECT_EQ(underlined(d), "\"ü\"");
  EXPECT_EQ(d.indent, 8u);
  EXPECT_EQ(d.length, 3u);
}

TEST(ConfigSource, a_place_behind_the_line_gets_one_caret_behind_it) {
  const Diagnostic d = at(Source("f", "a = "), 1, 99);
  EXPECT_EQ(d.text, "a =");
  EXPECT_EQ(d.indent, 3u);
  EXPECT_EQ(d.length, 1u);
}

TEST(ConfigSource, a_place_that_is_not_in_the_text_has_no_source_line) {
  const Source source("f", "a = 1");
  EXPECT_EQ(at(source, 0, 0).text, "");
  EXPECT_EQ(at(source, 7, 1).text, "");
  EXPECT_EQ(source.diagnose(Rule::unknown_key, {"other", 1, 1}, "m").text, "");
  EXPECT_EQ(Source().diagnose(Rule::unknown_key, {}, "m").text, "");
}

TEST(ConfigSource, only_the_neighbourhood_is_shown_of_a_long_line) {
  const std::string long_line = std::string(500, 'x') + "=" + std::string(500, 'y');
  const Diagnostic middle = at(Source("f", long_line), 1, 501);
  EXPECT_TRUE(middle.text.starts_with("…x") && middle.text.ends_with("y…")) << middle.text;
  EXPECT_EQ(underlined(middle), "=");
  EXPECT_LT(count_code_points(middle.text), 170u);

  const Diagnostic first = at(Source("f", long_line), 1, 1);
  EXPECT_TRUE(first.text.starts_with("x") && first.text.ends_with("x…")) << first.text;
  EXPECT_EQ(first.length, 160u);

  const Diagnostic last = at(Source("f", long_line), 1, 502);
  EXPECT_TRUE(last.text.starts_with("…x"));
  EXPECT_EQ(last.indent + last.length, 1u + 160u);

  const Diagnostic behind = at(Source("f", long_line), 1, 5000);
  EXPECT_EQ(behind.indent, 1u + 40u);
  EXPECT_EQ(behind.length, 1u);
}

TEST(ConfigSource, nothing_in_a_diagnostic_can_steer_a_terminal) {
  const Source source("f\x1B", "a = \"\x1B[2J\"\xFF");
  const Diagnostic d = source.diagnose(Rule::bad_text, {"f\x1B", 1, 5}, "m\x1B", "h\x1B");
  EXPECT_EQ(d.message, "m\uFFFD");
  EXPECT_EQ(d.hint, "h\uFFFD");
  EXPECT_EQ(d.place.file, "f\uFFFD");
  EXPECT_EQ(d.text, "a = \"\uFFFD[2J\"\uFFFD");
}

TEST(ConfigSource, finds_the_nearest_place_around_a_path) {
  Source source("f", "");
  source.note("listener[0]", {"f", 1, 1});
  source.note("listener[0].tls", {"f", 3, 5});
  EXPECT_EQ(source.at("listener[0].tls").line, 3u);
  EXPECT_EQ(source.at("listener[0].tls.certificates[2]").line, 3u);
  EXPECT_EQ(source.at("listener[0].address").line, 1u);
  EXPECT_EQ(source.at("listener[1].address").line, 0u);
  EXPECT_EQ(source.at("").line, 0u);
  EXPECT_EQ(source.at("route").file, "f");
}

TEST(ConfigReport, is_in_the_order_of_the_file) {
  const Source source("f", "a\nb\nc");
  Report report(source);
  report.add(Place{"f", 3, 1}, {Rule::unknown_key, "third"});
  report.add(Place{"f", 1, 2}, {Rule::unknown_key, "second"});
  report.add(Place{"f", 1, 1}, {Rule::unknown_key, "first"});
  report.add(Place{"f", 0, 0}, {Rule::no_route, "whole file"});
  EXPECT_EQ(brief(report.take()), (std::vector<std::string>{"E035 0:0", "E012 1:1", "E012 1:2", "E012 3:1"}));
}

TEST(ConfigReport, is_silent_about_settled_places_and_only_about_those) {
  const Source source("f", "a\nb");
  Report report(source);
  report.add(Place{"f", 1, 1}, {Rule::missing_key, "one"});
  report.add(Place{"f", 1, 1}, {Rule::missing_key, "two in one place"});
  report.add(Place{"f", 0, 0}, {Rule::no_route, "no place"});
  report.settle();
  report.add(Place{"f", 1, 1}, {Rule::bad_url, "silenced"});
  report.add(Place{"f", 1, 2}, {Rule::bad_url, "another column"});
  report.add(Place{"f", 0, 0}, {Rule::no_listener, "no place"});
  EXPECT_EQ(brief(report.take()),
            (std::vector<std::string>{"E035 0:0", "E034 0:0", "E011 1:1", "E011 1:1", "E023 1:2"}));
}

TEST(ConfigReport, keeps_as_many_as_anybody_reads) {
  const Source source("f", "a");
  Report report(source);
  for (int i = 0; i < 10'000; ++i) report.add(Place{"f", 1, 1}, {Rule::unknown_key, "again"});
  EXPECT_TRUE(report.is_full());
  EXPECT_EQ(report.take().size(), 200u);
}

}  // namespace
}  // namespace gladhand::config
