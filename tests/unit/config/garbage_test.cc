// Whatever a file holds, reading ends, says something and breaks nothing.
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/document.h"
#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using namespace std::literals;

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

// Reads and shows, for showing must survive too. True if there was something to say.
bool is_refused(std::string_view text) {
  const Result result = read_toml(text);
  EXPECT_EQ(render(result.diagnostics).empty(), result.is_valid());
  EXPECT_FALSE(render_json(result.diagnostics).empty());
  return !result.is_valid();
}

const std::string kValid = std::string(kListener) + std::string(kRoute);

TEST(ConfigGarbage, control_characters_and_broken_utf8_are_syntax_errors) {
  for (const std::string& text : {"\0"s, "a = \0"s, "a = \"\0\""s, "\xFF\xFE"s, "a = \"\xC3\""s, "\x1B[2J"s,
                                  "a = \"\xED\xA0\x80\""s, "a\0b = 1"s}) {
    const Result result = read_toml(kValid + text);
    ASSERT_EQ(result.diagnostics.size(), 1u) << text;
    EXPECT_EQ(result.diagnostics[0].rule, Rule::syntax) << text;
    EXPECT_EQ(result.diagnostics[0].place.line, 5u) << text;
  }
}

TEST(ConfigGarbage, a_byte_order_mark_is_welcome_once_and_moves_no_column) {
  EXPECT_THAT(brief(read_toml("\xEF\xBB\xBF" + kValid)), IsEmpty());
  EXPECT_THAT(brief(read_toml("\xEF\xBB\xBFnonsense = 1\n" + kValid)), ElementsAre("E012 1:1"));
  EXPECT_TRUE(is_refused("\xEF\xBB\xBF\xEF\xBB\xBF" + kValid));
}

TEST(ConfigGarbage, line_endings_of_windows_are_welcome) {
  EXPECT_THAT(
      brief(read_toml("[[listener]]\r\naddress = \":1\"\r\nnam = 1\r\n[[route]]\r\nupstream = \"http://a\"\r\n")),
      ElementsAre("E012 3:1"));
}

TEST(ConfigGarbage, escaped_control_characters_in_strings_are_refused) {
  EXPECT_THAT(brief(read_between("name = \"a\\u0000b\"")), ElementsAre("E019 3:8"));
  EXPECT_THAT(brief(read_between("name = \"\"\"a\nb\"\"\"")), ElementsAre("E019 3:8"));
  EXPECT_THAT(brief(read_between("\"\\u001b[2J\" = 1")), ElementsAre("E012 3:1"));
  EXPECT_EQ(read_between("\"\\u001b[2J\" = 1").diagnostics[0].message, "unknown key `\uFFFD[2J` in [[listener]]");
}

TEST(ConfigGarbage, nesting_without_end_is_refused) {
  for (const std::string_view opening : {"[", "{a=", "[{a="}) {
    EXPECT_TRUE(is_refused("a = " + repeated(opening, 100'000)));
  }
  for (const std::string_view part : {"a.", "'a'.", "\"a\" . "}) {
    EXPECT_TRUE(is_refused(repeated(part, 100'000) + "a = 1"));
    EXPECT_TRUE(is_refused("[" + repeated(part, 100'000) + "a]"));
    EXPECT_TRUE(is_refused("[[" + repeated(part, 100'000) + "a]]"));
    EXPECT_TRUE(is_refused("x = {" + repeated(part, 100'000) + "a = 1}"));
  }
}

TEST(ConfigGarbage, the_deepest_that_is_parsed_can_also_be_destroyed) {
  const std::string key = repeated("a.", kMostKeyParts - 1) + "a";
  std::string text = "[" + key + "]\n" + key + " = ";
  for (std::size_t i = 0; i < kDeepest - 2; ++i) text += "{" + key + " = ";
  text += "1" + std::string(kDeepest - 2, '}');
  ASSERT_TRUE(parse_document(text));
  EXPECT_TRUE(is_refused(text));
}

TEST(ConfigGarbage, quotes_cannot_hide_dots_from_the_count) {
  const std::string deep = "\n[" + repeated("a.", 100'000) + "a]\n";
  for (const std::string_view before :
       {"a = \"\"\"x\"\"\"\"", "a = '''x''''", "a = \"\"", "a = ''", "a = \"\"\"x\"\"\"\"\"", "# \"\"\"", "# '''",
        "a = \"\\\"\"", "a = '\\'", "a = \"\"\"\\\"\"\"\"", "a = \"\"\"\n# \"\"\"", "'\"' = 1", "\"'\" = 1"}) {
    EXPECT_TRUE(is_refused(std::string(before) + deep)) << before;
  }
}

TEST(ConfigGarbage, a_million_bytes_of_one_kind_are_read_in_time) {
  EXPECT_TRUE(is_refused(repeated("[[route]]\n", 100'000)));
  EXPECT_TRUE(is_refused(repeated("[[listener]]\nx=1\n", 50'000)));
  EXPECT_TRUE(is_refused("x = [" + repeated("1,", 500'000) + "]"));
  EXPECT_TRUE(is_refused(kValid + "match.path = [" + repeated("1,", 500'000) + "]"));
  EXPECT_TRUE(is_refused(kValid + "match.path = [" + repeated("\"x\",", 250'000) + "]"));
  EXPECT_TRUE(is_refused("server.admin = \"" + repeated("${X:-a}", 140'000) + "\""));
  EXPECT_TRUE(is_refused(repeated("x", 1'000'000) + " = 1"));
  EXPECT_TRUE(is_refused("server.workers = " + repeated("9", 1'000'000)));
  EXPECT_TRUE(is_refused("server.drain_timeout = \"" + repeated("9", 1'000'000) + "h\""));
  std::string keys;
  for (int i = 0; i < 80'000; ++i) keys += "k" + std::to_string(i) + " = 1\n";
  EXPECT_TRUE(is_refused(keys));
  std::string upstreams;
  for (int i = 0; i < 9'000; ++i)
    upstreams += "[upstream.u" + std::to_string(i) + "]\nendpoints=\"http://a\"\n[[route]]\nupstream=\"v" +
                 std::to_string(i) + "\"\n";
  EXPECT_TRUE(is_refused(upstreams));
}

TEST(ConfigGarbage, every_beginning_of_a_good_file_is_survived) {
  const std::string text =
      "[server]\nadmin = \"off\"\n[[listener]]\naddress = \":1\"\ntls = { self_signed = true }\nlimits.body_bytes = "
      "\"1MiB\"\n"
      "[upstream.app]\nendpoints = [\"http://${A:-é}:1\", 'http://b']\n[[route]]\nmatch = { host = \"*.a.b\" "
      "}\nupstream = \"app\"\n";
  for (std::size_t n = 0; n < text.size(); ++n) is_refused(std::string_view(text).substr(0, n));
}

TEST(ConfigGarbage, files_with_bytes_changed_at_random_are_survived) {
  std::mt19937 random(1);
  const std::string good =
      "[server]\nworkers = 2\n[[listener]]\naddress = \"[::1]:1\"\ntls = { certificates = [\"web\"] }\ntimeouts = { "
      "body = \"1s\" }\n"
      "[certificate.web]\ncert = \"${A:-b}\"\nkey = 'k'\n[upstream.app]\nendpoints = "
      "[\"http://a:1\"]\n[[route]]\nmatch.path = \"/x/*\"\nupstream = \"app\"\n";
  constexpr auto kSpecial = "\0\"'[]{}.,=#\n\\$-_:/*\xFF\xC3\x7F\x01 09aZ"sv;
  for (int round = 0; round < 3'000; ++round) {
    std::string text = good;
    for (unsigned changes = 1 + random() % 8; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      const char c = kSpecial[random() % kSpecial.size()];
      switch (random() % 3) {
        case 0: text[at] = c; break;
        case 1: text.insert(at, 1 + random() % 3, c); break;
        default: text.erase(at, 1 + random() % 5); break;
      }
    }
    is_refused(text);
  }
}

}  // namespace
}  // namespace gladhand::config
