#include "tls/digest.h"

#include <gtest/gtest.h>

namespace gladhand::tls {
namespace {

TEST(Digest, sha1_in_base64) {
  EXPECT_EQ(sha1_base64(""), "2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
  // The example of RFC 6455 section 1.3.
  EXPECT_EQ(sha1_base64("dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace
}  // namespace gladhand::tls
