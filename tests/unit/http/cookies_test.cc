#include "http/cookies.h"

#include <gtest/gtest.h>

namespace gladhand::http {
namespace {

TEST(Cookies, one_is_found_by_its_whole_name) {
  Headers fields;
  fields.add(FieldId::cookie, "Cookie", "a=1; srv=first; xsrv=2;srv2=3");
  fields.add(FieldId::cookie, "Cookie", "srv=second; last=x=y");
  EXPECT_EQ(cookie(fields, "srv"), "first");
  EXPECT_EQ(cookie(fields, "srv2"), "3");
  EXPECT_EQ(cookie(fields, "last"), "x=y");
  for (std::string_view none : {"sr", "v", "A", "first", "SRV"}) EXPECT_EQ(cookie(fields, none), "") << none;
}

TEST(Cookies, what_is_no_pair_is_passed_over) {
  for (std::string_view odd : {"", ";", "srv", "srv=", "=srv", " ; srv ;", "srv;=1"}) {
    Headers fields;
    fields.add(FieldId::cookie, "Cookie", odd);
    EXPECT_EQ(cookie(fields, "srv"), "") << odd;
  }
}

}  // namespace
}  // namespace gladhand::http
