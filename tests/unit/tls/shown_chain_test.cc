#include "tls/shown_chain.h"

#include <gtest/gtest.h>

#include "unit/tls/client_rig.h"

namespace gladhand::tls {
namespace {

using testing::ElementsAre;

// Lets everything pass, or nothing.
class Listener final : public Judge {
 public:
  explicit Listener(bool is_kind) : is_kind_(is_kind) {}
  bool on_chain(ShownChain shown, int code, const char* why) override {
    ++calls;
    chain = std::move(shown);
    problem = code;
    reason = why;
    return is_kind_;
  }
  int calls = 0;
  ShownChain chain;
  int problem = -1;
  std::string reason;

 private:
  const bool is_kind_;
};

TEST(ShownChain, a_judge_sees_what_was_shown_and_the_librarys_opinion) {
  ClientRig rig;
  Listener judge(true);
  ASSERT_EQ(rig.connect(), Code::ok);  // makes the remote
  rig.remote().sessions = {};
  rig.remote().judge = &judge;
  ASSERT_EQ(rig.connect(), Code::ok);
  EXPECT_EQ(judge.problem, X509_V_OK);
  const auto chain = judge.chain.read();
  ASSERT_EQ(chain.size(), 1u);
  EXPECT_EQ(chain[0].subject, "CN=origin.example");
  EXPECT_EQ(chain[0].issuer, "CN=Test authority");
  EXPECT_THAT(chain[0].names, ElementsAre("origin.example", "*.wild.example", "192.0.2.7"));
  const auto now = std::chrono::system_clock::now();
  EXPECT_LT(chain[0].not_before, now);
  EXPECT_GT(chain[0].not_after, now + std::chrono::days(1));
  EXPECT_LT(chain[0].not_after, now + std::chrono::days(3));
}

TEST(ShownChain, a_resumed_session_shows_none) {
  ClientRig rig;
  ASSERT_EQ(rig.connect(), Code::ok);
  Listener judge(true);
  rig.remote().judge = &judge;
  ASSERT_EQ(rig.connect(), Code::ok);
  ASSERT_TRUE(rig.record.tls.resumed);
  EXPECT_EQ(judge.calls, 0);
  EXPECT_TRUE(judge.chain.read().empty());
}

TEST(ShownChain, the_judge_has_the_last_word) {
  for (const bool is_kind : {true, false}) {
    ClientRig rig;
    ASSERT_EQ(rig.connect(), Code::ok);
    rig.remote().sessions = {};
    rig.remote().name = "stranger.example";
    Listener judge(is_kind);
    rig.remote().judge = &judge;
    EXPECT_EQ(rig.connect(), is_kind ? Code::ok : Code::hostname_mismatch);
    EXPECT_EQ(judge.problem, X509_V_ERR_HOSTNAME_MISMATCH);
    EXPECT_EQ(judge.reason, "hostname mismatch");
    EXPECT_EQ(rig.record.timeline.has(timeline::ConnectionMark::cert_verified), false) << "let pass is not found good";
  }
}

TEST(ShownChain, a_good_certificate_may_be_refused_too) {
  ClientRig rig;
  ASSERT_EQ(rig.connect(), Code::ok);
  rig.remote().sessions = {};
  Listener judge(false);
  rig.remote().judge = &judge;
  EXPECT_NE(rig.connect(), Code::ok);
}

}  // namespace
}  // namespace gladhand::tls
