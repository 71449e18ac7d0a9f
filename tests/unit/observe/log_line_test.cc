#include "observe/log_line.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace gladhand::observe {
namespace {

std::string as_text(std::string_view bytes) {
  const auto line = std::make_unique<LogLine>();
  line->clear();
  line->text(bytes);
  EXPECT_TRUE(line->is_whole());
  return std::string(line->view());
}

std::string as_timestamp(Nanos since_epoch) {
  const auto line = std::make_unique<LogLine>();
  line->clear();
  line->timestamp(std::chrono::sys_time<Nanos>(since_epoch));
  return std::string(line->view());
}

TEST(LogLine, plain_text_is_only_quoted) { EXPECT_EQ(as_text("GET /a?b=c&d"), "\"GET /a?b=c&d\""); }

TEST(LogLine, quotes_backslashes_and_control_characters_are_escaped) {
  EXPECT_EQ(as_text("a\"b\\c\n\r\t"), R"("a\"b\\c\n\r\t")");
  EXPECT_EQ(as_text(std::string_view("\0\x01\x1b[31m\x7f", 8)), R"("\u0000\u0001\u001b[31m\u007f")");
}

TEST(LogLine, text_beyond_ascii_stays_as_it_is) {
  EXPECT_EQ(as_text("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\xa4\x9d"),
            "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\xa4\x9d\"");
}

TEST(LogLine, characters_that_break_or_reorder_lines_are_escaped) {
  EXPECT_EQ(as_text("\xe2\x80\xa8\xe2\x80\xa9"), R"("\u2028\u2029")");
  EXPECT_EQ(as_text("\xe2\x80\xae\xe2\x81\xa6"), R"("\u202e\u2066")");
  EXPECT_EQ(as_text("\xc2\x85\xc2\x9b"), R"("\u0085\u009b")");
  EXPECT_EQ(as_text("\xc2\xa0"), "\"\xc2\xa0\"");
}

TEST(LogLine, each_byte_that_is_not_utf8_is_replaced) {
  EXPECT_EQ(as_text("\xff"), R"("\ufffd")");
  EXPECT_EQ(as_text("a\x80z"), R"("a\ufffdz")");
  EXPECT_EQ(as_text("\xc3"), R"("\ufffd")");                                // cut short
  EXPECT_EQ(as_text("\xc3("), R"("\ufffd(")");                              // what follows survives
  EXPECT_EQ(as_text("\xc0\xaf"), R"("\ufffd\ufffd")");                      // overlong
  EXPECT_EQ(as_text("\xe0\x80\xaf"), R"("\ufffd\ufffd\ufffd")");            // overlong
  EXPECT_EQ(as_text("\xed\xa0\x80"), R"("\ufffd\ufffd\ufffd")");            // surrogate
  EXPECT_EQ(as_text("\xf4\x90\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");  // past the last character
  EXPECT_EQ(as_text("\xf5\x80\x80\x80"), R"("\ufffd\ufffd\ufffd\ufffd")");
}

TEST(LogLine, a_long_text_is_cut_and_says_so) {
  const std::string limit(LogLine::kTextBytes, 'a');
  EXPECT_EQ(as_text(limit), "\"" + limit + "\"");
  EXPECT_EQ(as_text(limit + "b"), "\"" + limit + "\xe2\x80\xa6\"");
  EXPECT_EQ(as_text(std::string(1'000'000, 'a')), "\"" + limit + "\xe2\x80\xa6\"");
}

TEST(LogLine, the_cut_falls_between_characters_and_between_escapes) {
  const std::string almost(LogLine::kTextBytes - 1, 'a');
  EXPECT_EQ(as_text(almost + "\xc3\xbc"), "\"" + almost + "\xe2\x80\xa6\"");
  EXPECT_EQ(as_text(almost + "\n"), "\"" + almost + "\xe2\x80\xa6\"");
  EXPECT_EQ(as_text(almost + "\xff"), "\"" + almost + "\xe2\x80\xa6\"");
}

TEST(LogLine, whatever_the_bytes_the_result_is_valid_json_of_bounded_length) {
  unsigned seed = 7;
  for (int round = 0; round < 3000; ++round) {
    std::string bytes;
    const unsigned size = (seed >> 8) % 5000;
    for (unsigned i = 0; i < size; ++i) bytes.push_back(static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24));
    if (size == 0) seed = seed * 1664525 + 1013904223;
    const auto text = as_text(bytes);
    ASSERT_TRUE(nlohmann::json::accept(text)) << text;
    ASSERT_LE(text.size(), LogLine::kTextBytes + 5);
    for (const char c : text) ASSERT_GE(static_cast<unsigned char>(c), 0x20);
  }
}

TEST(LogLine, what_finds_no_room_makes_the_line_useless_and_harms_nothing) {
  const auto line = std::make_unique<LogLine>();
  line->clear();
  const std::string limit(LogLine::kTextBytes, 'a');
  for (std::size_t i = 0; i < LogLine::kCapacity / LogLine::kTextBytes; ++i) line->text(limit);
  EXPECT_FALSE(line->is_whole());
  EXPECT_LE(line->view().size(), LogLine::kCapacity);
  line->clear();
  line->number(18446744073709551615u);
  EXPECT_TRUE(line->is_whole());
  EXPECT_EQ(line->view(), "18446744073709551615");
}

TEST(LogLine, timestamps_are_rfc_3339_with_microseconds) {
  using namespace std::chrono_literals;
  EXPECT_EQ(as_timestamp(0ns), "\"1970-01-01T00:00:00.000000Z\"");
  EXPECT_EQ(as_timestamp(1s - 1ns), "\"1970-01-01T00:00:00.999999Z\"");
  EXPECT_EQ(as_timestamp(1'709'210'096s + 7us), "\"2024-02-29T12:34:56.000007Z\"");
  EXPECT_EQ(as_timestamp(4'102'444'799s), "\"2099-12-31T23:59:59.000000Z\"");
}

TEST(LogLine, a_timestamp_follows_the_second_forward_and_back) {
  using namespace std::chrono_literals;
  const auto line = std::make_unique<LogLine>();
  line->clear();
  for (const auto t : {Nanos(10s), Nanos(10s + 5us), Nanos(11s), Nanos(10s)})
    line->timestamp(std::chrono::sys_time<Nanos>(t));
  EXPECT_EQ(line->view(),
            "\"1970-01-01T00:00:10.000000Z\"\"1970-01-01T00:00:10.000005Z\""
            "\"1970-01-01T00:00:11.000000Z\"\"1970-01-01T00:00:10.000000Z\"");
}

}  // namespace
}  // namespace gladhand::observe
