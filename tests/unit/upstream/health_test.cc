#include "upstream/health.h"

#include <gtest/gtest.h>

namespace gladhand::upstream {
namespace {

class EndpointHealthTest : public testing::Test {
 protected:
  EndpointHealth health;

  // Of 'x' (a failure) and '.' (a success): what each made of it, 'D' down, 'U' up, '-' nothing.
  std::string after(std::string_view checkups) {
    std::string changes;
    for (const char c : checkups) {
      const Checkup checkup = c == '.' ? Checkup{} : Checkup{Checkup::Result::failed, Code::refused};
      const bool has_changed = health.learn(checkup, 3, 2, EndpointHealth::Instant(std::chrono::seconds(++instant_)));
      changes += !has_changed ? '-' : health.is_down() ? 'D' : 'U';
    }
    return changes;
  }

 private:
  int instant_ = 0;
};

TEST_F(EndpointHealthTest, an_endpoint_of_which_nothing_is_known_is_up) { EXPECT_FALSE(health.is_down()); }

TEST_F(EndpointHealthTest, only_failures_in_a_row_bring_it_down) {
  EXPECT_EQ(after("xx.xx.xxx"), "--------D");
  EXPECT_EQ(health.changed_at(), EndpointHealth::Instant(std::chrono::seconds(9)));
  EXPECT_EQ(health.failure().code, Code::refused);
}

TEST_F(EndpointHealthTest, only_successes_in_a_row_bring_it_up_again) {
  EXPECT_EQ(after("xxx.x.x.."), "--D-----U");
  EXPECT_FALSE(health.is_down());
}

TEST_F(EndpointHealthTest, what_is_down_goes_down_once) { EXPECT_EQ(after("xxxxxxxx"), "--D-----"); }

TEST_F(EndpointHealthTest, a_dial_that_failed_leaves_it_out_for_a_moment) {
  health.leave_out(std::chrono::seconds(5));
  EXPECT_TRUE(health.is_left_out(std::chrono::seconds(4)));
  EXPECT_FALSE(health.is_left_out(std::chrono::seconds(5)));
}

TEST(ClusterHealthTest, one_that_is_up_is_enough) {
  ClusterHealth cluster(2);
  const Checkup bad{Checkup::Result::failed, Code::refused};
  cluster.endpoints[0].learn(bad, 1, 1, {});
  EXPECT_TRUE(cluster.is_any_up());
  cluster.endpoints[1].learn(bad, 1, 1, {});
  EXPECT_FALSE(cluster.is_any_up());
}

TEST(CheckupTest, a_failure_says_why) {
  EXPECT_EQ((Checkup{Checkup::Result::failed, Code::ok, 503}.reason()), "The endpoint answered 503.");
  EXPECT_EQ((Checkup{Checkup::Result::failed, Code::refused}.reason()), "The endpoint refused the connection.");
}

}  // namespace
}  // namespace gladhand::upstream
