#include "config/document.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gladhand::config {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string position(Position at) { return std::to_string(at.line) + ":" + std::to_string(at.column); }

// "E001 2:5", or "valid".
std::string outcome(std::string_view text) {
  const auto document = parse_document(text);
  if (document) return "valid";
  return std::string(row(document.error().fault.rule).code) + " " + position(document.error().at);
}

TEST(ConfigDocument, every_kind_of_value_is_told_apart) {
  const auto root = parse_document("s = \"x\"\ni = -7\nf = 1.5\nb = true\nd = 2024-01-01\nl = [1, 2]\nt = {a = 1}\n");
  ASSERT_TRUE(root);
  ASSERT_THAT(root->members, SizeIs(7));
  EXPECT_EQ(root->members[0].value.kind, Node::Kind::string);
  EXPECT_EQ(root->members[0].value.text, "x");
  EXPECT_EQ(root->members[1].value.kind, Node::Kind::integer);
  EXPECT_EQ(root->members[1].value.integer, -7);
  EXPECT_EQ(root->members[2].value.kind, Node::Kind::number);
  EXPECT_EQ(root->members[3].value.kind, Node::Kind::boolean);
  EXPECT_TRUE(root->members[3].value.boolean);
  EXPECT_EQ(root->members[4].value.kind, Node::Kind::date);
  EXPECT_EQ(root->members[5].value.kind, Node::Kind::list);
  EXPECT_THAT(root->members[5].value.items, SizeIs(2));
  EXPECT_EQ(root->members[6].value.kind, Node::Kind::table);
  EXPECT_THAT(root->members[6].value.members, SizeIs(1));
}

TEST(ConfigDocument, members_are_in_the_order_of_the_file) {
  const auto root = parse_document("z = 1\na = 2\nm = 3\n");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->members[0].key, "z");
  EXPECT_EQ(root->members[1].key, "a");
  EXPECT_EQ(root->members[2].key, "m");
}

TEST(ConfigDocument, positions_count_code_points_behind_a_byte_order_mark) {
  const auto root = parse_document("\xEF\xBB\xBF\"é日😀\" = \"x\"\r\n\tb = {c = 1}\n");
  ASSERT_TRUE(root);
  EXPECT_EQ(position(root->members[0].at), "1:1");
  EXPECT_EQ(position(root->members[0].value.at), "1:9");
  EXPECT_EQ(position(root->members[1].at), "2:2");
  EXPECT_EQ(position(root->members[1].value.at), "2:6");
  EXPECT_EQ(position(root->members[1].value.members[0].at), "2:7");
}

TEST(ConfigDocument, a_table_begins_at_its_header) {
  const auto root = parse_document("\n[[a]]\n[[a]]\n[ b.c ]\nd = 1\n");
  ASSERT_TRUE(root);
  EXPECT_EQ(position(root->members[0].value.items[0].at), "2:1");
  EXPECT_EQ(position(root->members[0].value.items[1].at), "3:1");
  EXPECT_EQ(position(root->members[1].value.members[0].value.at), "4:1");
}

TEST(ConfigDocument, a_syntax_error_has_a_place) {
  EXPECT_EQ(outcome("a = 1\nb = = 2\n"), "E001 2:5");
  EXPECT_EQ(outcome("a = tru"), "E001 1:8");
  EXPECT_EQ(outcome("a = \"\\q\""), "E001 1:7");
  EXPECT_EQ(outcome("a = \"b\nc\""), "E001 1:7");
  EXPECT_EQ(outcome("[a\n"), "E001 1:3");
  EXPECT_EQ(outcome("a"), "E001 1:2");
  EXPECT_EQ(outcome("a = 9223372036854775808"), "E001 1:24");
}

TEST(ConfigDocument, a_file_that_is_not_utf8_is_blamed_on_its_first_wrong_byte) {
  EXPECT_EQ(outcome("\xFF"), "E001 1:1");
  EXPECT_EQ(outcome("\xEF\xBB\xBF"
                    "a\xFF"),
            "E001 1:2");
  EXPECT_EQ(outcome("a = 1\r\nb = \"é\xC3\""), "E001 2:7");
  EXPECT_EQ(outcome("# \xE2\x82"), "E001 1:3");
}

TEST(ConfigDocument, what_is_no_key_behind_a_bracket_is_an_error_and_no_assertion) {
  for (const std::string_view text :
       {"[", "[=", "[.", "[[{", "[\n", "[/", "[#", "[,]", "[ ]", "[[]]", "[a.]", "[a..b]", "[.a]"}) {
    EXPECT_TRUE(outcome(text).starts_with("E001 1:")) << text << ": " << outcome(text);
  }
}

TEST(ConfigDocument, letters_beyond_ascii_are_no_blanks) {
  const auto document = parse_document("a = \"\"\"\\\n  é\"\"\"\n\"\u2E80\" = '\uFD7F'");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->members[0].value.text, "é");
  EXPECT_EQ(document->members[1].key, "\u2E80");
  EXPECT_EQ(outcome("é = 1"), "E001 1:1");
  EXPECT_EQ(outcome("a é = 1"), "E001 1:3");
  EXPECT_EQ(outcome("[[s\uFD7F"), "E001 1:4");
}

TEST(ConfigDocument, a_key_given_twice_is_blamed_on_the_second_key) {
  EXPECT_EQ(outcome("address = 1\n  address = 2\n"), "E001 2:3");
  EXPECT_EQ(outcome("[a]\nx.y = 1\nx.y = 2\n"), "E001 3:3");
  EXPECT_EQ(outcome("\xEF\xBB\xBF\"é\" = 1\n\"é\" = 2\n"), "E001 2:7") << "toml++ garbles quoted keys: behind its =";
  EXPECT_EQ(outcome("[a]\n[a]\n"), "E001 2:1") << "the whole header";
  EXPECT_EQ(outcome("a = 1\n[[a]]\n"), "E001 2:1");
  EXPECT_THAT(parse_document("a = 1\na = 2").error().fault.message, HasSubstr("cannot redefine existing integer 'a'"));
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(ConfigDocument, keys_may_have_32_parts) {
  EXPECT_EQ(outcome(repeated("a.", 31) + "a = 1"), "valid");
  EXPECT_EQ(outcome(repeated("a.", 32) + "a = 1"), "E003 1:64");
  EXPECT_EQ(outcome("x = 1\n[" + repeated("a . ", 31) + "a]"), "valid");
  EXPECT_EQ(outcome("x = 1\n[" + repeated("é.", 32) + "a]"), "E003 2:65");
  EXPECT_EQ(outcome("x = 1\nt = {" + repeated("\"a\".", 32) + "a = 1}"), "E003 2:133");
}

TEST(ConfigDocument, dots_that_do_not_part_keys_do_not_count) {
  const std::string dots = repeated(".", 100);
  EXPECT_EQ(outcome("a = \"" + dots + "\""), "valid");
  EXPECT_EQ(outcome("a = '" + dots + "'"), "valid");
  EXPECT_EQ(outcome("a = \"\\\"" + dots + "\""), "valid");
  EXPECT_EQ(outcome("a = \"\"\"\n\"" + dots + "\n" + dots + "\"\"\"\nb = '''\n'" + dots + "'''"), "valid");
  EXPECT_EQ(outcome("# it's " + dots + "\na = 1 # \"" + dots), "valid");
  EXPECT_EQ(outcome("a = [" + repeated("1.5, ", 100) + "]"), "valid");
  EXPECT_EQ(outcome(repeated("a.b.", 8) + "c = 1.5\n" + repeated("b.b.", 8) + "c = 1.5\n"), "valid");
}

TEST(ConfigDocument, lines_are_counted_within_long_strings) {
  EXPECT_EQ(outcome("a = \"\"\"\n\n\n\"\"\"\n" + repeated("a.", 40)), "E003 5:64");
}

TEST(ConfigDocument, values_may_nest_32_deep) {
  EXPECT_EQ(outcome("a = " + repeated("[", 31) + repeated("]", 31)), "valid");
  EXPECT_TRUE(outcome("a = " + repeated("[", 33) + repeated("]", 33)).starts_with("E001 1:"));
}

TEST(ConfigDocument, a_megabyte_is_enough) {
  EXPECT_EQ(outcome(repeated("#", kMostBytes)), "valid");
  EXPECT_EQ(outcome(repeated("#", kMostBytes + 1)), "E003 1:1");
}

}  // namespace
}  // namespace gladhand::config
