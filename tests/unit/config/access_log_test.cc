#include "config/access_log.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result read_access(const std::string& line) { return read_between("[log.access]\n" + line); }

TEST(ConfigAccessLog, names_of_fields_are_compared_in_lower_case) {
  const Result result = read_access("request_headers = \"X-Request-ID\"\nresponse_headers = [\"ETag\", \"x-cache\"]\nredact = [\"X-Token\"]");
  ASSERT_THAT(brief(result), IsEmpty());
  EXPECT_THAT(result.config.log.access.request_headers, ElementsAre("x-request-id"));
  EXPECT_THAT(result.config.log.access.response_headers, ElementsAre("etag", "x-cache"));
  EXPECT_THAT(result.config.log.access.redact, ElementsAre("x-token"));
}

TEST(ConfigAccessLog, secrets_are_redacted_unless_somebody_says_otherwise) {
  EXPECT_THAT(read_access("").config.log.access.redact, ElementsAre("authorization", "cookie", "proxy-authorization", "set-cookie"));
  const Result nothing = read_access("redact = []");
  EXPECT_THAT(brief(nothing), IsEmpty());
  EXPECT_THAT(nothing.config.log.access.redact, IsEmpty());
}

TEST(ConfigAccessLog, a_name_is_a_token) {
  for (const std::string key : {"request_headers", "response_headers", "redact"}) {
    for (const std::string name : {"x id", ":path", "x-id:", "naïve", "a/b", "(a)", "a,b"}) {
      EXPECT_THAT(brief(read_access(key + " = [\"a\", \"" + name + "\"]")), ElementsAre("E060 4:" + std::to_string(key.size() + 10))) << name;
    }
    EXPECT_THAT(brief(read_access(key + " = \"" + std::string(65, 'a') + "\"")), ElementsAre("E060 4:" + std::to_string(key.size() + 4)));
    EXPECT_THAT(brief(read_access(key + " = \"" + std::string(64, 'a') + "\"")), IsEmpty());
    EXPECT_THAT(brief(read_access(key + " = \"!#$%&'*+-.^_`|~09aZ\"")), IsEmpty());
  }
  EXPECT_THAT(read_access("request_headers = \":path\"").diagnostics.at(0).hint, HasSubstr("without a colon"));
}

TEST(ConfigAccessLog, a_name_stands_once_whatever_its_case) {
  const Result result = read_access("request_headers = [\"Accept\", \"host\", \"accept\"]");
  ASSERT_THAT(brief(result), ElementsAre("E030 4:38"));
  EXPECT_EQ(result.diagnostics[0].message, "`accept` is named twice");
}

TEST(ConfigAccessLog, there_is_a_limit_to_their_number) {
  std::string list;
  for (std::size_t i = 0; i < kMostLogged; ++i) list += "\"a" + std::to_string(i) + "\", ";
  EXPECT_THAT(brief(read_access("request_headers = [" + list + "]")), IsEmpty());
  const Result result = read_access("request_headers = [" + list + "\"one-more\"]");
  ASSERT_THAT(brief(result), ElementsAre("E036 4:19"));
  EXPECT_EQ(result.diagnostics[0].message, "17 names of header fields, where 16 are the most");
}

}  // namespace
}  // namespace gladhand::config
