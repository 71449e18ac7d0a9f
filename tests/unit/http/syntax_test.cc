#include "http/syntax.h"

#include <gtest/gtest.h>

#include <string>

namespace gladhand::http {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(Tokens, exactly_the_characters_of_the_grammar_make_one) {
  const std::string_view allowed = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    EXPECT_EQ(is_token_char(byte), allowed.contains(byte)) << c;
    EXPECT_EQ(is_token("ab"s + byte), allowed.contains(byte)) << c;
  }
  EXPECT_FALSE(is_token(""));
}

TEST(HexDigits, both_cases_have_their_value_and_no_other_byte_has_one) {
  const std::string_view digits = "0123456789abcdef";
  for (int c = 0; c < 256; ++c) {
    const std::size_t at = digits.find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
    EXPECT_EQ(hex_value(static_cast<char>(c)), at == std::string_view::npos ? -1 : static_cast<int>(at)) << c;
  }
}

TEST(ControlCharacters, each_is_found_at_every_distance_and_nothing_else_is) {
  for (int c = 0; c < 256; ++c) {
    const bool is_wanted = (c < 0x20 && c != '\t') || c == 0x7f;
    for (std::size_t length = 1; length <= 24; ++length) {
      for (std::size_t at = 0; at < length; ++at) {
        for (char filler : {'a', '\t', ' ', '\x80', '\xff', '~'}) {
          std::string text(length, filler);
          text[at] = static_cast<char>(c);
          ASSERT_EQ(find_control(text), is_wanted ? at : length) << c << " at " << at << " of " << length << " among " << int{filler};
        }
      }
    }
  }
}

TEST(ControlCharacters, the_first_of_several_is_found) {
  for (std::size_t first = 0; first < 20; ++first) {
    for (std::size_t second = first; second < 20; ++second) {
      std::string text(20, '\t');
      text[second] = '\x7f';
      text[first] = '\n';
      ASSERT_EQ(find_control(text), first);
    }
  }
  EXPECT_EQ(find_control(""), 0u);
}

TEST(FieldValues, inner_space_and_high_bytes_pass_and_outer_space_does_not) {
  for (std::string_view good : {""sv, "a"sv, "a b\tc"sv, "caf\xc3\xa9"sv, "\xff"sv}) EXPECT_TRUE(is_field_value(good)) << good;
  for (std::string_view bad : {" a"sv, "a "sv, "\ta"sv, "a\t"sv, " "sv, "a\rb"sv, "a\nb"sv, "a\0b"sv, "a\x1b[31m"sv, "\x7f"sv}) EXPECT_FALSE(is_field_value(bad)) << bad;
}

TEST(ContentLengths, digits_below_two_to_the_63_are_one) {
  EXPECT_EQ(content_length("0"), 0u);
  EXPECT_EQ(content_length("5"), 5u);
  EXPECT_EQ(content_length("0005"), 5u);
  EXPECT_EQ(content_length("9223372036854775799"), 9223372036854775799u);
  EXPECT_EQ(content_length("9223372036854775807"), 9223372036854775807u);
  EXPECT_EQ(content_length(std::string(100, '0') + "7"), 7u);
}

TEST(ContentLengths, anything_else_is_none) {
  for (std::string_view bad : {""sv, "+5"sv, "-0"sv, "-1"sv, "0x5"sv, "5x"sv, "5.0"sv, "1e1"sv, "5,"sv, "5, 5"sv, "\"5\""sv, " 5"sv, "5 "sv, "\xa0""5"sv, "5\0"sv,
                               "9223372036854775808"sv, "18446744073709551616"sv, "18446744073709551621"sv, "1111111111111111111111111111111111111111"sv}) {
    EXPECT_FALSE(content_length(bad)) << bad;
  }
}

TEST(Authorities, names_addresses_and_ports_pass) {
  for (std::string_view good : {"a"sv, "shop.example"sv, "shop.example."sv, "shop.example:80"sv, "127.0.0.1:1"sv, "x:65535"sv, "a_b-c~d"sv, "[::1]"sv, "[::1]:8080"sv,
                                "[2001:db8::7]"sv, "[::ffff:192.0.2.1]:443"sv, "x:0080"sv}) {
    EXPECT_TRUE(is_authority(good)) << good;
  }
  EXPECT_TRUE(is_authority(std::string(253, 'a') + ":80"));
}

TEST(Authorities, what_two_readers_could_see_differently_does_not) {
  for (std::string_view bad : {""sv, ":80"sv, "a:"sv, "a:0"sv, "a:65536"sv, "a:99999"sv, "a:-1"sv, "a:80x"sv, "a:+80"sv, "a: 80"sv, "a:80:80"sv, "a,b"sv, "a, b"sv, "a b"sv,
                               "user@a"sv, "user:secret@a"sv, "a/b"sv, "a?b"sv, "a#b"sv, "a\\b"sv, "a%00b"sv, "a\0b"sv, "a\x01"sv, "a\"b"sv, "caf\xc3\xa9"sv, "["sv, "[]"sv,
                               "[::1"sv, "::1"sv, "[::1]x"sv, "[::1]:"sv, "[::1]80"sv, "[::g]"sv, "[:::]"sv, "[1:2]"sv, "[1.2.3.4]"sv, "[::1%25eth0]"sv, "[::1\0]"sv,
                               "[1:2:3:4:5:6:7:8:9]"sv}) {
    EXPECT_FALSE(is_authority(bad)) << bad;
  }
  EXPECT_FALSE(is_authority(std::string(254, 'a')));
  EXPECT_FALSE(is_authority("[" + std::string(300, ':') + "]"));
}

TEST(Authorities, the_host_is_what_stands_before_the_port) {
  EXPECT_EQ(host_of("shop.example"), "shop.example");
  EXPECT_EQ(host_of("shop.example:80"), "shop.example");
  EXPECT_EQ(host_of("[::1]:80"), "[::1]");
  EXPECT_EQ(host_of("[::1]"), "[::1]");
  EXPECT_EQ(host_of(""), "");
}

TEST(AbsoluteTargets, they_are_split_without_a_byte_changed) {
  const auto parts = split_absolute("HTTP://Shop.Example:80/a/../b?c=http://d");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->scheme, "HTTP");
  EXPECT_EQ(parts->authority, "Shop.Example:80");
  EXPECT_EQ(parts->target, "/a/../b?c=http://d");
}

TEST(AbsoluteTargets, path_and_query_may_be_missing) {
  EXPECT_EQ(split_absolute("http://a")->target, "");
  EXPECT_EQ(split_absolute("http://a")->authority, "a");
  EXPECT_EQ(split_absolute("http://a?q")->target, "?q");
  EXPECT_EQ(split_absolute("http://a#f")->target, "#f");
  EXPECT_EQ(split_absolute("http:///p")->authority, "");
}

TEST(AbsoluteTargets, what_names_no_scheme_is_none) {
  EXPECT_FALSE(split_absolute("/path"));
  EXPECT_FALSE(split_absolute("://a/"));
  EXPECT_FALSE(split_absolute("http:/a"));
  EXPECT_FALSE(split_absolute("shop.example:443"));
}

// ---- canonical targets

std::string canonical(std::string_view target) {
  Arena arena;
  const auto result = canonical_target(target, arena);
  return result ? std::string(*result) : "refused: " + std::string(result.error().name());
}
const std::string kRefused = "refused: bad_request";

TEST(CanonicalTargets, one_that_is_canonical_is_returned_itself) {
  Arena arena;
  for (std::string_view target : {"/"sv, "/a/b.c/d..e"sv, "/a?b/../c%zz"sv, "//a//b/"sv, "/a;b=c,d:e@f!$&'()*+=~"sv, "/?"sv}) {
    const auto result = canonical_target(target, arena);
    ASSERT_TRUE(result) << target;
    EXPECT_EQ(result->data(), target.data()) << target;
    EXPECT_EQ(*result, target);
  }
}

TEST(CanonicalTargets, dot_segments_are_removed) {
  EXPECT_EQ(canonical("/./admin"), "/admin");
  EXPECT_EQ(canonical("/a/./b/../c"), "/a/c");
  EXPECT_EQ(canonical("/a/.."), "/");
  EXPECT_EQ(canonical("/a/../"), "/");
  EXPECT_EQ(canonical("/a/b/.."), "/a/");
  EXPECT_EQ(canonical("/a/b/."), "/a/b/");
  EXPECT_EQ(canonical("/."), "/");
  EXPECT_EQ(canonical("/./"), "/");
  EXPECT_EQ(canonical("/a//../b"), "/a/b");
  EXPECT_EQ(canonical("//.."), "/");
}

TEST(CanonicalTargets, names_that_only_begin_or_end_with_dots_stay) {
  EXPECT_EQ(canonical("/.hidden"), "/.hidden");
  EXPECT_EQ(canonical("/..."), "/...");
  EXPECT_EQ(canonical("/admin."), "/admin.");
  EXPECT_EQ(canonical("/..a/b"), "/..a/b");
  EXPECT_EQ(canonical("/ADMIN"), "/ADMIN");
}

TEST(CanonicalTargets, escapes_of_unreserved_characters_are_decoded_before_dots_are_looked_for) {
  EXPECT_EQ(canonical("/%61%7E%2d%5F"), "/a~-_");
  EXPECT_EQ(canonical("/public/%2e%2e/admin"), "/admin");
  EXPECT_EQ(canonical("/public/.%2E/admin"), "/admin");
  EXPECT_EQ(canonical("/%2e/a"), "/a");
}

TEST(CanonicalTargets, other_escapes_stay_as_they_were_written) {
  EXPECT_EQ(canonical("/a%20b%2Fc%2fd%3f%23%25"), "/a%20b%2Fc%2fd%3f%23%25");
  EXPECT_EQ(canonical("/caf%C3%a9"), "/caf%C3%a9");
  EXPECT_EQ(canonical("/%80%ff"), "/%80%ff");
}

TEST(CanonicalTargets, nothing_is_decoded_twice) {
  EXPECT_EQ(canonical("/public/%252e%252e/admin"), "/public/%252e%252e/admin");
  EXPECT_EQ(canonical("/%252f"), "/%252f");
  EXPECT_EQ(canonical("/%2561"), "/%2561");
}

TEST(CanonicalTargets, the_query_is_not_touched) {
  EXPECT_EQ(canonical("/a/../b?c=/../%2e%zz%00&d=?"), "/b?c=/../%2e%zz%00&d=?");
  EXPECT_EQ(canonical("/%61?%61"), "/a?%61");
  EXPECT_EQ(canonical("/.?"), "/?");
}

TEST(CanonicalTargets, a_way_out_of_the_root_is_refused) {
  for (std::string_view bad : {"/.."sv, "/../"sv, "/../a"sv, "/a/../../b"sv, "/./../a"sv, "/%2e%2e/a"sv, "/a/b/../../.."sv}) EXPECT_EQ(canonical(bad), kRefused) << bad;
}

TEST(CanonicalTargets, dots_beside_escaped_separators_are_refused) {
  for (std::string_view bad : {"/public/..%2fadmin"sv, "/public%2f..%2fadmin"sv, "/public%2F..%2Fadmin"sv, "/public%2f../admin"sv, "/a%5c..%5cb"sv, "/a\\..\\b"sv, "/..\\a"sv,
                               "/a%2f."sv, "/.%2fa"sv, "/a%2f%2e%2e"sv, "/%2e%2e%2fa"sv, "/a/%2e%2e%5Cb"sv, "/..%5cb"sv}) {
    EXPECT_EQ(canonical(bad), kRefused) << bad;
  }
}

TEST(CanonicalTargets, escaped_separators_without_dots_stay) {
  EXPECT_EQ(canonical("/a%2fb"), "/a%2fb");
  EXPECT_EQ(canonical("/a%2f..b"), "/a%2f..b");
  EXPECT_EQ(canonical("/a\\b"), "/a\\b");
  EXPECT_EQ(canonical("/%2f/../a"), "/a");
}

TEST(CanonicalTargets, bad_escapes_are_refused) {
  for (std::string_view bad : {"/%"sv, "/%4"sv, "/%zz"sv, "/%4g"sv, "/%g4"sv, "/a%/b"sv, "/%%41"sv, "/% 1"sv, "/%u002e"sv}) EXPECT_EQ(canonical(bad), kRefused) << bad;
}

TEST(CanonicalTargets, escaped_controls_are_refused) {
  for (std::string_view bad : {"/a%00"sv, "/%09admin"sv, "/x%0d%0aX-Injected:%201"sv, "/%1f"sv, "/%7F"sv, "/%0A"sv}) EXPECT_EQ(canonical(bad), kRefused) << bad;
}

TEST(CanonicalTargets, overlong_escapes_are_refused) {
  for (std::string_view bad : {"/%c0%ae%c0%ae/admin"sv, "/%C0%AF"sv, "/%c1%81"sv, "/%e0%80%ae"sv, "/%E0%81%a1"sv, "/%f0%80%80%af"sv, "/%f0%80%81%81"sv}) {
    EXPECT_EQ(canonical(bad), kRefused) << bad;
  }
}

TEST(CanonicalTargets, what_only_resembles_an_overlong_escape_stays) {
  for (std::string_view good : {"/%c0"sv, "/%c0a"sv, "/%c0%20"sv, "/%c3%a9"sv, "/%e0%a4%85"sv, "/%f0%9f%98%80"sv, "/%e0"sv, "/%f0%80"sv, "/%c0%c0"sv}) {
    EXPECT_EQ(canonical(good), good) << good;
  }
}

TEST(CanonicalTargets, raw_bytes_that_no_target_may_have_are_refused) {
  for (std::string_view bad : {""sv, "a"sv, "foo"sv, "*"sv, "@evil.example/"sv, "/a b"sv, "/a\tb"sv, "/a\0b"sv, "/a#b"sv, "/a\x7f"sv, "/caf\xc3\xa9"sv, "/a?b c"sv, "/a?b#c"sv, "/?\xff"sv,
                               "?q"sv, "http://a/"sv}) {
    EXPECT_EQ(canonical(bad), kRefused) << bad;
  }
}

TEST(CanonicalTargets, a_canonical_target_is_its_own_canonical_form) {
  // Every path of up to five pieces from which tricks are made.
  const std::string_view pieces[] = {"/", ".", "a", "%2e", "%2f", "\\", "%5C", "%61"};
  for (std::size_t code = 0; code < 8 * 8 * 8 * 8 * 8; ++code) {
    std::string target = "/";
    for (std::size_t rest = code; rest; rest /= 8) target += pieces[rest % 8];
    const std::string once = canonical(target);
    if (once == kRefused) continue;
    ASSERT_EQ(canonical(once), once) << target;
    ASSERT_FALSE(once.contains("/../") || once.contains("/./") || once.ends_with("/..") || once.ends_with("/.")) << target << " became " << once;
  }
}

}  // namespace
}  // namespace gladhand::http
