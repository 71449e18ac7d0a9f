#include "http/headers.h"

#include <gmock/gmock.h>

#include <set>
#include <string>

namespace gladhand::http {
namespace {

using testing::ElementsAre;

FieldId id_at(std::size_t index) { return static_cast<FieldId>(index); }
constexpr std::size_t kIds = static_cast<std::size_t>(FieldId::count_);

TEST(FieldIds, every_id_is_found_by_its_name_in_any_case) {
  for (std::size_t i = 1; i < kIds; ++i) {
    const std::string lower(field_name(id_at(i)));
    std::string upper, mixed;
    for (std::size_t at = 0; at < lower.size(); ++at) {
      const char big = static_cast<char>(std::toupper(lower[at]));
      upper += big;
      mixed += at % 2 ? lower[at] : big;
    }
    EXPECT_EQ(field_id(lower), id_at(i)) << lower;
    EXPECT_EQ(field_id(upper), id_at(i)) << upper;
    EXPECT_EQ(field_id(mixed), id_at(i)) << mixed;
  }
}

TEST(FieldIds, names_are_in_lower_case_and_unique) {
  std::set<std::string_view> names;
  for (std::size_t i = 1; i < kIds; ++i) {
    const std::string_view name = field_name(id_at(i));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string_view::npos) << name;
  }
}

TEST(FieldIds, a_name_that_differs_in_one_byte_is_another) {
  for (std::size_t i = 1; i < kIds; ++i) {
    const std::string name(field_name(id_at(i)));
    EXPECT_NE(field_id(name + "x"), id_at(i));
    EXPECT_NE(field_id(name.substr(1)), id_at(i));
    for (std::size_t at = 0; at < name.size(); ++at) {
      std::string other = name;
      other[at] = other[at] == '-' ? '_' : '!';
      EXPECT_EQ(field_id(other), FieldId::other) << other;
    }
  }
}

TEST(FieldIds, letters_are_folded_and_nothing_else) {
  EXPECT_EQ(field_id("hos\x54"), FieldId::host);
  EXPECT_EQ(field_id("\x48ost"), FieldId::host);
  EXPECT_EQ(field_id("keep\ralive"), FieldId::other);  // '\r' | 0x20 is '-'
  EXPECT_EQ(field_id("ho\x13t"), FieldId::other);
}

TEST(FieldIds, strange_lengths_are_no_known_name) {
  EXPECT_EQ(field_id(""), FieldId::other);
  EXPECT_EQ(field_id("x"), FieldId::other);
  EXPECT_EQ(field_id(std::string(19, 'x')), FieldId::other);
  EXPECT_EQ(field_id(std::string(70'000, 'x')), FieldId::other);
}

TEST(Headers, fields_keep_their_order_and_spelling) {
  Headers headers;
  headers.add(FieldId::other, "X-One", "1");
  headers.add(FieldId::host, "HOST", "a");
  headers.add(FieldId::other, "X-One", "2");
  std::vector<std::string> lines;
  for (const Field& field : headers) lines.push_back(std::string(field.name) + ": " + std::string(field.value));
  EXPECT_THAT(lines, ElementsAre("X-One: 1", "HOST: a", "X-One: 2"));
  EXPECT_EQ(headers.size(), 3u);
}

TEST(Headers, the_first_of_several_is_found) {
  Headers headers;
  EXPECT_EQ(headers.find(FieldId::via), nullptr);
  EXPECT_EQ(headers.value(FieldId::via), "");
  headers.add(FieldId::via, "one");
  headers.add(FieldId::via, "two");
  EXPECT_EQ(headers.find(FieldId::via)->name, "via");
  EXPECT_EQ(headers.value(FieldId::via), "one");
}

TEST(Headers, what_a_predicate_names_is_removed) {
  Headers headers;
  headers.add(FieldId::via, "one");
  headers.add(FieldId::host, "a");
  headers.add(FieldId::via, "two");
  headers.remove_if([](const Field& field) { return field.id == FieldId::via; });
  EXPECT_EQ(headers.size(), 1u);
  EXPECT_EQ(headers.begin()->id, FieldId::host);
  headers.clear();
  EXPECT_TRUE(headers.empty());
}

std::vector<std::string> tokens(std::string_view list) {
  std::vector<std::string> found;
  for_each_token(list, [&](std::string_view token) { found.emplace_back(token); });
  return found;
}

TEST(TokenLists, members_are_trimmed_and_empty_ones_skipped) {
  EXPECT_THAT(tokens("close"), ElementsAre("close"));
  EXPECT_THAT(tokens(" a ,\tb\t, c d "), ElementsAre("a", "b", "c d"));
  EXPECT_THAT(tokens(",, ,a,,"), ElementsAre("a"));
  EXPECT_THAT(tokens(""), ElementsAre());
  EXPECT_THAT(tokens(" \t, "), ElementsAre());
}

TEST(TextsIgnoringCase, letters_are_equal_in_either_case) {
  EXPECT_TRUE(equals_ignoring_case("Content-Length", "CONTENT-lENGTH"));
  EXPECT_TRUE(equals_ignoring_case("", ""));
  EXPECT_FALSE(equals_ignoring_case("a", "ab"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));
  EXPECT_FALSE(equals_ignoring_case("\xc4", "\xe4"));
}

}  // namespace
}  // namespace gladhand::http
