#include "cli/event_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/channel.h"

namespace gladhand::cli {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

constexpr Nanos kPause = std::chrono::milliseconds(20);

TEST(EventClockTest, the_first_event_comes_at_once_and_the_last_one_ends_it) {
  test::NarrowChannel client(1000);
  EventClock clock(client, 2, kPause);
  EXPECT_THAT(client.sent, MatchesRegex("id: 1\ndata: 2[0-9]*-[0-9]*-[0-9]*T[0-9]*:[0-9]*:[0-9]*\\.[0-9]*Z\n\n"));
  EXPECT_FALSE(client.is_ended) << "the second is not due";
  EXPECT_TRUE(client.rig.run_until([&] { return client.is_ended; }));
  EXPECT_THAT(client.sent, HasSubstr("\n\nid: 2\n"));
}

TEST(EventClockTest, nothing_is_made_for_a_client_that_does_not_read) {
  test::NarrowChannel client(1);
  EventClock clock(client, 3, kPause);
  const Nanos begun = client.rig.clock.now();
  client.rig.run_until([&] { return client.rig.clock.now() - begun > 3 * kPause; });
  EXPECT_THAT(client.sent, Not(HasSubstr("id: 2\n")));
  client.room = 1000;
  static_cast<server::Sequel&>(clock).on_writable();
  EXPECT_THAT(client.sent, HasSubstr("id: 2\n")) << "it is due";
  static_cast<server::Sequel&>(clock).on_writable();
  EXPECT_THAT(client.sent, Not(HasSubstr("id: 3\n"))) << "it is not";
}

}  // namespace
}  // namespace gladhand::cli
