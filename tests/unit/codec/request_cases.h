// Requests that somebody tried on a proxy, and what becomes of each here.
//
// `transcript` is what the stream's listener hears (support/recording_stream.h). A request that is refused is never heard of
// as a head; one whose body goes wrong has a head and never an end. How the bytes are cut never matters.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gladhand::codec {

struct RequestCase {
  std::string name;
  std::string wire;
  std::string transcript;
  bool is_cut_off = false;  // the client closes behind the last byte
};

namespace requests {

using namespace std::string_literals;

inline std::string get(std::string_view fields) { return fmt::format("GET / HTTP/1.1\r\nHost: shop.example\r\n{}\r\n", fields); }
inline std::string post(std::string_view fields, std::string_view body) { return fmt::format("POST / HTTP/1.1\r\nHost: shop.example\r\n{}\r\n{}", fields, body); }
inline std::string chunked(std::string_view body) { return post("Transfer-Encoding: chunked\r\n", body); }
inline std::string with_target(std::string_view target) { return fmt::format("GET {} HTTP/1.1\r\nHost: shop.example\r\n\r\n", target); }
inline std::string with_host(std::string_view host) { return fmt::format("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", host); }
inline std::string with_version(std::string_view version) { return fmt::format("GET / {}\r\nHost: shop.example\r\n\r\n", version); }
inline std::string repeated(std::string_view unit, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += unit;
  return text;
}
inline const std::string kSecond = "GET /smuggled HTTP/1.1\r\nHost: shop.example\r\n\r\n";

inline std::string refused(Code code = Code::bad_request) { return fmt::format("aborted {}\n", row(code).name); }
inline std::string served(std::string_view target = "/") { return fmt::format("head GET shop.example {}\nend\n", target); }
inline std::string posted(std::string_view body) { return fmt::format("head POST shop.example / ({} bytes)\nbody {}\nend\n", body.size(), body); }
inline std::string streamed(std::string_view body, std::string_view trailers = "") { return fmt::format("head POST shop.example / (body)\nbody {}\n{}end\n", body, trailers); }
// The head was right and the body is not, after `body`.
inline std::string broken_off(std::string_view body = "", Code code = Code::bad_request) {
  return fmt::format("head POST shop.example / (body)\n{}aborted {}\n", body.empty() ? "" : fmt::format("body {}\n", body), row(code).name);
}

}  // namespace requests

inline std::vector<RequestCase> request_cases() {
  using namespace requests;
  return {
      // ---- Two opinions about where a body ends
      {"length_then_chunked", post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\nX"), refused()},
      {"chunked_then_length", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "5c\r\nGET /smuggled HTTP/1.1\r\nHost: "), refused()},
      {"a_request_behind_the_last_chunk_of_an_ambiguous_one", post("Content-Length: 45\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + kSecond), refused()},
      {"two_different_lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello!"), refused()},
      {"two_equal_lengths", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), refused()},
      {"a_list_of_equal_lengths", post("Content-Length: 5, 5\r\n", "hello"), refused()},
      {"length_with_plus", post("Content-Length: +5\r\n", "hello00000"), refused()},
      {"length_minus_zero", post("Content-Length: -0\r\n", "hello00000"), refused()},
      {"length_in_hexadecimal", post("Content-Length: 0x5\r\n", "hello00000"), refused()},
      {"length_with_a_letter_behind", post("Content-Length: 5x\r\n", "hello00000"), refused()},
      {"length_with_a_fraction", post("Content-Length: 5.0\r\n", "hello00000"), refused()},
      {"length_with_an_exponent", post("Content-Length: 1e1\r\n", "hello00000"), refused()},
      {"length_with_a_comma_behind", post("Content-Length: 5,\r\n", "hello00000"), refused()},
      {"length_in_quotes", post("Content-Length: \"5\"\r\n", "hello00000"), refused()},
      {"length_of_forty_digits", post("Content-Length: 1111111111111111111111111111111111111111\r\n", "hello00000"), refused()},
      {"length_of_two_to_the_63", post("Content-Length: 9223372036854775808\r\n", "hello"), refused()},
      {"length_that_wraps_to_five", post("Content-Length: 18446744073709551621\r\n", "hello"), refused()},
      {"length_behind_a_no_break_space", post("Content-Length: \xa0""5\r\n", "hello00000"), refused()},
      {"length_that_is_empty", post("Content-Length:\r\n", "hello"), refused()},
      {"length_with_leading_zeros", post("Content-Length: 0005\r\n", "hello"), posted("hello")},
      {"length_of_zero", post("Content-Length: 0\r\n", ""), "head POST shop.example / (0 bytes)\nend\n"},
      {"length_in_wide_white_space", post("Content-Length: \t 5  \r\n", "hello"), posted("hello")},
      {"no_framing_at_all", post("", ""), "head POST shop.example /\nend\n"},

      // ---- Transfer codings
      {"coding_identity", post("Transfer-Encoding: identity\r\n", "0\r\n\r\n"), refused(Code::not_implemented)},
      {"coding_chunk", post("Transfer-Encoding: chunk\r\n", "0\r\n\r\n"), refused(Code::not_implemented)},
      {"coding_unheard_of", post("Transfer-Encoding: cow\r\n", "0\r\n\r\n"), refused(Code::not_implemented)},
      {"coding_chunked_twice_in_a_list", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), refused(Code::not_implemented)},
      {"coding_gzip_then_chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), refused(Code::not_implemented)},
      {"coding_in_quotes", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), refused(Code::not_implemented)},
      {"coding_with_a_nul_behind", post("Transfer-Encoding: chunked\0\r\n"s, "0\r\n\r\n"), refused()},
      {"coding_with_a_vertical_tab_before", post("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n"), refused()},
      {"coding_behind_a_no_break_space", post("Transfer-Encoding: \xa0""chunked\r\n", "0\r\n\r\n"), refused(Code::not_implemented)},
      {"coding_with_a_space_inside", post("Transfer-Encoding: chu nked\r\n", "0\r\n\r\n"), refused(Code::not_implemented)},
      {"coding_on_two_lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), refused()},
      {"coding_chunked_then_identity", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"), refused()},
      {"coding_with_a_space_before_the_colon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"), refused()},
      {"coding_whose_name_is_cut_by_a_line_end", post("Transfer-\r\nEncoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), refused()},
      {"coding_spelled_with_an_underscore_is_no_coding", post("Transfer_Encoding: chunked\r\nContent-Length: 5\r\n", "hello"), posted("hello")},
      {"coding_in_http_1_0", "POST / HTTP/1.0\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", refused()},
      {"coding_in_capitals", post("TRANSFER-ENCODING: CHUNKED\r\n", "1\r\nx\r\n0\r\n\r\n"), streamed("x")},

      // ---- Bodies where few expect one
      {"a_request_inside_the_body_of_a_get", "GET / HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 46\r\n\r\n" + kSecond, fmt::format("head GET shop.example / (46 bytes)\nbody {}\nend\n", kSecond)},
      {"a_request_inside_the_chunked_body_of_options", fmt::format("OPTIONS / HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2e\r\n{}\r\n0\r\n\r\n", kSecond),
       fmt::format("head OPTIONS shop.example / (body)\nbody {}\nend\n", kSecond)},
      {"chunked_nominated_by_connection", post("Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding\r\n", "5\r\nhello\r\n0\r\n\r\n"), streamed("hello")},

      // ---- Chunks
      {"chunks_in_both_cases_of_hexadecimal", chunked("A\r\n0123456789\r\na\r\nabcdefghij\r\n0\r\n\r\n"), streamed("0123456789abcdefghij")},
      {"chunk_with_leading_zeros", chunked("0005\r\nhello\r\n000\r\n\r\n"), streamed("hello")},
      {"no_chunk_but_the_last", chunked("0\r\n\r\n"), "head POST shop.example / (body)\nend\n"},
      {"chunk_extensions_are_dropped", chunked("5;a=b;c;d=\"e;f\"\r\nhello\r\n0;g=h;i=j\r\n\r\n"), streamed("hello")},
      {"chunk_extensions_in_strange_spelling_are_dropped", chunked("5;\r\nhello\r\n1; a = b\r\n!\r\n0;;/\\\r\n\r\n"), streamed("hello!")},
      {"chunk_size_with_0x", chunked("0x5\r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_size_with_plus", chunked("+5\r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_size_with_minus", chunked("-5\r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_size_that_is_no_number", chunked("G\r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_size_that_is_missing", chunked("\r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_size_with_letters_behind", chunked("5abcxyz\r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_size_that_wraps_to_five", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_size_of_two_to_the_63", chunked("8000000000000000\r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_size_line_ended_by_lf", chunked("5\nhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_size_line_ended_by_cr", chunked("5\rhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_size_behind_a_space", chunked(" 5\r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_size_before_a_space", chunked("5 \r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"last_chunk_ended_by_lf", chunked("5\r\nhello\r\n0\n\r\n"), broken_off("hello")},
      {"chunk_size_line_with_two_crs", chunked("2\r\r;zz\r\nab\r\n0\r\n\r\n" + kSecond), broken_off()},
      {"chunk_extension_with_a_cr", chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_extension_with_an_lf", chunked("5;a\nb\r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"chunk_extension_with_a_nul", chunked("5;\0a\r\nhello\r\n0\r\n\r\n"s), broken_off()},
      {"chunk_data_longer_than_said", chunked("5\r\nhello!\r\n0\r\n\r\n"), broken_off("hello")},
      {"chunk_data_shorter_than_said", chunked("6\r\nhello\r\n0\r\n\r\n"), broken_off("hello\r")},
      {"chunk_data_ended_by_lf", chunked("5\r\nhello\n0\r\n\r\n"), broken_off("hello")},
      {"chunk_data_ended_by_nothing", chunked("5\r\nhello0\r\n\r\n"), broken_off("hello")},
      {"a_line_without_a_colon_behind_the_last_chunk", chunked("0\r\nQQ\r\nGET /smuggled HTTP/1.1\r\nHost: shop.example\r\n\r\n"), broken_off()},
      {"a_line_without_a_colon_behind_the_last_chunk_and_no_end", chunked("0\r\nQQ\r\nGET /smuggled HTTP/1.1\r\nHost: shop.example\r\n\r"), "head POST shop.example / (body)\n"},
      {"chunk_extension_of_64_kilobytes", chunked("5;" + std::string(65536, 'a') + "\r\nhello\r\n0\r\n\r\n"), broken_off()},
      {"two_thousand_chunks_of_one_byte_with_large_extensions", chunked(repeated("1;" + std::string(60, 'a') + "\r\nx\r\n", 2000) + "0\r\n\r\n"), broken_off(std::string(273, 'x'))},
      {"cut_off_inside_a_chunk", chunked("5\r\nhel"), broken_off("hel", Code::client_closed), true},
      {"cut_off_before_the_last_chunk", chunked("5\r\nhello\r\n"), broken_off("hello", Code::client_closed), true},
      {"cut_off_inside_the_last_line", chunked("5\r\nhello\r\n0\r\n\r"), broken_off("hello", Code::client_closed), true},
      {"cut_off_inside_a_body_with_length", post("Content-Length: 100\r\n", "abc"), "head POST shop.example / (100 bytes)\nbody abc\naborted client_closed\n", true},
      {"cut_off_inside_a_head", "GET / HTTP/1.1\r\nHost: shop", "", true},
      {"half_a_body_and_then_silence", post("Content-Length: 100\r\n", "abc"), "head POST shop.example / (100 bytes)\nbody abc\n"},

      // ---- Trailers. Which of them are forwarded is http/forwarding's matter
      {"a_trailer", post("TE: trailers\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX-T: v\r\n\r\n"), streamed("hello", "trailer X-T: v\n")},
      {"a_trailer_that_is_a_framing_field", chunked("5\r\nhello\r\n0\r\nContent-Length: 40\r\n\r\n"), streamed("hello", "trailer Content-Length: 40\n")},
      {"a_trailer_that_names_a_host", chunked("5\r\nhello\r\n0\r\nHost: evil.example\r\n\r\n"), streamed("hello", "trailer Host: evil.example\n")},
      {"a_trailer_line_ended_by_lf", chunked("5\r\nhello\r\n0\r\nX: y\n\r\n"), broken_off("hello")},
      {"a_trailer_line_without_a_colon", chunked("5\r\nhello\r\n0\r\nnocolon\r\n\r\n"), broken_off("hello")},
      {"a_trailer_with_a_space_before_the_colon", chunked("5\r\nhello\r\n0\r\nX : y\r\n\r\n"), broken_off("hello")},
      {"a_folded_trailer", chunked("5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n"), broken_off("hello")},
      {"a_trailer_with_a_control_byte", chunked("5\r\nhello\r\n0\r\nX: \x01\r\n\r\n"), broken_off("hello")},
      {"a_trailer_section_of_64_kilobytes", chunked("5\r\nhello\r\n0\r\nX: " + std::string(65536, 'a') + "\r\n\r\n"), broken_off("hello", Code::request_header_too_large)},
      {"a_hundred_and_one_trailers", chunked("5\r\nhello\r\n0\r\n" + repeated("A: b\r\n", 101) + "\r\n"), broken_off("hello", Code::request_header_too_large)},

      // ---- Line ends
      {"request_line_ended_by_lf", "GET / HTTP/1.1\nHost: shop.example\r\n\r\n", refused()},
      {"field_line_ended_by_lf", "GET / HTTP/1.1\r\nHost: shop.example\nX-A: b\r\n\r\n", refused()},
      {"every_line_ended_by_lf", "GET / HTTP/1.1\nHost: shop.example\n\n", refused()},
      {"head_ended_by_lf", "GET / HTTP/1.1\r\nHost: shop.example\r\n\n", refused()},
      {"a_coding_hidden_behind_an_lf", post("X-A: b\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), refused()},
      {"a_line_ended_by_cr_cr_lf", get("X-A: b\r\r\n"), refused()},
      {"an_end_of_head_made_of_cr_and_a_letter", "GET / HTTP/1.1\r\nHost: shop.example\r\n\rYGET /smuggled: HTTP/1.1\r\nHost: shop.example\r\n\r\n", refused()},
      {"a_bare_cr_in_a_value", get("X-A: b\rSet-Cookie: x=1\r\n"), refused()},
      {"five_thousand_empty_lines", repeated("\r\n", 5000) + get(""), refused()},
      {"one_empty_line", "\r\n" + get(""), served()},
      {"two_empty_lines", "\r\n\r\n" + get(""), refused()},
      {"one_empty_line_ended_by_lf", "\n" + get(""), refused()},
      {"one_space_before_everything", " " + get(""), refused()},

      // ---- Field lines
      {"a_value_with_control_byte_1", get("X-A: b\x01""c\r\n"), refused()},
      {"a_value_with_a_bell", get("X-A: b\ac\r\n"), refused()},
      {"a_value_with_an_escape_sequence", get("X-A: b\x1b[31mc\r\n"), refused()},
      {"a_value_with_delete", get("X-A: b\x7f\r\n"), refused()},
      {"a_value_with_a_nul", get("X-A: b\0c\r\n"s), refused()},
      {"a_value_in_latin_1", get("X-A: caf\xe9\r\n"), served()},
      {"a_value_with_a_tab", get("X-A: b\tc\r\n"), served()},
      {"an_empty_value", get("X-A:\r\nX-B: \t \r\n"), served()},
      {"a_name_with_a_space", get("X A: b\r\n"), refused()},
      {"a_name_with_a_nul", get("X\0A: b\r\n"s), refused()},
      {"a_name_with_brackets", get("X[]: b\r\n"), refused()},
      {"a_name_in_latin_1", get("X\xe9: b\r\n"), refused()},
      {"a_name_with_an_at", get("X@A: b\r\n"), refused()},
      {"a_name_with_a_quote", get("X\"A: b\r\n"), refused()},
      {"a_name_with_a_control_byte", get("X\x01: b\r\n"), refused()},
      {"a_name_with_a_tab_behind", get("X\t: b\r\n"), refused()},
      {"an_empty_name", get(": b\r\n"), refused()},
      {"no_name_and_no_colon", get("nocolon\r\n"), refused()},
      {"every_character_that_a_name_may_have", get("!#$%&'*+-.^_`|~0aZ: b\r\n"), served()},
      {"white_space_before_the_first_field", "GET / HTTP/1.1\r\n X-A: b\r\nHost: shop.example\r\n\r\n", refused()},
      {"a_folded_line", get("X-A: b\r\n c\r\n"), refused()},
      {"a_line_folded_by_a_tab", get("X-A: b\r\n\tc\r\n"), refused()},
      {"a_line_of_one_space", get(" \r\n"), refused()},

      // ---- Versions
      {"no_version", "GET /\r\n\r\n", refused()},
      {"no_version_and_a_host", "GET / \r\nHost: shop.example\r\n\r\n", refused()},
      {"version_0_9", with_version("HTTP/0.9"), refused(Code::version_not_supported)},
      {"version_2_0", with_version("HTTP/2.0"), refused(Code::version_not_supported)},
      {"version_3_0", with_version("HTTP/3.0"), refused(Code::version_not_supported)},
      {"version_1_2", with_version("HTTP/1.2"), refused(Code::version_not_supported)},
      {"version_in_small_letters", with_version("http/1.1"), refused()},
      {"version_01_1", with_version("HTTP/01.1"), refused()},
      {"version_1_10", with_version("HTTP/1.10"), refused()},
      {"version_without_minor", with_version("HTTP/1"), refused()},
      {"version_with_a_space_inside", with_version("HTTP/ 1.1"), refused()},
      {"version_beyond_32_bits", with_version("HTTP/4294967297.1"), refused()},
      {"version_with_a_space_behind", with_version("HTTP/1.1 "), refused()},
      {"version_with_a_cr_inside", with_version("HTTP/\r1.1"), refused()},
      {"version_of_another_protocol", with_version("ICE/1.1"), refused()},
      {"version_1_0", with_version("HTTP/1.0"), "head GET shop.example / 1.0\nend\n"},
      {"the_preface_of_http_2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"s, refused(Code::version_not_supported)},

      // ---- Request lines
      {"tabs_instead_of_spaces", "GET\t/\tHTTP/1.1\r\nHost: shop.example\r\n\r\n", refused()},
      {"an_lf_instead_of_a_space", "GET /\nHTTP/1.1\r\nHost: shop.example\r\n\r\n", refused()},
      {"two_spaces_before_the_target", "GET  / HTTP/1.1\r\nHost: shop.example\r\n\r\n", refused()},
      {"no_method", " / HTTP/1.1\r\nHost: shop.example\r\n\r\n", refused()},
      {"a_method_with_a_control_byte", "G\x01T / HTTP/1.1\r\nHost: shop.example\r\n\r\n", refused()},
      {"a_method_that_is_no_token", "G=\"x\" / HTTP/1.1\r\nHost: shop.example\r\n\r\n", refused()},
      {"a_method_in_small_letters", "get / HTTP/1.1\r\nHost: shop.example\r\n\r\n", refused(Code::not_implemented)},
      {"a_method_nobody_knows", "GETTY / HTTP/1.1\r\nHost: shop.example\r\n\r\n", refused(Code::not_implemented)},
      {"a_method_of_one_word_only", "GET\r\n\r\n", refused()},
      {"trace_is_read_like_any_other", "TRACE / HTTP/1.1\r\nHost: shop.example\r\nCookie: s=1\r\n\r\n", "head TRACE shop.example /\nend\n"},
      {"binary_noise", "\0\1\2\3\xff\xfe\xfd random \x80\x81\r\n\r\n"s, refused()},
      {"words_without_meaning", "hello world\r\n\r\n", refused()},
      {"the_first_line_of_the_proxy_protocol", "PROXY TCP4 192.0.2.1 127.0.0.1 1234 80\r\n" + get(""), refused()},
      {"the_signature_of_the_binary_proxy_protocol", "\r\n\r\n\0\r\nQUIT\n!\x11\0\f\6\6\6\6\x7f\0\0\1\4\xd2\0P"s + get(""), refused()},
      {"a_client_hello", "\x16\3\1\2\0\1\0\1\xfc\3\3"s, refused()},

      // ---- Targets
      {"a_target_without_a_slash", with_target("foo"), refused()},
      {"a_target_with_a_fragment", with_target("/a#b"), refused()},
      {"a_target_with_a_space", with_target("/a b"), refused()},
      {"a_target_with_a_nul", with_target("/a\0b"s), refused()},
      {"a_target_with_a_tab", with_target("/a\tb"), refused()},
      {"a_target_in_latin_1", with_target("/caf\xe9"), refused()},
      {"a_star_for_get", with_target("*"), refused()},
      {"a_star_for_options", "OPTIONS * HTTP/1.1\r\nHost: shop.example\r\n\r\n", "head OPTIONS shop.example *\nend\n"},
      {"a_target_that_begins_with_an_at", with_target("@evil.example/"), refused()},
      {"a_bad_escape", with_target("/%zz"), refused()},
      {"a_bad_escape_in_the_query", with_target("/?%zz"), served("/?%zz")},
      {"dots_before_an_escaped_slash", with_target("/public/..%2fadmin"), refused()},
      {"dots_escaped_twice", with_target("/public/%252e%252e/admin"), served("/public/%252e%252e/admin")},
      {"a_dot_segment", with_target("/./admin"), served("/admin")},
      {"an_escaped_way_up", with_target("/public/%2e%2e/admin"), served("/admin")},
      {"dots_in_overlong_encoding", with_target("/public/%c0%ae%c0%ae/admin"), refused()},
      {"an_escaped_line_end", with_target("/x%0d%0aX-Injected:%201"), refused()},
      {"an_escaped_tab", with_target("/%09admin"), refused()},
      {"an_escaped_nul", with_target("/a%00b"), refused()},
      {"capitals", with_target("/ADMIN"), served("/ADMIN")},
      {"a_dot_at_the_end", with_target("/admin."), served("/admin.")},
      {"an_absolute_target", with_target("http://shop.example/a?b"), served("/a?b")},
      {"an_absolute_target_with_host_in_capitals", with_target("HTTPS://SHOP.example/a/../b"), "head GET SHOP.example /b\nend\n"},
      {"an_absolute_target_without_a_path", with_target("http://shop.example"), served("/")},
      {"an_absolute_target_with_only_a_query", with_target("http://shop.example?a=b"), served("/?a=b")},
      {"an_absolute_target_without_a_path_for_options", "OPTIONS http://shop.example HTTP/1.1\r\nHost: shop.example\r\n\r\n", "head OPTIONS shop.example *\nend\n"},
      {"an_absolute_target_with_a_path_for_options", "OPTIONS http://shop.example/ HTTP/1.1\r\nHost: shop.example\r\n\r\n", "head OPTIONS shop.example /\nend\n"},
      {"an_absolute_target_of_another_host", "GET http://shop.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n", refused()},
      {"an_absolute_target_of_another_port", with_target("http://shop.example:81/"), refused()},
      {"an_absolute_target_with_a_user", with_target("http://user:secret@shop.example/"), refused()},
      {"an_absolute_target_of_another_scheme", with_target("ftp://shop.example/"), refused()},
      {"an_absolute_target_without_a_host", with_target("http:///"), refused()},

      // ---- Hosts
      {"no_host", "GET / HTTP/1.1\r\n\r\n", refused()},
      {"no_host_in_http_1_0", "GET / HTTP/1.0\r\n\r\n", "head GET  / 1.0\nend\n"},
      {"an_empty_host", with_host(""), refused()},
      {"two_hosts", get("Host: other.example\r\n"), refused()},
      {"twice_the_same_host", get("Host: shop.example\r\n"), refused()},
      {"two_hosts_in_http_1_0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", refused()},
      {"a_list_of_hosts", with_host("shop.example, other.example"), refused()},
      {"a_port_with_a_letter", with_host("shop.example:80x"), refused()},
      {"a_port_beyond_16_bits", with_host("shop.example:99999"), refused()},
      {"a_port_with_a_sign", with_host("shop.example:-1"), refused()},
      {"an_address_without_its_bracket", with_host("[::1"), refused()},
      {"a_host_with_a_nul", with_host("shop\0.example"s), refused()},
      {"a_host_with_a_control_byte", with_host("shop\x01"), refused()},
      {"a_host_with_a_fragment", with_host("shop.example#x"), refused()},
      {"a_host_with_an_escape", with_host("shop%00.example"), refused()},
      {"a_host_with_a_user", with_host("user@shop.example"), refused()},
      {"a_host_with_a_path", with_host("shop.example/a"), refused()},
      {"a_host_that_is_an_address", with_host("[::1]:8080"), "head GET [::1]:8080 /\nend\n"},

      // ---- Sizes
      {"a_target_of_100_kilobytes", with_target("/" + std::string(100'000, 'a')), refused(Code::uri_too_long)},
      {"a_target_of_7900_bytes", with_target("/" + std::string(7900, 'a')), served("/" + std::string(7900, 'a'))},
      {"a_value_of_100_kilobytes", get("X-A: " + std::string(100'000, 'a') + "\r\n"), refused(Code::request_header_too_large)},
      {"a_name_of_70_kilobytes", get(std::string(70'000, 'a') + ": b\r\n"), refused(Code::request_header_too_large)},
      {"ten_thousand_fields", get(repeated("A: b\r\n", 10'000)), refused(Code::request_header_too_large)},
      {"a_cookie_of_64_kilobytes", get("Cookie: " + repeated("a=b; ", 13'000) + "\r\n"), refused(Code::request_header_too_large)},

      // ---- One after the other
      {"a_bad_request_behind_a_good_one", get("") + "BAD\r\n\r\n", served() + refused()},
      {"a_good_request_behind_a_bad_one", "BAD\r\n\r\n" + get(""), refused()},
      {"a_hundred_requests", repeated(get(""), 100), repeated(served(), 100)},
      {"requests_with_bodies", post("Content-Length: 5\r\n", "hello") + chunked("2\r\nhi\r\n0\r\n\r\n") + get(""), posted("hello") + streamed("hi") + served()},
      {"a_request_behind_one_that_closes", get("Connection: close\r\n") + kSecond, served()},
      {"a_request_behind_one_of_http_1_0", "GET / HTTP/1.0\r\nHost: shop.example\r\n\r\n" + kSecond, "head GET shop.example / 1.0\nend\n"},
      {"a_request_behind_one_of_http_1_0_that_stays", "GET / HTTP/1.0\r\nHost: shop.example\r\nConnection: keep-alive\r\n\r\n" + get(""), "head GET shop.example / 1.0\nend\n" + served()},
      {"an_empty_line_between_requests", get("") + "\r\n" + get(""), served() + served()},
      {"two_empty_lines_between_requests", get("") + "\r\n\r\n" + get(""), served() + refused()},

      // ---- Upgrades are not asked for here, so what follows is HTTP
      {"an_upgrade_to_h2c", get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n") + get(""), served() + served()},
      {"an_upgrade_to_tls", get("Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n") + get(""), served() + served()},
      {"an_upgrade_with_a_body", post("Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 5\r\n", "hello") + get(""), posted("hello") + served()},
      {"expectations_are_http_forwardings_matter", post("Expect: 100-continue\r\nExpect: banana\r\nContent-Length: 5\r\n", "hello"), posted("hello")},
  };
}

}  // namespace gladhand::codec
