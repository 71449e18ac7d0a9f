#include "auth/credentials.h"

#include <gtest/gtest.h>

namespace gladhand::auth {
namespace {

struct Read {
  std::string user, password;
  bool operator==(const Read&) const = default;
};

std::optional<Read> read(std::string_view field_value) {
  const auto credentials = read_basic(field_value);
  if (!credentials) return std::nullopt;
  return Read{std::string(credentials->user()), std::string(credentials->password())};
}

TEST(Credentials, the_examples_of_rfc_7617_are_read) {
  EXPECT_EQ(read("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="), Read("Aladdin", "open sesame"));
  EXPECT_EQ(read("Basic dGVzdDoxMjPCow=="), Read("test", "123\xc2\xa3"));
}

TEST(Credentials, the_scheme_is_read_without_case_and_may_stand_apart) {
  for (const char* value : {"basic YTpi", "BASIC YTpi", "bAsIc    YTpi"}) EXPECT_EQ(read(value), Read("a", "b")) << value;
}

TEST(Credentials, user_and_password_may_be_empty_and_a_password_may_hold_colons) {
  EXPECT_EQ(read("Basic Og=="), Read("", ""));
  EXPECT_EQ(read("Basic YTo="), Read("a", ""));
  EXPECT_EQ(read("Basic OmI="), Read("", "b"));
  EXPECT_EQ(read("Basic YTpiOmM="), Read("a", "b:c"));
}

TEST(Credentials, what_is_not_basic_to_the_letter_is_nothing) {
  for (const std::string_view value : {
           "", " ", "Basic", "Basic ", "Basic    ", "Bearer YTpi", "BasicYTpi", "Basic\tYTpi", "Basic,YTpi", " Basic YTpi", "Digest username=\"a\"",
           "Basic YTpi ", "Basic YTpi, Basic YTpi", "Basic YTpi YTpi", "Basic a:b", "Basic YTp", "Basic YTo", "Basic Y-p_", "Basic =", "Basic ====",
           "Basic YWI=",      // "ab": no colon
           "Basic YTpiCg==",  // "a:b\n"
           "Basic YQA6Yg==",  // "a\0:b"
           "Basic YTpiAA==",  // "a:b\0"
           "Basic YTpifw==",  // "a:b\x7f"
           "Basic YTpiCQ==",  // "a:b\t"
           "Basic AWE6Yg==",  // "\1a:b"
       }) {
    EXPECT_FALSE(read(value)) << value;
  }
}

TEST(Credentials, the_longest_that_is_read_has_a_kilobyte) {
  const auto of_size = [](std::size_t digits) { return "Basic  YTpi" + std::string(digits - 4, 'Z'); };
  const std::size_t most = kLongestCredentials - 7;
  ASSERT_EQ(most % 4, 1u) << "the longest that is base64 has a byte less";
  EXPECT_TRUE(read(of_size(most - 1)));
  EXPECT_FALSE(read(of_size(most + 3)));
  EXPECT_TRUE(read("Basic   " + of_size(most - 1).substr(7))) << "as long as allowed";
  EXPECT_FALSE(read("Basic    " + of_size(most - 1).substr(7))) << "a byte longer";
}

}  // namespace
}  // namespace gladhand::auth
