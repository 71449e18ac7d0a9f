#include "tls/base64.h"

#include <gtest/gtest.h>

namespace gladhand::tls {
namespace {

using namespace std::string_literals;

TEST(Base64, the_examples_of_rfc_4648_are_read) {
  const std::pair<const char*, const char*> examples[] = {
      {"", ""}, {"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"}, {"Zm9vYg==", "foob"}, {"Zm9vYmE=", "fooba"}, {"Zm9vYmFy", "foobar"}};
  for (const auto& [encoded, decoded] : examples) EXPECT_EQ(base64_decoded(encoded), decoded) << encoded;
}

TEST(Base64, every_byte_can_be_meant) {
  EXPECT_EQ(base64_decoded("AP+/+g=="), "\0\xff\xbf\xfa"s);
}

TEST(Base64, what_no_encoder_makes_has_no_reading) {
  for (const std::string_view text :
       {"Z", "Zg", "Zg=", "Zm9vYg", "Zg==Zg==", "Z===", "====", "=", "==", "=Zg=", "Z=g=", "Zh==", "Zm9=", " Zg==", "Zg== ", "Zm9v\n",
        "    ", "   Zm9v ", "Zm9v    ", "Zm-v", "Zm_v", "Zm9\xff", "Zm.v", "A===", "AAAA====", "Zg==\r\n\r\n"}) {
    EXPECT_FALSE(base64_decoded(text)) << text;
  }
  EXPECT_FALSE(base64_decoded(std::string_view("Zm9\0", 4)));
}

}  // namespace
}  // namespace gladhand::tls
