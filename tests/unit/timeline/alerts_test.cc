#include "timeline/alerts.h"

#include <set>

#include <gtest/gtest.h>

namespace gladhand::timeline {
namespace {

TEST(Alerts, every_number_and_every_name_stands_once_and_names_are_fit_for_a_label) {
  std::set<std::string_view> names;
  int last = -1;
  for (const AlertRow& alert : kAlerts) {
    EXPECT_GT(alert.number, last) << alert.name;
    last = alert.number;
    EXPECT_TRUE(names.insert(alert.name).second) << alert.name;
    EXPECT_EQ(alert.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos) << alert.name;
    EXPECT_EQ(alert_name(alert.number), alert.name);
  }
}

TEST(Alerts, numbers_of_nobody_share_a_slot) {
  EXPECT_EQ(alert_name(48), "unknown_ca");
  EXPECT_EQ(alert_name(1), "other");
  EXPECT_EQ(alert_name(255), "other");
  EXPECT_EQ(alert_slot(255), kAlertSlots - 1);
}

}  // namespace
}  // namespace gladhand::timeline
