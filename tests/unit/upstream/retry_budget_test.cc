#include "upstream/retry_budget.h"

#include <gtest/gtest.h>

namespace gladhand::upstream {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class RetryBudgetTest : public testing::Test {
 protected:
  RetryBudget budget;
  Nanos now = seconds(1000);

  void requests(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) budget.note_request(now);
  }
  std::size_t take_all() {
    std::size_t taken = 0;
    while (budget.take(now)) ++taken;
    return taken;
  }
};

TEST_F(RetryBudgetTest, thirty_in_ten_seconds_are_always_free) { EXPECT_EQ(take_all(), 30u); }

TEST_F(RetryBudgetTest, of_many_requests_a_fifth_may_be_tried_again) {
  requests(1000);
  EXPECT_EQ(take_all(), 200u);
  requests(10);
  EXPECT_EQ(take_all(), 2u);
}

TEST_F(RetryBudgetTest, requests_count_for_ten_seconds) {
  requests(500);
  now += milliseconds(9'900);
  requests(500);
  EXPECT_EQ(take_all(), 200u);
  now += milliseconds(1'200);  // the first are gone, and the retries of the second are not
  EXPECT_EQ(take_all(), 0u);
  now += seconds(10);
  EXPECT_EQ(take_all(), 30u);
}

TEST_F(RetryBudgetTest, after_a_long_rest_it_is_as_new) {
  requests(1000);
  take_all();
  now += std::chrono::hours(30);
  EXPECT_EQ(take_all(), 30u);
  now += seconds(9);
  EXPECT_EQ(take_all(), 0u);
}

}  // namespace
}  // namespace gladhand::upstream
