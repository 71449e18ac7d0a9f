#include "config/units.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gladhand::config {
namespace {

using ::testing::HasSubstr;

TEST(ConfigUnits, durations_are_a_whole_number_and_a_unit) {
  EXPECT_EQ(parse_duration("250ms"), Millis(250));
  EXPECT_EQ(parse_duration("30s"), Millis(30'000));
  EXPECT_EQ(parse_duration("1m"), Millis(60'000));
  EXPECT_EQ(parse_duration("2h"), Millis(7'200'000));
  EXPECT_EQ(parse_duration("0s"), Millis(0));
  EXPECT_EQ(parse_duration("007s"), Millis(7'000));
}

TEST(ConfigUnits, what_is_no_duration_is_refused) {
  for (const std::string text : {"", "s", "30", "-5s", "+5s", "1.5s", " 5s", "5s ", "5 s", "5S", "5sec", "1h30m", "1d",
                                 "5us", "0x10s", "5s\n", "٣s"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().rule, Rule::bad_duration) << text;
  }
}

TEST(ConfigUnits, the_largest_duration_fits_and_one_more_is_refused_not_wrapped) {
  EXPECT_EQ(parse_duration("9223372036854775807ms"), Millis(INT64_MAX));
  for (const std::string text : {"9223372036854775808ms", "18446744073709551616ms", "9223372036854776s",
                                 "99999999999999h", "99999999999999999999999999h"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("too large")) << text;
  }
}

TEST(ConfigUnits, a_missing_unit_is_asked_for_and_a_blank_is_pointed_out) {
  EXPECT_EQ(parse_duration("30").error().message, "`30` has no unit");
  EXPECT_EQ(parse_duration("30").error().hint, "write a whole number and a unit, such as \"30s\" or \"250ms\"");
  EXPECT_EQ(parse_duration("30 s").error().hint, "did you mean \"30s\"?");
  EXPECT_EQ(parse_duration("3 days").error().hint, "units are h, m, s, ms");
}

TEST(ConfigUnits, sizes_tell_1000_from_1024) {
  EXPECT_EQ(parse_size("8KB"), 8'000u);
  EXPECT_EQ(parse_size("8KiB"), 8'192u);
  EXPECT_EQ(parse_size("1MB"), 1'000'000u);
  EXPECT_EQ(parse_size("1MiB"), 1'048'576u);
  EXPECT_EQ(parse_size("2GB"), 2'000'000'000u);
  EXPECT_EQ(parse_size("2GiB"), 2'147'483'648u);
  EXPECT_EQ(parse_size("512B"), 512u);
  EXPECT_EQ(parse_size("4096"), 4'096u);
  EXPECT_EQ(parse_size("0"), 0u);
}

TEST(ConfigUnits, what_is_no_size_is_refused) {
  for (const std::string text : {"", "KiB", "-1", "1.5MiB", "8K", "8k", "8kb", "8 KiB", "8TiB", "0x10"}) {
    const auto parsed = parse_size(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().rule, Rule::bad_size) << text;
  }
}

TEST(ConfigUnits, the_largest_size_fits_and_one_more_is_refused_not_wrapped) {
  EXPECT_EQ(parse_size("9223372036854775807"), 9'223'372'036'854'775'807u);
  EXPECT_EQ(parse_size("8589934591GiB"), 8'589'934'591u << 30);
  for (const std::string text : {"9223372036854775808", "8589934592GiB", "99999999999999999999GB"}) {
    ASSERT_FALSE(parse_size(text)) << text;
  }
}

TEST(ConfigUnits, values_are_written_in_the_largest_unit_and_read_back) {
  EXPECT_EQ(duration_text(Millis(0)), "0s");
  EXPECT_EQ(duration_text(Millis(250)), "250ms");
  EXPECT_EQ(duration_text(Millis(1'500)), "1500ms");
  EXPECT_EQ(duration_text(Millis(90'000)), "90s");
  EXPECT_EQ(duration_text(Millis(86'400'000)), "24h");
  EXPECT_EQ(size_text(0), "0");
  EXPECT_EQ(size_text(1'000), "1000");
  EXPECT_EQ(size_text(32 * 1024), "32KiB");
  for (const std::int64_t value : {1, 999, 1'000, 60'000, 61'000, 3'600'000, 12'345'678}) {
    EXPECT_EQ(parse_duration(duration_text(Millis(value))), Millis(value));
    EXPECT_EQ(parse_size(size_text(static_cast<std::uint64_t>(value))), static_cast<std::uint64_t>(value));
  }
}

}  // namespace
}  // namespace gladhand::config
