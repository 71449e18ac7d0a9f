#include "http/framing.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace gladhand::http {
namespace {

using Kind = Framing::Kind;

struct Line {
  FieldId id;
  std::string_view value;
};
constexpr FieldId kLength = FieldId::content_length;
constexpr FieldId kCoding = FieldId::transfer_encoding;

Head head_of(std::initializer_list<Line> lines, Version version = Version::http1_1) {
  Head head;
  head.version = version;
  head.fields.add(FieldId::other, "Accept", "*/*");
  for (const Line& line : lines) head.fields.add(line.id, line.value);
  return head;
}

Code request_refusal(std::initializer_list<Line> lines, Version version = Version::http1_1) {
  const auto framing = request_framing(head_of(lines, version));
  return framing ? Code::ok : framing.error().code;
}

Expected<Framing> response(std::uint16_t status, std::initializer_list<Line> lines, std::string_view method = "GET", Version version = Version::http1_1) {
  Head head = head_of(lines, version);
  head.status = status;
  return response_framing(head, method);
}

Code response_refusal(std::uint16_t status, std::initializer_list<Line> lines, std::string_view method = "GET", Version version = Version::http1_1) {
  const auto framing = response(status, lines, method, version);
  return framing ? Code::ok : framing.error().code;
}

TEST(RequestFraming, a_request_without_framing_fields_has_no_body) { EXPECT_EQ(request_framing(head_of({})), Framing{}); }

TEST(RequestFraming, a_length_is_believed) {
  EXPECT_EQ(request_framing(head_of({{kLength, "5"}})), (Framing{Kind::length, 5}));
  EXPECT_EQ(request_framing(head_of({{kLength, "0005"}})), (Framing{Kind::length, 5}));
  EXPECT_EQ(request_framing(head_of({{kLength, "5"}}, Version::http1_0)), (Framing{Kind::length, 5}));
}

TEST(RequestFraming, a_length_of_zero_is_no_body) { EXPECT_EQ(request_framing(head_of({{kLength, "0"}})), Framing{}); }

TEST(RequestFraming, chunked_is_the_one_coding_in_any_case) {
  EXPECT_EQ(request_framing(head_of({{kCoding, "chunked"}})), Framing{Kind::chunked});
  EXPECT_EQ(request_framing(head_of({{kCoding, "Chunked"}})), Framing{Kind::chunked});
}

TEST(RequestFraming, two_lengths_are_refused_even_when_they_agree) {
  EXPECT_EQ(request_refusal({{kLength, "5"}, {kLength, "6"}}), Code::bad_request);
  EXPECT_EQ(request_refusal({{kLength, "5"}, {kLength, "5"}}), Code::bad_request);
  EXPECT_EQ(request_refusal({{kLength, "0"}, {kLength, "5"}}), Code::bad_request);
  EXPECT_EQ(request_refusal({{kLength, "5, 5"}}), Code::bad_request);
}

TEST(RequestFraming, a_length_that_is_no_number_is_refused) {
  for (std::string_view bad : {"", "+5", "-1", "0x5", "5x", "9223372036854775808"}) EXPECT_EQ(request_refusal({{kLength, bad}}), Code::bad_request) << bad;
}

TEST(RequestFraming, length_and_coding_together_are_refused_in_either_order) {
  EXPECT_EQ(request_refusal({{kLength, "5"}, {kCoding, "chunked"}}), Code::bad_request);
  EXPECT_EQ(request_refusal({{kCoding, "chunked"}, {kLength, "5"}}), Code::bad_request);
  EXPECT_EQ(request_refusal({{kCoding, "chunked"}, {kLength, "0"}}), Code::bad_request);
}

TEST(RequestFraming, a_coding_that_is_not_exactly_chunked_is_not_implemented) {
  for (std::string_view bad : {"", "identity", "chunk", "gzip", "gzip, chunked", "chunked, chunked", "chunked, identity", "\"chunked\"", "chunked;q=1", "chunked,", " chunked", "chu nked", "\x0b""chunked"}) {
    EXPECT_EQ(request_refusal({{kCoding, bad}}), Code::not_implemented) << bad;
  }
}

TEST(RequestFraming, two_coding_lines_are_refused) {
  EXPECT_EQ(request_refusal({{kCoding, "chunked"}, {kCoding, "chunked"}}), Code::bad_request);
  EXPECT_EQ(request_refusal({{kCoding, "chunked"}, {kCoding, "identity"}}), Code::bad_request);
}

TEST(RequestFraming, http_1_0_has_no_codings) { EXPECT_EQ(request_refusal({{kCoding, "chunked"}}, Version::http1_0), Code::bad_request); }

TEST(ResponseFraming, what_says_nothing_lasts_until_the_connection_closes) {
  EXPECT_EQ(response(200, {}), Framing{Kind::until_close});
  EXPECT_EQ(response(200, {}, "GET", Version::http1_0), Framing{Kind::until_close});
  EXPECT_EQ(response(500, {}, "POST"), Framing{Kind::until_close});
}

TEST(ResponseFraming, length_and_chunked_are_as_in_requests) {
  EXPECT_EQ(response(200, {{kLength, "5"}}), (Framing{Kind::length, 5}));
  EXPECT_EQ(response(200, {{kLength, "0"}}), Framing{});
  EXPECT_EQ(response(404, {{kCoding, "chunked"}}), Framing{Kind::chunked});
}

TEST(ResponseFraming, ambiguity_is_a_bad_response) {
  EXPECT_EQ(response_refusal(200, {{kLength, "3"}, {kLength, "5"}}), Code::bad_response);
  EXPECT_EQ(response_refusal(200, {{kLength, "3"}, {kLength, "3"}}), Code::bad_response);
  EXPECT_EQ(response_refusal(200, {{kLength, "-1"}}), Code::bad_response);
  EXPECT_EQ(response_refusal(200, {{kLength, "3"}, {kCoding, "chunked"}}), Code::bad_response);
  EXPECT_EQ(response_refusal(200, {{kCoding, "gzip"}}), Code::bad_response);
  EXPECT_EQ(response_refusal(200, {{kCoding, "chunked"}}, "GET", Version::http1_0), Code::bad_response);
}

TEST(ResponseFraming, ambiguity_is_refused_where_there_is_no_body_too) {
  for (std::uint16_t status : {100, 204, 304}) EXPECT_EQ(response_refusal(status, {{kLength, "3"}, {kCoding, "chunked"}}), Code::bad_response) << status;
  EXPECT_EQ(response_refusal(200, {{kLength, "3"}, {kLength, "3"}}, "HEAD"), Code::bad_response);
}

TEST(ResponseFraming, the_answer_to_head_has_no_body_whatever_it_says) {
  EXPECT_EQ(response(200, {{kLength, "500"}}, "HEAD"), Framing{});
  EXPECT_EQ(response(200, {{kCoding, "chunked"}}, "HEAD"), Framing{});
  EXPECT_EQ(response(200, {}, "HEAD"), Framing{});
}

TEST(ResponseFraming, not_modified_has_no_body_whatever_it_says) {
  EXPECT_EQ(response(304, {{kLength, "500"}}), Framing{});
  EXPECT_EQ(response(304, {}), Framing{});
}

TEST(ResponseFraming, a_body_where_the_status_allows_none_is_refused) {
  for (std::uint16_t status : {100, 103, 199, 204}) {
    EXPECT_EQ(response(status, {}), Framing{}) << status;
    EXPECT_EQ(response(status, {{kLength, "0"}}), Framing{}) << status;
    EXPECT_EQ(response_refusal(status, {{kLength, "5"}}), Code::bad_response) << status;
    EXPECT_EQ(response_refusal(status, {{kCoding, "chunked"}}), Code::bad_response) << status;
  }
}

}  // namespace
}  // namespace gladhand::http
