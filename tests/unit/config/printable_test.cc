#include "config/printable.h"

#include <string>

#include <gtest/gtest.h>

namespace gladhand::config {
namespace {

using namespace std::string_literals;

TEST(ConfigPrintable, text_stays_as_it_is) { EXPECT_EQ(printable("héllo wörld\t日本 😀"), "héllo wörld\t日本 😀"); }

TEST(ConfigPrintable, control_characters_become_replacement_characters) {
  EXPECT_EQ(printable("a\x1B[31mb"), "a\uFFFD[31mb");
  EXPECT_EQ(printable("a\0b\nc\x7F"s), "a\uFFFDb\uFFFDc\uFFFD");
  EXPECT_EQ(printable("a\u009Bb"), "a\uFFFDb");
}

TEST(ConfigPrintable, text_cannot_be_turned_around) { EXPECT_EQ(printable("a\u202Eb\u2066c"), "a\uFFFDb\uFFFDc"); }

TEST(ConfigPrintable, each_byte_of_broken_utf8_counts_as_one_character) {
  const std::string broken[] = {"\xFF", "\xC0\xAF", "\xE2\x82", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xF0\x80\x80\x80",
                                "\x80"};
  for (const std::string& text : broken) {
    EXPECT_EQ(count_code_points(text), text.size());
    std::string expected;
    for (std::size_t i = 0; i < text.size(); ++i) expected += "\uFFFD";
    EXPECT_EQ(printable(text), expected);
  }
}

TEST(ConfigPrintable, the_number_of_code_points_is_kept) {
  const std::string text = "aé日😀\x01\xFFz";
  EXPECT_EQ(count_code_points(text), 7u);
  EXPECT_EQ(count_code_points(printable(text)), 7u);
}

TEST(ConfigPrintable, long_text_is_cut_between_code_points) {
  EXPECT_EQ(printable("éééé", 2), "éé…");
  EXPECT_EQ(printable("éé", 2), "éé");
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "é";
  const std::string short_form = back_quoted(many);
  EXPECT_TRUE(short_form.starts_with("`é") && short_form.ends_with("é…`")) << short_form;
  EXPECT_EQ(count_code_points(short_form), 83u);
}

TEST(ConfigPrintable, quotes_are_added) { EXPECT_EQ(back_quoted("adress"), "`adress`"); }

}  // namespace
}  // namespace gladhand::config
