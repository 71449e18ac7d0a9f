#include "codec/http1_head.h"

#include <gtest/gtest.h>

namespace gladhand::codec {
namespace {

using http::FieldId;

TEST(RequestHeads, the_parts_are_views_into_the_bytes) {
  const std::string raw = "GET /a HTTP/1.1\r\nHost: shop.example\r\nX-A: \t b c \t\r\n\r\n";
  Arena arena;
  http::Head head;
  ASSERT_TRUE(read_request_head(raw, arena, head));
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.target, "/a");
  EXPECT_EQ(head.target.data(), raw.data() + 4);
  EXPECT_EQ(head.authority, "shop.example");
  EXPECT_EQ(head.version, http::Version::http1_1);
  ASSERT_EQ(head.fields.size(), 2u);
  EXPECT_EQ(head.fields.begin()[0].id, FieldId::host);
  EXPECT_EQ(head.fields.begin()[1].name, "X-A");
  EXPECT_EQ(head.fields.begin()[1].value, "b c");
}

TEST(RequestHeads, an_absolute_target_gives_the_authority_and_the_path) {
  Arena arena;
  http::Head head;
  ASSERT_TRUE(read_request_head("GET http://Shop.example:80?a HTTP/1.1\r\nHost: shop.example:80\r\n\r\n", arena, head));
  EXPECT_EQ(head.authority, "Shop.example:80");
  EXPECT_EQ(head.target, "/?a");
}

TEST(RequestHeads, http_1_0_may_name_its_host_in_the_target_alone) {
  Arena arena;
  http::Head head;
  ASSERT_TRUE(read_request_head("GET http://shop.example/ HTTP/1.0\r\n\r\n", arena, head));
  EXPECT_EQ(head.authority, "shop.example");
}

TEST(RequestHeads, the_target_of_connect_is_an_authority_with_a_port) {
  const auto is_read = [](std::string_view target) {
    Arena arena;
    http::Head head;
    const std::string raw = "CONNECT " + std::string(target) + " HTTP/1.1\r\nHost: " + std::string(target) + "\r\n\r\n";
    const auto read = read_request_head(raw, arena, head);
    return read && head.target == target && head.authority == target;
  };
  EXPECT_TRUE(is_read("shop.example:443"));
  EXPECT_TRUE(is_read("[::1]:443"));
  for (std::string_view bad : {"shop.example", "/", "*", "http://shop.example:443", "user@shop.example:443", "shop.example:0", "shop.example:443/", "a\tb:443", "[::1]"}) {
    EXPECT_FALSE(is_read(bad)) << bad;
  }
}

TEST(RequestHeads, connect_has_no_body_and_host_is_its_target) {
  const auto is_read = [](std::string_view fields) {
    Arena arena;
    http::Head head;
    const std::string raw = "CONNECT shop.example:443 HTTP/1.1\r\n" + std::string(fields) + "\r\n";
    const auto read = read_request_head(raw, arena, head);
    return read && head.authority == "shop.example:443";
  };
  EXPECT_TRUE(is_read("Host: shop.example:443\r\n"));
  EXPECT_TRUE(is_read("Host: SHOP.example\r\n"));  // as Java's clients write it
  for (std::string_view bad : {"", "Host: other.example:443\r\n", "Host: shop.example:80\r\n", "Host: shop.example:443\r\nContent-Length: 0\r\n",
                               "Host: shop.example:443\r\nTransfer-Encoding: chunked\r\n"}) {
    EXPECT_FALSE(is_read(bad)) << bad;
  }
}

TEST(ResponseHeads, version_status_and_reason) {
  http::Head head;
  ASSERT_TRUE(read_response_head("HTTP/1.0 404 Not Found\r\nA: b\r\n\r\n", head));
  EXPECT_EQ(head.version, http::Version::http1_0);
  EXPECT_EQ(head.status, 404);
  EXPECT_EQ(head.reason, "Not Found");
  EXPECT_EQ(head.fields.size(), 1u);
}

TEST(FieldLines, an_empty_section_has_none) {
  http::Headers fields;
  ASSERT_TRUE(read_field_lines("\r\n", Code::bad_request, fields));
  EXPECT_TRUE(fields.empty());
}

TEST(FieldLines, the_error_is_the_one_that_was_asked_for) {
  http::Headers fields;
  EXPECT_EQ(read_field_lines("nocolon\r\n\r\n", Code::bad_response, fields).error().code, Code::bad_response);
}

}  // namespace
}  // namespace gladhand::codec
