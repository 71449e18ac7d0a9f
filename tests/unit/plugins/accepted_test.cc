#include "compress/accepted.h"

#include <gtest/gtest.h>

#include <array>

namespace plugins {
namespace {

std::string_view chosen_of(std::string_view accepted) {
  constexpr std::array kBoth{Encoding::br, Encoding::gzip};
  const auto encoding = chosen(accepted, kBoth);
  return encoding ? name(*encoding) : "none";
}

TEST(Accepted, the_clients_preference_counts_and_then_ours) {
  EXPECT_EQ(chosen_of("gzip, deflate, br, zstd"), "br");
  EXPECT_EQ(chosen_of("gzip"), "gzip");
  EXPECT_EQ(chosen_of("GZIP"), "gzip");
  EXPECT_EQ(chosen_of("x-gzip"), "gzip");
  EXPECT_EQ(chosen_of("br;q=0.8, gzip;q=0.9"), "gzip");
  EXPECT_EQ(chosen_of("br;q=0.899, gzip;q=0.9"), "gzip");
  EXPECT_EQ(chosen_of("gzip ; q=0.5 , br ; q=0.5"), "br");
  EXPECT_EQ(chosen_of("*"), "br");
  EXPECT_EQ(chosen_of("br;q=0, *"), "gzip");
  EXPECT_EQ(chosen_of("gzip;q=1.000, br;q=0.999"), "gzip");
}

TEST(Accepted, what_is_not_taken_is_not_chosen) {
  for (const std::string_view accepted : {"", "identity", "zstd", "gzip;q=0", "gzip;q=0.000, br;q=0", "*;q=0", "gzipped", ", ,"}) EXPECT_EQ(chosen_of(accepted), "none") << accepted;
}

}  // namespace
}  // namespace plugins
