#include "http/message.h"

#include <gtest/gtest.h>

namespace gladhand::http {
namespace {

TEST(Head, clearing_forgets_everything_but_the_version) {
  Head head;
  head.method = "GET";
  head.status = 200;
  head.reason = "OK";
  head.fields.add(FieldId::via, "x");
  head.content_length = 5;
  head.has_body = true;
  head.memory = Slice::copy("text");
  const Slice kept = head.memory;
  head.clear();
  EXPECT_TRUE(head.method.empty() && head.reason.empty() && head.fields.empty() && !head.content_length && !head.has_body);
  EXPECT_EQ(head.status, 0);
  EXPECT_EQ(kept.block()->users, 1u);
}

TEST(Head, a_status_of_the_first_hundred_is_informational) {
  Head head;
  for (std::uint16_t status : {0, 99, 200, 304, 599}) {
    head.status = status;
    EXPECT_FALSE(head.is_informational()) << status;
  }
  for (std::uint16_t status : {100, 103, 199}) {
    head.status = status;
    EXPECT_TRUE(head.is_informational()) << status;
  }
}

TEST(Methods, the_idempotent_ones_are_those_of_the_standard) {
  for (std::string_view method : {"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"}) EXPECT_TRUE(is_idempotent(method)) << method;
  for (std::string_view method : {"POST", "PATCH", "CONNECT", "get", ""}) EXPECT_FALSE(is_idempotent(method)) << method;
}

}  // namespace
}  // namespace gladhand::http
