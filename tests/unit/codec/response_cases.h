// Answers that an upstream might give, and what becomes of each here. See request_cases.h.
#pragma once

#include "request_cases.h"

namespace gladhand::codec {

struct ResponseCase {
  std::string name;
  std::string wire;
  std::string transcript;
  std::string state;  // of the connection, afterwards
  std::string method = "GET";
  bool is_cut_off = false;  // the upstream closes behind the last byte
};

inline std::vector<ResponseCase> response_cases() {
  using namespace std::string_literals;
  using requests::repeated;
  const std::string stays = "awaits nothing\n";
  const std::string closes = "closes gracefully\n";
  const std::string aborts = "closes by reset\n";
  const std::string bad = "reset bad_response\n";
  const std::string too_large = "reset response_header_too_large\n";
  const std::string truncated = "reset truncated_response\n";
  const auto ok = [](std::string_view rest) { return fmt::format("HTTP/1.1 200 OK\r\n{}", rest); };
  const std::string two = "head 200 OK (2 bytes)\nbody hi\nend\n";
  return {
      // ---- What is right
      {"a_length", ok("Content-Length: 2\r\n\r\nhi"), two, stays},
      {"a_length_of_zero", ok("Content-Length: 0\r\n\r\n"), "head 200 OK (0 bytes)\nend\n", stays},
      {"chunks", ok("Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1;x=y\r\ni\r\n0\r\n\r\n"), "head 200 OK (body)\nbody hi\nend\n", stays},
      {"chunks_and_trailers", ok("Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nDigest: x\r\nB:\r\n\r\n"), "head 200 OK (body)\nbody hi\ntrailer Digest: x\ntrailer B: \nend\n", stays},
      {"until_the_connection_closes", ok("\r\nhi"), "head 200 OK (body)\nbody hi\nend\n", closes, "GET", true},
      {"nothing_until_the_connection_closes", ok("\r\n"), "head 200 OK (body)\nend\n", closes, "GET", true},
      {"until_the_connection_closes_and_it_does_not", ok("\r\nhi"), "head 200 OK (body)\nbody hi\n", "awaits a body\n"},
      {"a_connection_that_will_close", ok("Connection: close\r\nContent-Length: 2\r\n\r\nhi"), two, closes},
      {"http_1_0_closes", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "head 200 OK 1.0 (2 bytes)\nbody hi\nend\n", closes},
      {"http_1_0_may_stay", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", "head 200 OK 1.0 (2 bytes)\nbody hi\nend\n", stays},
      {"no_content", "HTTP/1.1 204 No Content\r\n\r\n", "head 204 No Content\nend\n", stays},
      {"no_content_of_length_zero", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "head 204 No Content (0 bytes)\nend\n", stays},
      {"not_modified", "HTTP/1.1 304 Not Modified\r\n\r\n", "head 304 Not Modified\nend\n", stays},
      {"not_modified_with_the_length_it_would_have_had", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "head 304 Not Modified (no body of 5 bytes)\nend\n", stays},
      {"not_modified_with_a_coding", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", "head 304 Not Modified\nend\n", stays},
      {"to_head_with_a_length", ok("Content-Length: 5\r\n\r\n"), "head 200 OK (no body of 5 bytes)\nend\n", stays, "HEAD"},
      {"to_head_with_a_coding", ok("Transfer-Encoding: chunked\r\n\r\n"), "head 200 OK\nend\n", stays, "HEAD"},
      {"to_head_without_either", ok("\r\n"), "head 200 OK\nend\n", stays, "HEAD"},
      {"no_reason", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "head 200  (0 bytes)\nend\n", stays},
      {"an_empty_reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "head 200  (0 bytes)\nend\n", stays},
      {"a_reason_of_many_words_in_latin_1", "HTTP/1.1 200 Tr\xe8s bien, merci\r\nContent-Length: 0\r\n\r\n", "head 200 Tr\xe8s bien, merci (0 bytes)\nend\n", stays},
      {"a_status_that_nobody_knows", "HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n", "head 799 Odd (0 bytes)\nend\n", stays},
      {"early_hints", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok("Content-Length: 2\r\n\r\nhi"), "head 103 Early Hints\n" + two, stays},
      {"continue_and_processing", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + ok("Content-Length: 2\r\n\r\nhi"), "head 100 Continue\nhead 102 Processing\n" + two, stays},
      {"an_informational_one_that_nobody_knows", "HTTP/1.1 199 Hm\r\n\r\n" + ok("Content-Length: 2\r\n\r\nhi"), "head 199 Hm\n" + two, stays},
      {"thirty_two_informational_ones", repeated("HTTP/1.1 100 Continue\r\n\r\n", 32) + ok("Content-Length: 2\r\n\r\nhi"), repeated("head 100 Continue\n", 32) + two, stays},
      {"a_head_that_has_only_begun", ok(""), "", "awaits a head\n"},

      // ---- Two opinions about where it ends
      {"two_different_lengths", ok("Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"), bad, aborts},
      {"two_equal_lengths", ok("Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"), bad, aborts},
      {"a_negative_length", ok("Content-Length: -1\r\n\r\n"), bad, aborts},
      {"a_length_and_a_coding", ok("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), bad, aborts},
      {"an_unknown_coding", ok("Transfer-Encoding: foo\r\n\r\nabc"), bad, aborts},
      {"a_coding_before_chunked", ok("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), bad, aborts},
      {"a_coding_in_http_1_0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", bad, aborts},
      {"no_content_with_a_body", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", bad, aborts},
      {"no_content_with_chunks", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", bad, aborts},
      {"continue_with_a_body", "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello", bad, aborts},

      // ---- Status lines
      {"a_status_of_two_digits", "HTTP/1.1 20 OK\r\n\r\n", bad, aborts},
      {"a_status_of_four_digits", "HTTP/1.1 2000 OK\r\n\r\n", bad, aborts},
      {"a_status_below_100", "HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n", bad, aborts},
      {"a_status_with_a_letter", "HTTP/1.1 2x0 OK\r\n\r\n", bad, aborts},
      {"a_status_with_a_sign", "HTTP/1.1 +20 OK\r\n\r\n", bad, aborts},
      {"no_status", "HTTP/1.1\r\n\r\n", bad, aborts},
      {"two_spaces_before_the_status", "HTTP/1.1  200 OK\r\n\r\n", bad, aborts},
      {"version_2_0", "HTTP/2.0 200 OK\r\n\r\n", bad, aborts},
      {"version_0_9_that_is_a_bare_body", "<html>hello</html>\r\n\r\n", bad, aborts},
      {"a_version_in_small_letters", "http/1.1 200 OK\r\n\r\n", bad, aborts},
      {"not_http_at_all", "\0\1\2garbage\r\n\r\n"s, bad, aborts},
      {"an_empty_line_first", "\r\n" + ok("Content-Length: 0\r\n\r\n"), bad, aborts},
      {"an_upgrade_that_nobody_asked_for", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n", bad, aborts},
      {"thirty_three_informational_ones", repeated("HTTP/1.1 100 Continue\r\n\r\n", 33), repeated("head 100 Continue\n", 32) + bad, aborts},
      {"a_flood_of_informational_ones", repeated("HTTP/1.1 100 Continue\r\n\r\n", 5000), repeated("head 100 Continue\n", 32) + bad, aborts},

      // ---- Lines and sizes
      {"a_bare_cr_in_a_value", ok("X-A: b\rSet-Cookie: x=1\r\nContent-Length: 0\r\n\r\n"), bad, aborts},
      {"lines_ended_by_lf", "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", bad, aborts},
      {"a_folded_line", ok("X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n"), bad, aborts},
      {"an_empty_name", ok(": x\r\nContent-Length: 0\r\n\r\n"), bad, aborts},
      {"a_space_before_the_colon", ok("X-A : x\r\nContent-Length: 0\r\n\r\n"), bad, aborts},
      {"a_nul_in_the_reason", "HTTP/1.1 200 O\0K\r\nContent-Length: 0\r\n\r\n"s, bad, aborts},
      {"a_value_of_70_kilobytes", ok("X: " + std::string(70'000, 'a') + "\r\nContent-Length: 0\r\n\r\n"), too_large, aborts},
      {"a_reason_of_70_kilobytes", "HTTP/1.1 200 " + std::string(70'000, 'a') + "\r\n\r\n", too_large, aborts},
      {"a_hundred_and_one_fields", ok(repeated("A: b\r\n", 101) + "\r\n"), too_large, aborts},
      {"trailers_of_70_kilobytes", ok("Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(70'000, 'a') + "\r\n\r\n"), "head 200 OK (body)\n" + too_large, aborts},

      // ---- Bodies that go wrong
      {"a_body_shorter_than_said", ok("Content-Length: 10\r\n\r\nabc"), "head 200 OK (10 bytes)\nbody abc\n" + truncated, aborts, "GET", true},
      {"chunks_that_are_cut_off", ok("Transfer-Encoding: chunked\r\n\r\n5\r\nabc"), "head 200 OK (body)\nbody abc\n" + truncated, aborts, "GET", true},
      {"chunks_without_the_last", ok("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), "head 200 OK (body)\nbody abc\n" + truncated, aborts, "GET", true},
      {"a_head_that_is_cut_off", ok("Content-"), truncated, aborts, "GET", true},
      {"an_informational_head_and_nothing_else", "HTTP/1.1 103 Early Hints\r\n\r\n", "head 103 Early Hints\nreset upstream_closed\n", aborts, "GET", true},
      {"nothing", "", "reset upstream_closed\n", aborts, "GET", true},
      {"a_bad_chunk", ok("Transfer-Encoding: chunked\r\n\r\nZ\r\nabc\r\n0\r\n\r\n"), "head 200 OK (body)\n" + bad, aborts},
      {"a_bad_chunk_behind_a_good_one", ok("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nZ\r\n"), "head 200 OK (body)\nbody abc\n" + bad, aborts},
      {"a_bad_trailer", ok("Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nnocolon\r\n\r\n"), "head 200 OK (body)\nbody abc\n" + bad, aborts},

      // ---- More than was asked for
      {"a_second_answer", ok("Content-Length: 2\r\n\r\nhi") + ok("Content-Length: 6\r\n\r\npoison"), two, aborts},
      {"one_byte_too_many", ok("Content-Length: 2\r\n\r\nhi!"), two, aborts},
      {"a_line_end_too_many", ok("Content-Length: 2\r\n\r\nhi\r\n"), two, aborts},
      {"a_body_to_head", ok("Content-Length: 2\r\n\r\nhi"), "head 200 OK (no body of 2 bytes)\nend\n", aborts, "HEAD"},
      {"a_body_of_not_modified", "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\nhi", "head 304 Not Modified (no body of 2 bytes)\nend\n", aborts},
      {"bytes_behind_the_last_chunk", ok("Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\nmore"), "head 200 OK (body)\nbody hi\nend\n", aborts},
      {"bytes_on_a_connection_that_closes_anyway", ok("Connection: close\r\nContent-Length: 2\r\n\r\nhi!"), two, closes},
  };
}

}  // namespace gladhand::codec
