#include "server/gzip.h"

#include <gtest/gtest.h>

namespace gladhand::server {
namespace {

TEST(Gzip, is_taken_where_the_field_says_so) {
  for (const char* field : {"gzip", "GZip", "x-gzip", "br, gzip", "gzip;q=0.001", " deflate ;q=1 ,\tgzip ; q=1", "*", "br;q=0, *;q=0.1", "gzip, *;q=0", "gzip;other=0"}) {
    EXPECT_TRUE(takes_gzip(field)) << field;
  }
}

TEST(Gzip, is_not_taken_otherwise) {
  for (const char* field : {"", "identity", "gzip;q=0", "gzip; Q=0.000", "*;q=0", "gzip;q=0, *", "gzipped", "br", ",", ";", "q=1"}) EXPECT_FALSE(takes_gzip(field)) << field;
}

}  // namespace
}  // namespace gladhand::server
