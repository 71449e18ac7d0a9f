#include "config/diagnostic.h"

#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gladhand::config {
namespace {

const Diagnostic kUnknownKey{.rule = Rule::unknown_key,
                             .message = "unknown key `adress` in [[listener]]",
                             .place = {"gladhand.toml", 12, 1},
                             .text = "adress = \":8443\"",
                             .indent = 0,
                             .length = 6,
                             .hint = "did you mean `address`?"};

TEST(ConfigDiagnostic, is_shown_with_its_source_line_and_carets) {
  EXPECT_EQ(render(kUnknownKey),
            "error[E012]: unknown key `adress` in [[listener]]\n"
            "  --> gladhand.toml:12:1\n"
            "   |\n"
            "12 | adress = \":8443\"\n"
            "   | ^^^^^^ did you mean `address`?\n");
}

TEST(ConfigDiagnostic, the_gutter_is_as_wide_as_the_line_number) {
  Diagnostic d = kUnknownKey;
  d.place.line = 1234;
  d.hint.clear();
  EXPECT_EQ(render(d),
            "error[E012]: unknown key `adress` in [[listener]]\n"
            "    --> gladhand.toml:1234:1\n"
            "     |\n"
            "1234 | adress = \":8443\"\n"
            "     | ^^^^^^\n");
}

TEST(ConfigDiagnostic, carets_stand_below_their_text_behind_tabs_and_letters_of_several_bytes) {
  Diagnostic d = kUnknownKey;
  d.text = "\té = \"x\"";
  d.indent = 5;
  d.length = 3;
  d.hint.clear();
  EXPECT_TRUE(render(d).ends_with("12 | \té = \"x\"\n   | \t    ^^^\n")) << render(d);
}

TEST(ConfigDiagnostic, without_a_source_line_the_hint_has_a_line_of_its_own) {
  Diagnostic d{.rule = Rule::no_listener,
               .message = "there is no [[listener]]",
               .place = {"gladhand.toml", 0, 0},
               .hint = "add one"};
  EXPECT_EQ(render(d),
            "error[E034]: there is no [[listener]]\n"
            "  --> gladhand.toml\n"
            "   = add one\n");
  d.place.file.clear();
  EXPECT_EQ(render(d),
            "error[E034]: there is no [[listener]]\n"
            "   = add one\n");
}

TEST(ConfigDiagnostic, several_are_shown_one_below_the_other) {
  const std::vector two{kUnknownKey, kUnknownKey};
  EXPECT_EQ(render(two), render(kUnknownKey) + render(kUnknownKey));
  EXPECT_EQ(render(std::vector<Diagnostic>{}), "");
}

TEST(ConfigDiagnostic, machines_get_json) {
  EXPECT_EQ(
      render_json(std::vector{kUnknownKey}),
      "[\n"
      "  {\"code\": \"E012\", \"message\": \"unknown key `adress` in [[listener]]\", \"file\": \"gladhand.toml\", "
      "\"line\": 12, \"column\": 1, \"length\": 6, \"text\": \"adress = \\\":8443\\\"\", "
      "\"hint\": \"did you mean `address`?\"}\n"
      "]\n");
  EXPECT_EQ(render_json(std::vector<Diagnostic>{}), "[]\n");
}

TEST(ConfigDiagnostic, json_escapes_what_strings_cannot_hold) {
  Diagnostic d = kUnknownKey;
  d.message = "quote \" backslash \\ tab \t line \n bell \x07 é";
  const std::string json = render_json(std::vector{d, d});
  EXPECT_NE(json.find(R"("message": "quote \" backslash \\ tab \t line \n bell \u0007 é")"), std::string::npos) << json;
  EXPECT_NE(json.find("},\n  {"), std::string::npos) << json;
}

TEST(ConfigDiagnostic, errors_are_counted_in_words) {
  EXPECT_EQ(count_text(0), "0 errors");
  EXPECT_EQ(count_text(1), "1 error");
  EXPECT_EQ(count_text(20), "20 errors");
}

TEST(ConfigDiagnostic, every_rule_has_a_code_of_its_own_and_a_sentence) {
  std::set<std::string_view> codes;
  for (const RuleRow& rule : kRules) {
    EXPECT_TRUE(std::regex_match(std::string(rule.code), std::regex("E[0-9]{3}"))) << rule.code;
    EXPECT_TRUE(codes.insert(rule.code).second) << rule.code;
    EXPECT_TRUE(rule.help.ends_with('.')) << rule.code;
  }
}

TEST(ConfigDiagnostic, codes_that_people_search_for_never_change) {
  EXPECT_EQ(row(Rule::syntax).code, "E001");
  EXPECT_EQ(row(Rule::unknown_key).code, "E012");
  EXPECT_EQ(row(Rule::unset_variable).code, "E020");
  EXPECT_EQ(row(Rule::undefined).code, "E031");
  EXPECT_EQ(row(Rule::missing_file).code, "E050");
}

}  // namespace
}  // namespace gladhand::config
