#include "config/suggest.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace gladhand::config {
namespace {

constexpr std::array<std::string_view, 5> kKeys{"name", "address", "tls", "forwarded", "trusted_proxies"};

TEST(ConfigSuggest, a_letter_missing_added_wrong_or_swapped_is_forgiven) {
  EXPECT_EQ(nearest("adress", kKeys), "address");
  EXPECT_EQ(nearest("addresss", kKeys), "address");
  EXPECT_EQ(nearest("addrezs", kKeys), "address");
  EXPECT_EQ(nearest("adderss", kKeys), "address");
  EXPECT_EQ(nearest("tsl", kKeys), "tls");
}

TEST(ConfigSuggest, case_and_hyphens_are_forgiven) {
  EXPECT_EQ(nearest("Trusted-Proxies", kKeys), "trusted_proxies");
  EXPECT_EQ(nearest("NAME", kKeys), "name");
}

TEST(ConfigSuggest, a_beginning_is_enough) {
  EXPECT_EQ(nearest("forward", kKeys), "forwarded");
  EXPECT_EQ(nearest("addr", kKeys), "address");
  EXPECT_EQ(nearest("names", kKeys), "name");
}

TEST(ConfigSuggest, the_nearest_wins) {
  constexpr std::array<std::string_view, 3> words{"header_bytes", "header_fields", "header"};
  EXPECT_EQ(nearest("header_byte", words), "header_bytes");
  EXPECT_EQ(nearest("heder", words), "header");
}

TEST(ConfigSuggest, what_is_not_near_is_not_guessed) {
  EXPECT_EQ(nearest("banana", kKeys), "");
  EXPECT_EQ(nearest("", kKeys), "");
  EXPECT_EQ(nearest("a", kKeys), "");
  EXPECT_EQ(nearest("tx", kKeys), "");
  EXPECT_EQ(nearest(std::string(100'000, 'a'), kKeys), "");
  constexpr std::array<std::string_view, 1> word{"ab"};
  EXPECT_EQ(nearest("cb", word), "");
}

TEST(ConfigSuggest, without_a_guess_the_candidates_are_listed) {
  EXPECT_EQ(suggest("adress", kKeys), "did you mean `address`?");
  EXPECT_EQ(suggest("banana", kKeys), "expected one of: name, address, tls, forwarded, trusted_proxies");
  EXPECT_EQ(suggest("banana", kKeys, "defined"), "defined: name, address, tls, forwarded, trusted_proxies");
  EXPECT_EQ(suggest("banana", {}), "");
}

TEST(ConfigSuggest, a_long_list_is_cut) {
  const std::vector<std::string_view> many(100, "known");
  const std::string text = suggest("banana", many);
  EXPECT_TRUE(text.ends_with("known, …")) << text;
  EXPECT_LT(text.size(), 200u);
}

}  // namespace
}  // namespace gladhand::config
