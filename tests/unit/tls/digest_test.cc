#include "tls/digest.h"

#include <gtest/gtest.h>

namespace gladhand::tls {
namespace {

TEST(Digest, sha1_in_base64) {
  EXPECT_EQ(sha1_base64(""), "2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
  // The example of RFC 6455 section 1.3.
  EXPECT_EQ(sha1_base64("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(KeyedDigest, equal_texts_and_no_others_have_equal_digests) {
  KeyedDigest digest;
  const KeyedDigest::Value one = digest.of("ann:secret");
  EXPECT_NE(digest.of("ann:secreT"), one);
  EXPECT_NE(digest.of(""), one);
  EXPECT_NE(digest.of(""), KeyedDigest::Value{});
  EXPECT_EQ(digest.of("ann:secret"), one);
}

TEST(KeyedDigest, each_has_a_key_of_its_own) {
  EXPECT_NE(KeyedDigest().of("ann:secret"), KeyedDigest().of("ann:secret"));
}

}  // namespace
}  // namespace gladhand::tls
