#include "codec/chunk_guard.h"

#include <gtest/gtest.h>

#include <string>

#include "feeding.h"

namespace gladhand::codec {
namespace {

using namespace std::string_view_literals;

// How many bytes belong to the body, or how many are right before one that is not.
std::string verdict(std::string_view bytes, std::uint64_t most_bytes = 0) {
  return story_however_cut(bytes, [&](const std::vector<std::string_view>& pieces) -> std::string {
    ChunkGuard guard(Code::bad_response, Code::response_header_too_large, {.section_bytes = 50, .fields = 3}, most_bytes);
    std::size_t total = 0;
    for (std::string_view piece : pieces) {
      while (!piece.empty() && !guard.is_complete()) {
        const auto passed = guard.check(piece);
        if (!passed) return std::string(passed.error().name());
        EXPECT_GT(*passed, 0u);
        total += *passed;
        piece.remove_prefix(*passed);
      }
    }
    if (!guard.is_complete()) return "goes on";
    return "ends at " + std::to_string(total) + " with " + std::to_string(guard.trailers().size()) + " of trailers";
  });
}

TEST(ChunkGuard, a_body_ends_behind_its_trailers) {
  EXPECT_EQ(verdict("0\r\n\r\nmore"), "ends at 5 with 2 of trailers");
  EXPECT_EQ(verdict("3\r\nabc\r\n0\r\n\r\n0\r\n"), "ends at 13 with 2 of trailers");
  EXPECT_EQ(verdict("3\r\n\r\n\n\r\n0\r\nA: b\r\n\r\n"), "ends at 19 with 8 of trailers") << "data may be anything";
  EXPECT_EQ(verdict("1\r\nx\r\n"), "goes on");
  EXPECT_EQ(verdict("0\r\n"), "goes on");
}

TEST(ChunkGuard, sizes_are_hexadecimal_and_of_at_most_fifteen_digits) {
  EXPECT_EQ(verdict("00000000000000a\r\n0123456789\r\n0\r\n\r\n"), "ends at 34 with 2 of trailers");
  EXPECT_EQ(verdict("0000000000000001\r\n"), "bad_response");
  EXPECT_EQ(verdict("fffffffffffffff\r\nx"), "goes on");
  EXPECT_EQ(verdict("1000000000000000\r\n"), "bad_response");
  for (std::string_view bad : {"\r\n", ";a\r\n", "g\r\n", "-1\r\n", "+1\r\n", " 1\r\n", "1 \r\n", "0x1\r\n", "1\n", "1\r1", "\n"}) EXPECT_EQ(verdict(bad), "bad_response") << bad;
}

TEST(ChunkGuard, extensions_pass_up_to_their_limit) {
  EXPECT_EQ(verdict("1;a=\"b\tc\";d\r\nx\r\n0;e\r\n\r\n"), "ends at 23 with 2 of trailers");
  const std::string most(ChunkGuard::kExtensionBytes, 'a');
  EXPECT_EQ(verdict("1;" + most + "\r\nx\r\n0\r\n\r\n").substr(0, 4), "ends");
  EXPECT_EQ(verdict("1;" + most + "a\r\n"), "bad_response");
  EXPECT_EQ(verdict("1;" + most.substr(1) + "\r\nx\r\n1;ab\r\n"), "bad_response") << "all of a body's together";
  for (std::string_view bad : {"1;a\n"sv, "1;a\rb"sv, "1;\0"sv, "1;\x7f"sv}) EXPECT_EQ(verdict(bad), "bad_response") << bad;
}

TEST(ChunkGuard, the_line_end_behind_the_data_is_exact) {
  for (std::string_view bad : {"1\r\nxy", "1\r\nx\n", "1\r\nx\rx", "2\r\nx\r\n0"}) EXPECT_EQ(verdict(bad), "bad_response") << bad;
}

TEST(ChunkGuard, trailers_are_lines_within_the_limits) {
  EXPECT_EQ(verdict("0\r\nA\r\nB\r\nC\r\n\r\n"), "ends at 14 with 11 of trailers");
  EXPECT_EQ(verdict("0\r\nA\r\nB\r\nC\r\nD\r\n\r\n"), "response_header_too_large");
  EXPECT_EQ(verdict("0\r\n" + std::string(46, 'a') + "\r\n\r\n").substr(0, 4), "ends");
  EXPECT_EQ(verdict("0\r\n" + std::string(47, 'a') + "\r\n\r\n"), "response_header_too_large");
  EXPECT_EQ(verdict("0\r\nA\n"), "bad_response");
  EXPECT_EQ(verdict("0\r\n\n"), "bad_response");
}

TEST(ChunkGuard, data_is_limited_when_it_is_announced) {
  EXPECT_EQ(verdict("2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", 5), "ends at 20 with 2 of trailers");
  EXPECT_EQ(verdict("2\r\nab\r\n4\r\n", 5), "body_too_large");
  EXPECT_EQ(verdict("6\r\n", 5), "body_too_large");
}

TEST(ChunkGuard, what_is_right_is_passed_on_before_the_violation_is_reported) {
  ChunkGuard guard(Code::bad_request, Code::request_header_too_large, {}, 0);
  EXPECT_EQ(guard.check("1\r\nx\r\n2\r\nyz!"), 11u);
  for (int i = 0; i < 2; ++i) {
    const auto again = guard.check("!");
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, Code::bad_request);
  }
}

TEST(ChunkGuard, extensions_and_trailers_are_passed_apart) {
  ChunkGuard guard(Code::bad_request, Code::request_header_too_large, {}, 0);
  std::string told;
  for (std::string_view rest = "1;a=b\r\nx\r\n0;c\r\nA: b\r\n\r\n"; !rest.empty();) {
    const auto passed = guard.check(rest);
    ASSERT_TRUE(passed);
    const char* const names[] = {"chunks ", "extension ", "trailers "};
    told += names[static_cast<int>(guard.part())] + std::to_string(*passed) + ' ';
    rest.remove_prefix(*passed);
  }
  EXPECT_EQ(told, "chunks 1 extension 4 chunks 6 extension 2 chunks 2 trailers 8 ");
}

TEST(ChunkGuard, it_can_be_used_again) {
  ChunkGuard guard(Code::bad_request, Code::request_header_too_large, {}, 3);
  for (std::string_view body : {"3\r\nabc\r\n0\r\nA: b\r\n\r\n", "1;x\r\na\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n"}) {
    for (std::string_view rest = body; !rest.empty();) {
      const auto passed = guard.check(rest);
      ASSERT_TRUE(passed);
      rest.remove_prefix(*passed);
    }
    EXPECT_TRUE(guard.is_complete());
    guard.restart();
    EXPECT_EQ(guard.trailers(), "");
  }
  ASSERT_TRUE(guard.check("3\r\nab"));
  guard.restart();
  EXPECT_FALSE(guard.check("G"));
  guard.restart();
  EXPECT_EQ(guard.check("0\r\n\r\n"), 3u);
}

}  // namespace
}  // namespace gladhand::codec
