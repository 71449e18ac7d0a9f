#include "base/error.h"

#include <gtest/gtest.h>

#include <set>

namespace gladhand {
namespace {

TEST(ErrorTable, names_are_unique_and_fit_for_a_metric_label) {
  std::set<std::string_view> names;
  for (const ErrorRow& error : kErrors) {
    EXPECT_TRUE(names.insert(error.name).second) << error.name;
    EXPECT_EQ(error.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"), std::string_view::npos) << error.name;
  }
}

TEST(ErrorTable, a_local_reply_is_an_error_of_either_side) {
  for (const ErrorRow& error : kErrors) {
    EXPECT_TRUE(error.status == 0 || (error.status >= 400 && error.status <= 599)) << error.name;
  }
}

TEST(ErrorTable, what_may_be_sent_again_can_be_reported_to_the_client_or_is_a_handshake) {
  for (const ErrorRow& error : kErrors) {
    EXPECT_TRUE(!error.retryable || error.status >= 500 || error.handshake) << error.name;
  }
}

TEST(Error, it_is_named_by_its_code) { EXPECT_EQ((Error{Code::dns_failure}.name()), "dns_failure"); }

}  // namespace
}  // namespace gladhand
