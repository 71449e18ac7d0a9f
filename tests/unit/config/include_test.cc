#include "config/include.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/document.h"
#include "config/read.h"
#include "config/show.h"
#include "support/scratch_folder.h"
#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class ConfigInclude : public ::testing::Test {
 protected:
  void write(const std::string& name, std::string_view text) const {
    scratch_.file(folder_ / name, text);
  }

  // The main file with `include` in its first line and a listener, so that what follows begins in line 4.
  Result read_main(std::string_view include, std::string_view more = "") const {
    write("g.toml", "include = " + std::string(include) + "\n" + std::string(kListener) + std::string(more));
    return read_file((folder_ / "g.toml").string(), environment_of({{"TEAM", "blue"}}));
  }

  // "E012 routes/a.toml:3:1", the folder of the test left out.
  std::vector<std::string> findings(const Result& result) const {
    std::vector<std::string> out;
    for (const Diagnostic& d : result.diagnostics) {
      out.push_back(std::string(d.code()) + " " + short_name(d.place.file) + brief(d).substr(d.code().size()));
      out.back().replace(out.back().rfind(' '), 1, ":");
    }
    return out;
  }

  std::string short_name(const std::string& file) const {
    const std::string prefix = folder_.string() + "/";
    return file.starts_with(prefix) ? file.substr(prefix.size()) : file;
  }

  std::vector<std::string> files(const Result& result) const {
    std::vector<std::string> names;
    for (const std::string& file : result.source.files()) names.push_back(short_name(file));
    return names;
  }

  static std::vector<std::string> upstreams_of_routes(const Result& result) {
    std::vector<std::string> out;
    for (const Route& route : result.config.routes) out.push_back(route.upstream);
    return out;
  }

  const test::ScratchFolder scratch_;
  std::filesystem::path folder_ = scratch_.path();
};

std::string route_to(std::string_view upstream) { return "[[route]]\nupstream = \"" + std::string(upstream) + "\"\n"; }

TEST_F(ConfigInclude, tables_of_all_files_come_together_the_main_file_first_and_then_by_name) {
  write("routes/b.toml", route_to("http://b1") + route_to("http://b2"));
  write("routes/a.toml", "[[listener]]\naddress = \":9\"\n[upstream.app]\nendpoints = \"http://app\"\n[plugin.mine]\npath = \"p.so\"\n" + route_to("app"));
  write("routes/.hidden.toml", "nonsense");
  write("routes/notes.txt", "nonsense");
  const Result result = read_main("[\"routes/*.toml\"]", route_to("http://main"));
  ASSERT_THAT(findings(result), IsEmpty()) << render(result.diagnostics);
  EXPECT_THAT(upstreams_of_routes(result), ElementsAre("http://main", "app", "http://b1", "http://b2"));
  EXPECT_THAT(result.config.listeners, SizeIs(2));
  EXPECT_EQ(result.config.listeners[1].address, ":9");
  EXPECT_EQ(result.config.plugins.at(0).name, "mine");
  EXPECT_THAT(files(result), ElementsAre("g.toml", "routes/a.toml", "routes/b.toml"));
  EXPECT_EQ(short_name(result.config.routes[1].place.file), "routes/a.toml");
  EXPECT_EQ(result.config.routes[1].place.line, 7u);
}

TEST_F(ConfigInclude, a_name_of_one_file_may_be_used_in_another) {
  write("routes.toml", route_to("app"));
  write("certificates.toml", "[certificate.web]\ncert = \"c\"\nkey = \"k\"\n");
  const Result result = read_main("[\"routes.toml\", \"certificates.toml\"]", "tls = { certificates = \"web\" }\n[upstream.app]\nendpoints = \"http://a\"\n");
  EXPECT_THAT(findings(result), IsEmpty()) << render(result.diagnostics);
}

TEST_F(ConfigInclude, a_single_string_will_do_and_variables_are_replaced) {
  write("teams/blue.toml", route_to("http://blue"));
  const Result result = read_main("\"teams/${TEAM}.toml\"");
  ASSERT_THAT(findings(result), IsEmpty()) << render(result.diagnostics);
  EXPECT_THAT(upstreams_of_routes(result), ElementsAre("http://blue"));
}

TEST_F(ConfigInclude, what_stands_first_in_the_list_comes_first_and_no_file_comes_twice) {
  for (const std::string name : {"a", "b", "c"}) write("routes/" + name + ".toml", route_to("http://" + name));
  const Result result = read_main("[\"routes/c.toml\", \"routes/[ab].toml\", \"routes/?.toml\", \"" + (folder_ / "routes/a.toml").string() + "\"]");
  ASSERT_THAT(findings(result), IsEmpty()) << render(result.diagnostics);
  EXPECT_THAT(upstreams_of_routes(result), ElementsAre("http://c", "http://a", "http://b"));
}

TEST_F(ConfigInclude, names_are_sorted_by_their_bytes_whatever_the_locale) {
  for (const std::string name : {"a", "B", "_", "10", "9"}) write("r/" + name + ".toml", route_to("http://" + name));
  EXPECT_THAT(files(read_main("\"r/*\"")), ElementsAre("g.toml", "r/10.toml", "r/9.toml", "r/B.toml", "r/_.toml", "r/a.toml"));
}

TEST_F(ConfigInclude, a_pattern_that_the_main_file_fits_does_not_lead_to_it) {
  write("a.toml", route_to("http://a"));
  EXPECT_THAT(files(read_main("\"*.toml\"")), ElementsAre("g.toml", "a.toml"));
  const Result itself = read_main("[\"a.toml\", \"./g.toml\"]");
  EXPECT_THAT(findings(itself), ElementsAre("E059 g.toml:1:22"));
  EXPECT_EQ(itself.diagnostics[0].message, "`./g.toml` would include itself");
}

TEST_F(ConfigInclude, wildcards_in_the_name_of_the_main_folder_stand_for_themselves) {
  folder_ /= "a*[b]?\\c";
  write("x.toml", route_to("http://x"));
  EXPECT_THAT(files(read_main("\"?.toml\"")), ElementsAre("g.toml", "x.toml"));
  folder_ = folder_.parent_path();
}

TEST_F(ConfigInclude, a_pattern_may_lead_to_nothing_and_a_path_may_not) {
  EXPECT_THAT(findings(read_main("[\"routes/*.toml\", \"no/*/such.toml\", \"g.toml/*\"]", kRoute)), IsEmpty());
  const Result result = read_main("[\"routes/*.toml\", \"routes/a.toml\"]", kRoute);
  ASSERT_THAT(findings(result), ElementsAre("E002 g.toml:1:29"));
  EXPECT_THAT(result.diagnostics[0].message, HasSubstr("routes/a.toml`: No such file or directory"));
  EXPECT_EQ(underlined(result.diagnostics[0]), "\"routes/a.toml\"");
}

TEST_F(ConfigInclude, a_folder_that_cannot_be_read_is_an_error_and_not_an_empty_one) {
  std::filesystem::create_symlink("loop", folder_ / "loop");
  const Result result = read_main("\"loop/*.toml\"", kRoute);
  ASSERT_THAT(findings(result), ElementsAre("E002 g.toml:1:11"));
  EXPECT_THAT(result.diagnostics[0].message, HasSubstr("cannot be read"));
  std::filesystem::create_directory(folder_ / "d");
  EXPECT_THAT(findings(read_main("\"d\"", kRoute)), ElementsAre("E002 g.toml:1:11")) << "a folder itself";
}

TEST_F(ConfigInclude, errors_of_all_files_are_told_at_once_each_with_its_file_line_and_caret) {
  write("a.toml", "\n[[route]]\nupstraem = \"http://a\"\n");
  write("b.toml", "[upstream.app]\nendpoints = \"http://b\"\nbalance = \"round-robin\"\n[[route]]\nupstream = \"appp\"\n");
  const Result result = read_main("\"?.toml\"", "bakclog = 1\n");
  EXPECT_THAT(findings(result), ElementsAre("E012 g.toml:4:1", "E012 a.toml:3:1", "E017 b.toml:3:11", "E031 b.toml:5:12"));
  EXPECT_EQ(result.diagnostics[1].text, "upstraem = \"http://a\"");
  EXPECT_EQ(underlined(result.diagnostics[1]), "upstraem");
  EXPECT_EQ(result.diagnostics[1].hint, "did you mean `upstream`?");
  EXPECT_EQ(result.diagnostics[2].hint, "did you mean `round_robin`?");
  EXPECT_EQ(underlined(result.diagnostics[3]), "\"appp\"");
  EXPECT_EQ(result.diagnostics[3].hint, "did you mean `app`?");
  const auto as_json = nlohmann::json::parse(render_json(result.diagnostics));
  EXPECT_EQ(as_json[3]["file"], (folder_ / "b.toml").string());
  EXPECT_EQ(as_json[3]["line"], 5);
}

TEST_F(ConfigInclude, the_same_line_of_two_files_is_two_places) {
  write("a.toml", "[[route]]\nupstream = \"nowhere\"\n");
  write("b.toml", "[[route]]\nupstream = 1\n");
  EXPECT_THAT(findings(read_main("[\"a.toml\", \"b.toml\"]")), ElementsAre("E031 a.toml:2:12", "E013 b.toml:2:12"));
}

TEST_F(ConfigInclude, what_is_not_toml_is_told_beside_the_errors_of_the_others) {
  write("a.toml", "[upstream.app\n");
  write("b.toml", "[[route]]\nupstream = \"app\"\nnonsense = 1\n");
  EXPECT_THAT(findings(read_main("\"?.toml\"")), ElementsAre("E001 a.toml:1:14", "E012 b.toml:3:1")) << "whether app is defined cannot be known";
}

TEST_F(ConfigInclude, the_process_is_described_by_the_main_file_alone) {
  write("a.toml", "include = \"b.toml\"\n[server]\nworkers = 2\n[log]\nlevel = \"loud\"\n" + route_to("http://a"));
  const Result result = read_main("\"a.toml\"");
  ASSERT_THAT(findings(result), ElementsAre("E059 a.toml:1:1", "E059 a.toml:2:2", "E059 a.toml:4:2"));
  EXPECT_EQ(result.diagnostics[0].message, "`include` may stand in the main file only");
  EXPECT_THAT(result.diagnostics[1].hint, HasSubstr("move it to "));
  EXPECT_THAT(result.diagnostics[1].hint, HasSubstr("/g.toml"));
}

TEST_F(ConfigInclude, a_table_with_a_name_stands_in_one_file_and_both_places_are_named) {
  write("a.toml", "[upstream.app]\nendpoints = \"http://a\"\n" + route_to("app"));
  write("b.toml", "[upstream.app.timeouts]\nconnect = \"2s\"\nidel = \"1s\"\n[certificate.web]\ncert = \"c\"\nkey = \"k\"\n");
  const Result result = read_main("\"?.toml\"", "[certificate.web]\ncert = \"c\"\nkey = \"k\"\n");
  ASSERT_THAT(findings(result), ElementsAre("E030 b.toml:1:1", "E012 b.toml:3:1", "E030 b.toml:4:1")) << render(result.diagnostics);
  EXPECT_EQ(result.diagnostics[0].message, "upstream `app` is defined twice");
  EXPECT_EQ(result.diagnostics[0].hint, "first in " + (folder_ / "a.toml").string() + ":1; a table stands in one file, as a whole");
  EXPECT_THAT(result.diagnostics[2].hint, HasSubstr("g.toml:4;"));
}

TEST_F(ConfigInclude, names_and_addresses_of_listeners_are_their_own_in_all_files) {
  write("a.toml", "[[listener]]\nname = \"web\"\naddress = \":8080\"\n[[listener]]\nname = \"web\"\naddress = \":2\"\n");
  const Result result = read_main("\"a.toml\"", kRoute);
  ASSERT_THAT(findings(result), ElementsAre("E030 a.toml:3:11", "E030 a.toml:5:8"));
  EXPECT_EQ(result.diagnostics[0].hint, "first in " + (folder_ / "g.toml").string() + ":3");
  EXPECT_EQ(result.diagnostics[1].hint, "first in line 2; give one of the two another name");
}

TEST_F(ConfigInclude, paths_begin_in_the_folder_of_the_main_file) {
  write("certificates/web.toml", "[certificate.web]\ncert = \"certs/web.pem\"\nkey = \"/k\"\n");
  const Result result = read_main("\"certificates/*.toml\"", kRoute);
  EXPECT_EQ(result.config.certificates.at(0).cert, (folder_ / "certs/web.pem").string());
}

TEST_F(ConfigInclude, there_is_a_limit_to_the_number_and_the_size_of_files) {
  for (std::size_t i = 0; i < kMostIncluded; ++i) write("r/" + std::to_string(i) + ".toml", "");
  EXPECT_THAT(files(read_main("\"r/*\"", kRoute)), SizeIs(kMostIncluded + 1));
  write("r/one-more.toml", "");
  const Result result = read_main("[\"r/*\", \"r/*\"]", kRoute);
  ASSERT_THAT(findings(result), ElementsAre("E036 g.toml:1:12"));
  EXPECT_EQ(result.diagnostics[0].message, "more than 256 files are included");

  write("big.toml", std::string(kMostBytes + 1, '#'));
  EXPECT_THAT(findings(read_main("\"big.toml\"", kRoute)), ElementsAre("E003 big.toml:1:1"));
  EXPECT_THAT(findings(read_main("\"/dev/zero\"", kRoute)), ElementsAre("E003 /dev/zero:1:1"));
}

TEST_F(ConfigInclude, an_include_that_cannot_be_understood_is_one_error) {
  for (const std::string value : {"1", "[\"\"]", "[]", "[1]", "\"${NO}\"", "{ a = 1 }"}) {
    EXPECT_THAT(read_main(value).diagnostics, SizeIs(1)) << value;
  }
}

TEST_F(ConfigInclude, what_is_in_force_names_the_file_of_each_value_and_reads_back_as_one_file) {
  write("routes/a.toml", "[certificate.web]\ncert = \"certs/c\"\nkey = \"k\"\n" + route_to("http://a"));
  const Result result = read_main("\"routes/*.toml\"", route_to("http://main"));
  ASSERT_THAT(findings(result), IsEmpty());
  const std::string text = show_toml(result.config, result.source, Shown::given);
  EXPECT_THAT(text, HasSubstr("# The configuration of " + (folder_ / "g.toml").string() + " with " + (folder_ / "routes/a.toml").string() + ", as it is in force.\n"));
  EXPECT_THAT(text, HasSubstr("upstream = \"http://a\"  # " + (folder_ / "routes/a.toml").string() + ":5\n"));
  EXPECT_THAT(text, HasSubstr("upstream = \"http://main\"  # " + (folder_ / "g.toml").string() + ":5\n"));
  EXPECT_THAT(text, HasSubstr("cert = \"certs/c\""));
  EXPECT_THAT(text, Not(HasSubstr("\ninclude")));
  const Result again = read(text, (folder_ / "g.toml").string());
  EXPECT_THAT(again.diagnostics, IsEmpty());
  EXPECT_EQ(upstreams_of_routes(again), upstreams_of_routes(result));
  EXPECT_EQ(again.config.certificates.at(0).cert, result.config.certificates.at(0).cert);

  const auto as_json = nlohmann::json::parse(show_json(result.config, result.source, Shown::given));
  EXPECT_EQ(as_json["files"], nlohmann::json({(folder_ / "g.toml").string(), (folder_ / "routes/a.toml").string()}));
  EXPECT_EQ(as_json["configuration"]["include"]["value"], nlohmann::json({"routes/*.toml"}));
  EXPECT_EQ(as_json["configuration"]["route"][1]["upstream"]["from"], (folder_ / "routes/a.toml").string() + ":5");
}

TEST(ConfigIncludeNowhere, without_a_folder_patterns_begin_in_the_current_one) {
  const Result result = read_toml("include = \"no-such-folder-here/*.toml\"\n" + std::string(kListener) + std::string(kRoute));
  EXPECT_THAT(brief(result), IsEmpty());
}

}  // namespace
}  // namespace gladhand::config
