#include "io/resolver.h"

#include <gtest/gtest.h>

#include <optional>

#include "support/loop_rig.h"

namespace gladhand::io {
namespace {

using test::LoopRig;

class ResolverTest : public testing::Test {
 protected:
  // The answer, which must not come from inside the call.
  Expected<Addresses> resolve(const std::string& host, std::uint16_t port = 8080) {
    std::optional<Expected<Addresses>> answer;
    const Ticket ticket = resolver.resolve(host, port, [&](Expected<Addresses> given) {
      EXPECT_FALSE(answer) << "answered twice";
      answer = std::move(given);
    });
    EXPECT_FALSE(answer);
    EXPECT_TRUE(rig.run_until([&] { return answer.has_value(); })) << host;
    return answer.value_or(failure(Code::internal));
  }

  LoopRig rig;
  Resolver resolver{rig.loop};
};

TEST_F(ResolverTest, a_numeric_address_is_itself_whatever_this_machine_can_reach) {
  for (const std::string host : {"127.0.0.1", "192.0.2.1", "::1", "2001:db8::7"}) {
    const auto answer = resolve(host);
    ASSERT_TRUE(answer) << host;
    ASSERT_EQ(answer->size(), 1u) << host;
    EXPECT_EQ(answer->front(), Address::numeric(host, 8080).value());
  }
}

TEST_F(ResolverTest, localhost_is_this_machine) {
  const auto answer = resolve("localhost", 443);
  ASSERT_TRUE(answer);
  ASSERT_FALSE(answer->empty());
  for (const Address& address : *answer) {
    EXPECT_TRUE(address.host() == "127.0.0.1" || address.host() == "::1") << address.to_string();
    EXPECT_EQ(address.port(), 443);
  }
}

TEST_F(ResolverTest, a_name_that_cannot_be_one_fails_later_like_any_other) {
  for (const std::string& host : {std::string(254, 'a'), std::string(70'000, 'a'), std::string(), std::string("\xff\xfe"), std::string(100, 'a'), std::string("a b"), std::string("[::1]")}) {
    const auto answer = resolve(host);
    ASSERT_FALSE(answer) << host;
    EXPECT_EQ(answer.error().code, Code::dns_failure);
  }
}

TEST_F(ResolverTest, dropping_the_ticket_cuts_the_way_back) {
  bool was_answered = false;
  {
    const Ticket one = resolver.resolve("127.0.0.1", 80, [&](auto) { was_answered = true; });
    Ticket two = resolver.resolve("localhost", 80, [&](auto) { was_answered = true; });
    const Ticket three = std::move(two);
  }
  int turns = 0;
  rig.run_until([&] { return ++turns > 20; }, std::chrono::milliseconds(200));
  EXPECT_FALSE(was_answered);
}

TEST_F(ResolverTest, a_ticket_may_outlive_its_answer_and_give_way_to_another) {
  int answers = 0;
  Ticket ticket = resolver.resolve("127.0.0.1", 80, [&](auto) { ++answers; });
  ASSERT_TRUE(rig.run_until([&] { return answers == 1; }));
  ticket = resolver.resolve("127.0.0.1", 80, [&](auto) { ++answers; });
  ASSERT_TRUE(rig.run_until([&] { return answers == 2; }));
  ticket = Ticket();
  EXPECT_EQ(answers, 2);
}

TEST_F(ResolverTest, the_ticket_may_be_dropped_inside_the_answer) {
  std::optional<Ticket> ticket;
  bool was_answered = false;
  ticket = resolver.resolve("127.0.0.1", 80, [&](auto) {
    was_answered = true;
    ticket.reset();
  });
  ASSERT_TRUE(rig.run_until([&] { return was_answered; }));
}

TEST_F(ResolverTest, a_loop_may_end_before_the_answer) {
  const Clock clock;
  Loop loop(clock);
  Resolver own(loop);
  const Ticket ticket = own.resolve("localhost", 80, [](auto) { FAIL(); });
}

TEST(ResolveNow, it_waits_for_the_answer) {
  const auto answer = resolve_now("127.0.0.1", 80);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->front().to_string(), "127.0.0.1:80");
  EXPECT_EQ(resolve_now("::1", 80).value().front().to_string(), "[::1]:80");
  EXPECT_EQ(resolve_now(std::string(300, 'a'), 80).error().code, Code::dns_failure);
}

}  // namespace
}  // namespace gladhand::io
