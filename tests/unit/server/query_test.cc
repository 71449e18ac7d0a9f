#include "server/query.h"

#include <gmock/gmock.h>

namespace gladhand::server {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(Query, has_names_and_values_in_their_order) {
  EXPECT_THAT(*parse_query("/a?b=1&a=2&b=3&c"), ElementsAre(Pair("b", "1"), Pair("a", "2"), Pair("b", "3"), Pair("c", "")));
  EXPECT_THAT(*parse_query("/a?x=1=2"), ElementsAre(Pair("x", "1=2")));
  EXPECT_THAT(*parse_query("/a"), IsEmpty());
  EXPECT_THAT(*parse_query("/a?"), IsEmpty());
  EXPECT_THAT(*parse_query("/a?&&"), IsEmpty());
}

TEST(Query, is_decoded) {
  EXPECT_THAT(*parse_query("/?name=%3A8443&a%26b=c+d%2B%C3%A4"), ElementsAre(Pair("name", ":8443"), Pair("a&b", "c d+\xc3\xa4")));
}

TEST(Query, names_the_piece_that_is_broken) {
  for (const char* broken : {"a=%", "a=%4", "a=%4x", "%zz=1", "a=%-1"}) EXPECT_EQ(parse_query(std::string("/?ok=1&") + broken).error(), broken);
}

}  // namespace
}  // namespace gladhand::server
