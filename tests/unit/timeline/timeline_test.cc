#include "timeline/timeline.h"

#include <set>

#include <gtest/gtest.h>

namespace gladhand::timeline {
namespace {

using enum ConnectionMark;
using namespace std::chrono_literals;

TEST(Timeline, knows_nothing_before_the_first_mark) {
  const Timeline<ConnectionMark> timeline;
  EXPECT_FALSE(timeline.has(started));
  EXPECT_EQ(timeline.at(started), 0ns);
  EXPECT_EQ(timeline.between(started, connected), std::nullopt);
  EXPECT_EQ(timeline.last(), started);
}

TEST(Timeline, a_distance_needs_both_of_its_marks) {
  Timeline<ConnectionMark> timeline;
  timeline.mark(started, 100ns);
  EXPECT_EQ(timeline.between(started, connected), std::nullopt);
  EXPECT_EQ(timeline.between(connected, started), std::nullopt);
  timeline.mark(connected, 350ns);
  EXPECT_EQ(timeline.between(started, connected), 250ns);
}

TEST(Timeline, marks_at_the_same_instant_are_no_time_apart) {
  Timeline<ConnectionMark> timeline;
  timeline.mark(started, 100ns);
  timeline.mark(connected, 100ns);
  EXPECT_EQ(timeline.between(started, connected), 0ns);
}

TEST(Timeline, a_distance_backwards_in_time_is_none) {
  Timeline<ConnectionMark> timeline;
  timeline.mark(started, 100ns);
  timeline.mark(connected, 99ns);
  EXPECT_EQ(timeline.between(started, connected), std::nullopt);
}

TEST(Timeline, of_a_moment_that_is_seen_again_only_the_first_counts) {
  Timeline<ConnectionMark> timeline;
  timeline.mark_first(closing, 10ns);
  timeline.mark_first(closing, 20ns);
  EXPECT_EQ(timeline.at(closing), 10ns);
}

TEST(Timeline, the_last_mark_is_the_latest_in_time_not_in_the_enum) {
  Timeline<ConnectionMark> timeline;
  timeline.mark(started, 10ns);
  timeline.mark(client_finished, 30ns);
  timeline.mark(server_flight, 40ns);
  EXPECT_EQ(timeline.last(), server_flight);
}

TEST(Timeline, of_two_marks_at_the_same_instant_the_later_one_of_the_enum_is_the_last) {
  Timeline<ConnectionMark> timeline;
  timeline.mark(ready, 40ns);
  timeline.mark(secured, 40ns);
  EXPECT_EQ(timeline.last(), ready);
}

TEST(Timeline, a_handshake_that_stopped_says_where) {
  Timeline<ConnectionMark> timeline;
  timeline.mark(started, 1ns);
  timeline.mark(connected, 2ns);
  timeline.mark(first_byte, 3ns);
  EXPECT_EQ(name(timeline.last()), "first_byte");
}

template <class Names>
void expect_distinct(const Names& names) {
  std::set<std::string_view> seen;
  for (const auto name : names) {
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(seen.insert(name).second) << name;
  }
}

TEST(Marks, every_mark_has_a_name_of_its_own) {
  expect_distinct(kConnectionMarkNames);
  expect_distinct(kExchangeMarkNames);
  EXPECT_EQ(name(closed), "closed");
  EXPECT_EQ(name(ExchangeMark::finished), "finished");
}

#if !defined(NDEBUG)
TEST(TimelineDeathTest, a_mark_is_set_once) {
  Timeline<ConnectionMark> timeline;
  timeline.mark(started, 1ns);
  EXPECT_DEATH(timeline.mark(started, 2ns), "a mark is set once");
}
#endif

}  // namespace
}  // namespace gladhand::timeline
