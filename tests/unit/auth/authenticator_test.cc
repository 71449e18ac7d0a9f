#include "auth/authenticator.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <openssl/evp.h>

#include <optional>
#include <vector>

#include "unit/auth/hashes.h"
#include "support/loop_rig.h"
#include "support/manual_clock.h"

namespace gladhand::auth {
namespace {

using namespace std::chrono_literals;
using Question = Authenticator::Question;
using testing::ElementsAre;

std::string basic(const std::string& user_pass) {
  std::string encoded(user_pass.size() * 2 + 4, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()), reinterpret_cast<const unsigned char*>(user_pass.data()),
                                   static_cast<int>(user_pass.size()));
  return "Basic " + encoded.substr(0, static_cast<std::size_t>(size));
}

class AuthenticatorTest : public testing::Test {
 protected:
  static std::shared_ptr<const Users> users() {
    return std::make_shared<const Users>(Users::parse(fmt::format("ann:{}\nbob:{}\n", test::kBcrypt6, test::kSha1)).value());
  }
  // Asks and waits. Nothing: was refused, or never answered.
  std::optional<bool> verdict(const std::string& field_value) {
    std::optional<bool> given;
    const auto question = authenticator->ask(field_value, [&given](bool is_right) {
      EXPECT_FALSE(given) << "answered twice";
      given = is_right;
    });
    EXPECT_FALSE(given) << "answered from inside the call";
    if (question) rig.run_until([&given] { return given.has_value(); });
    return given;
  }
  // Time goes by, and an event comes.
  void pass(Nanos time) {
    hands.advance(time);
    rig.loop.begin_event();
  }
  bool run_until_idle() {
    return rig.run_until([this] { return authenticator->in_flight() == 0; });
  }

  gladhand::test::ManualClock hands;
  gladhand::test::LoopRig rig{hands};
  std::optional<Authenticator> authenticator{std::in_place, rig.loop, users()};
  const std::string right = basic("ann:open sesame");
};

TEST_F(AuthenticatorTest, what_no_credentials_can_be_read_from_is_refused_without_work) {
  for (const std::string& value : {std::string(), std::string("Basic"), std::string("Bearer abc"), std::string("Basic !!!!"), basic("ann"),
                                   basic("ann:open\nsesame"), basic("ann:" + std::string(2000, 'x'))}) {
    EXPECT_EQ(authenticator->known(value), false) << value;
  }
}

TEST_F(AuthenticatorTest, the_right_password_is_right_and_any_other_is_wrong) {
  EXPECT_EQ(verdict(right), true);
  EXPECT_EQ(verdict(basic("bob:open sesame")), true);
  for (const char* wrong : {"ann:open sesamE", "ann:", "ann:open sesame:", "eve:open sesame", ":open sesame", "Ann:open sesame"}) {
    EXPECT_EQ(verdict(basic(wrong)), false) << wrong;
    EXPECT_EQ(authenticator->known(basic(wrong)), std::nullopt) << wrong << ": a failure is not remembered";
  }
}

TEST_F(AuthenticatorTest, what_known_refuses_ask_refuses_later) {
  EXPECT_EQ(verdict("Bearer abc"), false);
  EXPECT_EQ(verdict(""), false);
}

TEST_F(AuthenticatorTest, a_success_is_remembered_for_its_life_and_no_longer) {
  EXPECT_EQ(authenticator->known(right), std::nullopt);
  ASSERT_EQ(verdict(right), true);
  EXPECT_EQ(authenticator->known(right), true);
  EXPECT_EQ(authenticator->known("bASIC   " + right.substr(6)), true) << "the credentials count, not how they are written";
  EXPECT_EQ(authenticator->known(basic("ann:open sesamf")), std::nullopt);
  EXPECT_EQ(authenticator->known(basic("bob:open sesame")), std::nullopt);
  pass(SuccessMemory::kLife - 1ns);
  EXPECT_EQ(authenticator->known(right), true);
  pass(1ns);
  EXPECT_EQ(authenticator->known(right), std::nullopt);
  EXPECT_EQ(verdict(right), true);
  EXPECT_EQ(authenticator->known(right), true);
}

TEST_F(AuthenticatorTest, requests_with_the_same_credentials_share_one_verification) {
  std::vector<std::unique_ptr<Question>> questions;
  std::vector<int> order;
  for (int i = 0; i < 3; ++i) {
    questions.push_back(authenticator->ask(right, [&order, i](bool is_right) {
      EXPECT_TRUE(is_right);
      order.push_back(i);
    }));
  }
  EXPECT_EQ(authenticator->in_flight(), 1u);
  ASSERT_TRUE(run_until_idle());
  EXPECT_THAT(order, ElementsAre(0, 1, 2));
}

TEST_F(AuthenticatorTest, a_dropped_question_has_no_answer_but_its_success_is_remembered) {
  bool was_answered = false;
  int kept_answers = 0;
  auto dropped = authenticator->ask(right, [](bool) { FAIL(); });
  const auto kept = authenticator->ask(right, [&](bool) { ++kept_answers; });
  dropped.reset();
  { const auto alone = authenticator->ask(basic("bob:open sesame"), [&](bool) { was_answered = true; }); }
  ASSERT_TRUE(run_until_idle());
  EXPECT_FALSE(was_answered);
  EXPECT_EQ(kept_answers, 1);
  EXPECT_EQ(authenticator->known(right), true);
  EXPECT_EQ(authenticator->known(basic("bob:open sesame")), true);
}

TEST_F(AuthenticatorTest, an_answer_may_drop_questions_and_ask_again) {
  std::unique_ptr<Question> own, other, another;
  bool was_answered_again = false;
  own = authenticator->ask(basic("ann:wrong"), [&, kept = std::make_shared<std::string>("kept")](bool) {
    own.reset();
    other.reset();
    another = authenticator->ask(basic("ann:wrong"), [&was_answered_again](bool is_right) { was_answered_again = !is_right; });
    EXPECT_EQ(*kept, "kept") << "what the answer holds outlives its question";
  });
  other = authenticator->ask(basic("ann:wrong"), [](bool) { FAIL(); });
  ASSERT_TRUE(rig.run_until([&] { return was_answered_again; }));
}

TEST_F(AuthenticatorTest, beyond_the_most_in_flight_only_what_is_being_verified_may_be_asked) {
  std::vector<std::unique_ptr<Question>> questions;
  int answers = 0;
  const auto ask = [&](const std::string& value) { return authenticator->ask(value, [&answers](bool) { ++answers; }); };
  for (std::size_t i = 0; i < Authenticator::kMostInFlight; ++i) {
    questions.push_back(ask(basic(fmt::format("ann:guess {}", i))));
    ASSERT_TRUE(questions.back()) << i;
  }
  EXPECT_FALSE(ask(right));
  questions.push_back(ask(basic("ann:guess 7")));
  EXPECT_TRUE(questions.back());
  ASSERT_TRUE(run_until_idle());
  EXPECT_EQ(answers, static_cast<int>(Authenticator::kMostInFlight) + 1);
  EXPECT_EQ(verdict(right), true);
}

TEST_F(AuthenticatorTest, it_may_go_while_verifications_run_and_questions_remain_unanswered) {
  const auto question = authenticator->ask(right, [](bool) { FAIL(); });
  const auto other = authenticator->ask(basic("bob:open sesame"), [](bool) { FAIL(); });
  authenticator.reset();
  int turns = 0;
  rig.run_until([&] { return ++turns > 50; }, 200ms);
}

}  // namespace
}  // namespace gladhand::auth
