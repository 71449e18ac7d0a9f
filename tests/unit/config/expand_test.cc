#include "config/expand.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

const Environment kEnvironment =
    environment_of({{"HOST", "example.com"}, {"EMPTY", ""}, {"_1", "x"}, {"NESTED", "${HOST}"}});

TEST(ConfigExpand, a_variable_is_replaced_wherever_it_stands) {
  EXPECT_EQ(expand("${HOST}", kEnvironment), "example.com");
  EXPECT_EQ(expand("http://${HOST}:${_1}/", kEnvironment), "http://example.com:x/");
  EXPECT_EQ(expand("nothing", kEnvironment), "nothing");
  EXPECT_EQ(expand("", kEnvironment), "");
}

TEST(ConfigExpand, a_default_stands_in_for_what_is_unset_or_empty) {
  EXPECT_EQ(expand("${UNSET:-certs/web.pem}", kEnvironment), "certs/web.pem");
  EXPECT_EQ(expand("${EMPTY:-default}", kEnvironment), "default");
  EXPECT_EQ(expand("${HOST:-default}", kEnvironment), "example.com");
  EXPECT_EQ(expand("${UNSET:-}", kEnvironment), "");
  EXPECT_EQ(expand("${UNSET:-a:-b}", kEnvironment), "a:-b");
}

TEST(ConfigExpand, an_empty_variable_without_a_default_is_empty) {
  EXPECT_EQ(expand("[${EMPTY}]", kEnvironment), "[]");
}

TEST(ConfigExpand, an_unset_variable_without_a_default_is_a_fault) {
  const auto expanded = expand("a ${UNSET} b", kEnvironment);
  ASSERT_FALSE(expanded);
  EXPECT_EQ(expanded.error().rule, Rule::unset_variable);
  EXPECT_EQ(expanded.error().message, "the variable `UNSET` is not set");
  EXPECT_EQ(expanded.error().hint, "set it, or give a default: ${UNSET:-...}");
}

TEST(ConfigExpand, what_was_put_in_is_not_expanded_again) { EXPECT_EQ(expand("${NESTED}", kEnvironment), "${HOST}"); }

TEST(ConfigExpand, dollars_stand_for_themselves_and_two_of_them_for_an_escape) {
  EXPECT_EQ(expand("$HOST costs $5 $", kEnvironment), "$HOST costs $5 $");
  EXPECT_EQ(expand("$${HOST}", kEnvironment), "${HOST}");
  EXPECT_EQ(expand("$$", kEnvironment), "$$");
}

TEST(ConfigExpand, what_is_not_a_variable_is_a_fault) {
  for (const char* text : {"${", "${HOST", "${}", "${1A}", "${A B}", "${HOST-x}", "${HOST:?x}", "${HÖST}", "${:-x}"}) {
    const auto expanded = expand(text, kEnvironment);
    ASSERT_FALSE(expanded) << text;
    EXPECT_EQ(expanded.error().rule, Rule::bad_expansion) << text;
  }
}

TEST(ConfigExpand, the_process_has_an_environment) {
  ASSERT_EQ(setenv("GLADHAND_EXPAND_TEST", "value", 1), 0);
  EXPECT_EQ(process_environment("GLADHAND_EXPAND_TEST"), "value");
  ASSERT_EQ(unsetenv("GLADHAND_EXPAND_TEST"), 0);
  EXPECT_EQ(process_environment("GLADHAND_EXPAND_TEST"), std::nullopt);
}

}  // namespace
}  // namespace gladhand::config
