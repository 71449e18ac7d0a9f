#include "http/link.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace gladhand::http {
namespace {

// Each link as "target", with what it says behind it.
std::string links(std::string_view value) {
  LinkReader reader(value);
  std::string text;
  while (const auto link = reader.next()) {
    text += fmt::format("[{}{}{}{}]", link->target, link->is_preload ? " preload" : "", link->has_nopush ? " nopush" : "", link->has_anchor ? " anchor" : "");
  }
  return text;
}

TEST(Link, has_a_target_and_relation_types) {
  EXPECT_EQ(links("</a.css>; rel=preload"), "[/a.css preload]");
  EXPECT_EQ(links("</a.css>;rel=\"preload\";as=style"), "[/a.css preload]");
  EXPECT_EQ(links("<https://a.test/b?c=d&e;f#g>; rel=next"), "[https://a.test/b?c=d&e;f#g]");
  EXPECT_EQ(links("<>"), "[]");
}

TEST(Link, may_have_several_types_in_any_case) {
  EXPECT_EQ(links("</a>; REL=\"stylesheet Preload\""), "[/a preload]");
  EXPECT_EQ(links("</a>; rel=\"  preload  \""), "[/a preload]");
  EXPECT_EQ(links("</a>; rel=\"preloaded modulepreload\""), "[/a]");
}

TEST(Link, of_two_relations_has_the_first) {
  EXPECT_EQ(links("</a>; rel=next; rel=preload"), "[/a]");
  EXPECT_EQ(links("</a>; rel=preload; rel=next"), "[/a preload]");
  EXPECT_EQ(links("</a>; rel; rel=preload"), "[/a]");
}

TEST(Link, may_say_nopush_or_have_an_anchor) {
  EXPECT_EQ(links("</a>; rel=preload; nopush"), "[/a preload nopush]");
  EXPECT_EQ(links("</a>; NoPush=\"\"; rel=preload"), "[/a preload nopush]");
  EXPECT_EQ(links("</a>; rel=preload; anchor=\"#x\""), "[/a preload anchor]");
  EXPECT_EQ(links("</a>; rel=preload; title=nopush; x-nopush"), "[/a preload]");
}

TEST(Link, comes_in_lists) {
  EXPECT_EQ(links("</a>; rel=preload, </b>; rel=preload;nopush ,\t<c>"), "[/a preload][/b preload nopush][c]");
  EXPECT_EQ(links(" , ,, </a>,, </b> , "), "[/a][/b]");
  EXPECT_EQ(links(""), "");
  EXPECT_EQ(links(" ,"), "");
}

TEST(Link, may_quote_what_would_end_it) {
  EXPECT_EQ(links("</a>; title=\"x, </evil>; rel=preload\", </b>"), "[/a][/b]");
  EXPECT_EQ(links("</a>; title=\"x\\\", </evil>; y\"; rel=preload"), "[/a preload]");
  EXPECT_EQ(links("</a;b,c>; rel = preload"), "[/a;b,c preload]");
}

TEST(Link, that_breaks_the_grammar_is_none_and_the_last) {
  for (std::string_view bad : {"/a; rel=preload", "</a; rel=preload", "</a b>; rel=preload", "</a>; rel=", "</a>;", "</a>; ;rel=preload", "</a>; =preload",
                               "</a>; rel=\"preload", "</a>; rel=\"preload\\", "</a> rel=preload", "</a>; rel=pre load", "</a>; rel=preload </b>", "</\"a\">; rel=preload",
                               "</a\\b>; rel=preload", "</\xc3\xa4>; rel=preload", "</a>; title=\"\x01\"; rel=preload", "<</a>>; rel=preload", "</a>; r@l=preload"}) {
    EXPECT_EQ(links(bad), "") << bad;
    EXPECT_EQ(links(fmt::format("</good>; rel=preload, {}, </late>; rel=preload", bad)).substr(0, 15), "[/good preload]") << bad;
    EXPECT_EQ(links(fmt::format("</good>; rel=preload, {}, </late>; rel=preload", bad)).find("late"), std::string::npos) << bad;
  }
}

}  // namespace
}  // namespace gladhand::http
