#include "codec/head_scanner.h"

#include <gtest/gtest.h>

#include <string>

#include "feeding.h"

namespace gladhand::codec {
namespace {

using Kind = HeadScanner::Kind;

// Where the section ends, or why it cannot be read.
std::string verdict(std::string_view bytes, Kind kind, const HeadLimits& limits = {}) {
  return story_however_cut(bytes, [&](const std::vector<std::string_view>& pieces) -> std::string {
    HeadScanner scanner(kind, limits);
    std::size_t total = 0;
    for (std::string_view piece : pieces) {
      std::size_t used = 0;
      const auto ended = scanner.feed(piece, used);
      if (!ended) return std::string(ended.error().name());
      total += used;
      if (*ended) return "ends at " + std::to_string(total) + ", " + std::to_string(scanner.leading_bytes()) + " leading";
      EXPECT_EQ(used, piece.size()) << "all is used while the section goes on";
      EXPECT_EQ(scanner.size(), total);
    }
    return scanner.is_started() ? "goes on" : "has not begun";
  });
}

TEST(HeadScanner, a_section_ends_behind_its_empty_line) {
  for (Kind kind : {Kind::request, Kind::response, Kind::trailers}) {
    EXPECT_EQ(verdict("a\r\n\r\n", kind), "ends at 5, 0 leading");
    EXPECT_EQ(verdict("a\r\nb: c\r\n\r\nmore\n", kind), "ends at 11, 0 leading");
    EXPECT_EQ(verdict("a\r\nb: c\r\n", kind), "goes on");
    EXPECT_EQ(verdict("a", kind), "goes on");
    EXPECT_EQ(verdict("", kind), "has not begun");
  }
}

TEST(HeadScanner, one_empty_line_before_a_request_is_tolerated) {
  EXPECT_EQ(verdict("\r\na\r\n\r\n", Kind::request), "ends at 7, 2 leading");
  EXPECT_EQ(verdict("\r\n", Kind::request), "has not begun");
  EXPECT_EQ(verdict("\r\n\r\n", Kind::request), "bad_request");
}

TEST(HeadScanner, no_empty_line_before_a_response_is) { EXPECT_EQ(verdict("\r\na\r\n\r\n", Kind::response), "bad_response"); }

TEST(HeadScanner, trailers_may_be_none) { EXPECT_EQ(verdict("\r\nmore", Kind::trailers), "ends at 2, 0 leading"); }

TEST(HeadScanner, lines_end_with_cr_and_lf_and_nothing_else) {
  for (std::string_view bad : {"a\n", "a\r\n\n", "a\rb", "a\r\r\n", "\n", "\r\r\n", "a\r\n\rb"}) {
    EXPECT_EQ(verdict(bad, Kind::request), "bad_request") << bad;
    EXPECT_EQ(verdict(bad, Kind::response), "bad_response") << bad;
    EXPECT_EQ(verdict(bad, Kind::trailers), "bad_request") << bad;
  }
}

TEST(HeadScanner, no_control_character_passes_but_the_tab) {
  for (int c = 0; c < 256; ++c) {
    if (c == '\r') continue;
    const bool is_bad = (c < 0x20 && c != '\t') || c == 0x7f;
    const std::string bytes = std::string("a") + static_cast<char>(c) + "b\r\n\r\n";
    EXPECT_EQ(verdict(bytes, Kind::request), is_bad ? "bad_request" : "ends at 7, 0 leading") << c;
  }
}

TEST(HeadScanner, every_limit_is_exact) {
  EXPECT_EQ(verdict("12345\r\na\r\n\r\n", Kind::request, {.start_line_bytes = 5}), "ends at 12, 0 leading");
  EXPECT_EQ(verdict("123456", Kind::request, {.start_line_bytes = 5}), "uri_too_long");
  EXPECT_EQ(verdict("a\r\n123456\r\n\r\n", Kind::request, {.start_line_bytes = 5}), "ends at 13, 0 leading") << "it is for the first line";
  EXPECT_EQ(verdict("123456\r\n\r\n", Kind::response, {.start_line_bytes = 5}), "ends at 10, 0 leading") << "of a request";
  EXPECT_EQ(verdict("s\r\na\r\nb\r\n\r\n", Kind::request, {.fields = 2}), "ends at 11, 0 leading");
  EXPECT_EQ(verdict("s\r\na\r\nb\r\nc\r\n", Kind::request, {.fields = 2}), "request_header_too_large");
  EXPECT_EQ(verdict("s\r\na\r\nb\r\nc\r\n", Kind::response, {.fields = 2}), "response_header_too_large");
  EXPECT_EQ(verdict("a\r\nb\r\n\r\n", Kind::trailers, {.fields = 2}), "ends at 8, 0 leading");
  EXPECT_EQ(verdict("a\r\nb\r\nc\r\n", Kind::trailers, {.fields = 2}), "request_header_too_large");
  for (Kind kind : {Kind::request, Kind::response, Kind::trailers}) {
    EXPECT_EQ(verdict("a\r\n123\r\n\r\n", kind, {.section_bytes = 10}), "ends at 10, 0 leading");
    EXPECT_EQ(verdict("a\r\n1234\r\n\r\n", kind, {.section_bytes = 10}), kind == Kind::response ? "response_header_too_large" : "request_header_too_large");
  }
}

TEST(HeadScanner, it_can_be_used_again) {
  HeadScanner scanner(Kind::request, {});
  for (int i = 0; i < 3; ++i) {
    std::size_t used = 0;
    ASSERT_TRUE(scanner.feed("\r\na\r\nb", used));
    EXPECT_TRUE(scanner.is_started());
    scanner.restart();
    EXPECT_FALSE(scanner.is_started());
    EXPECT_EQ(scanner.size(), 0u);
    EXPECT_EQ(scanner.leading_bytes(), 0u);
  }
}

}  // namespace
}  // namespace gladhand::codec
