#include "exchange/field_log.h"

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gladhand::exchange {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> texts(std::span<const timeline::LoggedField> fields) {
  std::vector<std::string> out;
  for (const auto& field : fields) out.push_back(std::string(field.name) + ": " + std::string(field.value));
  return out;
}

// A head whose memory is overwritten when it goes, as a codec's may be.
class PassingHead {
 public:
  PassingHead& add(std::string_view name, std::string_view value) {
    memory_.push_back(std::make_unique<std::string>(name));
    memory_.push_back(std::make_unique<std::string>(value));
    head_.fields.add(http::FieldId::other, **(memory_.end() - 2), *memory_.back());
    return *this;
  }
  ~PassingHead() {
    for (auto& text : memory_) std::ranges::fill(*text, '#');
  }
  const http::Head& view() const { return head_; }

 private:
  http::Head head_;
  std::vector<std::unique_ptr<std::string>> memory_;
};

struct FieldLogTest : ::testing::Test {
  config::AccessLog settings{.request_headers = {"x-id", "cookie", "accept"}, .response_headers = {"etag", "set-cookie"}};
  Arena arena;
  timeline::ExchangeRecord record;
};

TEST_F(FieldLogTest, values_outlive_the_head_that_they_came_with) {
  const LoggedNames names(settings);
  FieldLog log(&names, arena, record);
  log.on_request(PassingHead().add("X-Id", "7").add("Other", "o").add("ACCEPT", "*/*").view());
  log.on_response(PassingHead().add("ETag", "\"1\"").view());
  EXPECT_THAT(texts(record.request_fields), ElementsAre("x-id: 7", "accept: */*"));
  EXPECT_THAT(texts(record.response_fields), ElementsAre("etag: \"1\""));
}

TEST_F(FieldLogTest, secrets_are_redacted) {
  const LoggedNames names(settings);
  FieldLog log(&names, arena, record);
  log.on_request(PassingHead().add("Cookie", "a=1").add("cookie", "b=2").view());
  log.on_response(PassingHead().add("Set-Cookie", "").view());
  EXPECT_THAT(texts(record.request_fields), ElementsAre("cookie: [redacted]"));
  EXPECT_THAT(texts(record.response_fields), ElementsAre("set-cookie: [redacted]"));
}

TEST_F(FieldLogTest, several_fields_of_a_name_are_one_and_a_long_value_is_cut) {
  const LoggedNames names(settings);
  FieldLog log(&names, arena, record);
  log.on_request(PassingHead().add("Accept", "a").add("x-id", std::string(config::kMostLoggedBytes + 100, 'x')).add("accept", "").add("Accept", "b").view());
  ASSERT_EQ(record.request_fields.size(), 2u);
  EXPECT_EQ(record.request_fields[0].value.size(), config::kMostLoggedBytes + 1);
  EXPECT_EQ(record.request_fields[1].value, "a, , b");
  log.on_request(PassingHead().add("x-id", std::string(config::kMostLoggedBytes - 1, 'x')).add("x-id", "end").add("x-id", "more").view());
  EXPECT_EQ(record.request_fields[0].value, std::string(config::kMostLoggedBytes - 1, 'x') + ", ");
}

TEST_F(FieldLogTest, the_last_head_counts_and_an_empty_value_is_one) {
  const LoggedNames names(settings);
  FieldLog log(&names, arena, record);
  log.on_response(PassingHead().add("etag", "1").add("set-cookie", "a").view());
  log.on_response(PassingHead().add("etag", "").view());
  EXPECT_THAT(texts(record.response_fields), ElementsAre("etag: "));
}

TEST_F(FieldLogTest, nothing_is_asked_for_where_there_is_no_log) {
  settings.format = config::AccessFormat::off;
  EXPECT_TRUE(LoggedNames(settings).empty());
  EXPECT_TRUE(LoggedNames(config::AccessLog()).empty());
  FieldLog log(nullptr, arena, record);
  log.on_request(PassingHead().add("x-id", "7").view());
  EXPECT_THAT(texts(record.request_fields), IsEmpty());
}

}  // namespace
}  // namespace gladhand::exchange
