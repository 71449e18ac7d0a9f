#include "upstream/race.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include "support/black_hole.h"
#include "support/loop_rig.h"
#include "support/vector_recorder.h"

namespace gladhand::upstream {
namespace {

using namespace std::chrono_literals;
using test::BlackHole;
using test::Refusal;
using test::Socket;
using testing::ElementsAre;
using testing::IsEmpty;
using timeline::ConnectionMark;
using timeline::ConnectionRecord;
using timeline::Dial;
using timeline::Family;

class RaceTest : public testing::Test, protected RaceEvents, protected ConnectionEvents {
 protected:
  RaceTest() {
    settings.connect_timeout = 5s;
    settings.idle_timeout = 60s;
    settings.codec.clock = &rig.clock;
  }
  ~RaceTest() override {
    race.reset();
    winner.reset();
    rig.run_a_while();
    EXPECT_THAT(records.faults_at_the_end(), IsEmpty());
  }

  test::LoopRig rig;
  test::VectorRecorder records;
  ConnectionSettings settings;
  std::unique_ptr<Race> race;
  std::unique_ptr<Connection> winner;
  std::optional<Code> lost_by;
  std::vector<io::Address> disappointments;
  bool is_opened = false;

  void start(io::Addresses addresses) {
    begun_ = rig.clock.now();
    rig.run_a_while();  // the loop's idea of now is this turn's
    RaceEvents& self = *this;
    race = std::make_unique<Race>(rig.loop, self, records, settings, std::move(addresses), false);
  }
  Nanos took() const { return ended_ - begun_; }
  bool run_until_won() {
    return rig.run_until([&] { return is_opened || lost_by; }) && is_opened;
  }
  bool run_until_lost() {
    return rig.run_until([&] { return is_opened || lost_by; }) && lost_by;
  }
  const ConnectionRecord& told(std::size_t n) {
    static const ConnectionRecord none;
    EXPECT_GT(records.handshakes.size(), n);
    return records.handshakes.size() > n ? records.handshakes[n] : none;
  }

 private:
  std::uint64_t next_connection_id() override { return ++ids_; }
  bool board(Connection&) override { return false; }
  void on_disappointed(const io::Address& address) override { disappointments.push_back(address); }
  void on_won(Race&, std::unique_ptr<Connection> won) override {
    ended_ = rig.clock.now();
    winner = std::move(won);
    winner->belong_to(*this);
    rig.loop.retire(std::move(race));
  }
  void on_lost(Race&, Error error) override {
    ended_ = rig.clock.now();
    lost_by = error.code;
    rig.loop.retire(std::move(race));
  }
  void on_boarding(Connection&) override { ADD_FAILURE(); }
  void on_connected(Connection&) override { ADD_FAILURE() << "the race has been told already"; }
  void on_opened(Connection& connection) override { is_opened = &connection == winner.get(); }
  void on_available(Connection&) override {}
  void on_closed(Connection&, Error, bool) override { rig.loop.retire(std::move(winner)); }

  std::uint64_t ids_ = 0;
  Nanos begun_{}, ended_{};
};

TEST_F(RaceTest, an_address_that_answers_runs_alone) {
  const Socket good = Socket::listening("::1"), other = Socket::listening();
  other.make_non_blocking();
  start({good.address(), other.address()});
  ASSERT_TRUE(run_until_won());
  EXPECT_EQ(winner->address(), good.address());
  EXPECT_EQ(winner->record().dial, Dial::won);
  EXPECT_EQ(winner->record().family, Family::ipv6);
  EXPECT_EQ(records.attempts[timeline::index(timeline::Side::upstream)], 1u);
  EXPECT_FALSE(other.accept());
  EXPECT_THAT(disappointments, IsEmpty());
}

TEST_F(RaceTest, an_address_that_refuses_forfeits_its_head_start) {
  const Refusal refusal("::1");
  const Socket good = Socket::listening();
  start({refusal.address(), good.address()});
  ASSERT_TRUE(run_until_won());
  EXPECT_LT(took(), Race::kHeadStart / 2);
  EXPECT_EQ(winner->address(), good.address());
  EXPECT_EQ(told(0).result, Code::refused);
  EXPECT_EQ(told(0).dial, Dial::failed);
  EXPECT_EQ(told(0).family, Family::ipv6);
  EXPECT_EQ(told(1).dial, Dial::won);
  EXPECT_EQ(told(1).family, Family::ipv4);
  EXPECT_THAT(disappointments, ElementsAre(refusal.address()));
}

TEST_F(RaceTest, an_address_that_does_not_answer_is_overtaken_after_its_head_start) {
  const BlackHole hole("::1");
  const Socket good = Socket::listening();
  start({hole.address(), good.address()});
  ASSERT_TRUE(run_until_won());
  EXPECT_GE(took(), Race::kHeadStart);
  EXPECT_LT(took(), Race::kHeadStart + 200ms);
  EXPECT_EQ(winner->address(), good.address());
  EXPECT_LT(*winner->record().timeline.between(ConnectionMark::started, ConnectionMark::connected), 200ms) << "its own SYN's time";
  const ConnectionRecord& loser = told(0);
  EXPECT_EQ(loser.result, Code::lost_race);
  EXPECT_EQ(loser.dial, Dial::lost);
  EXPECT_EQ(loser.stage, ConnectionMark::started);
  EXPECT_FALSE(loser.timeline.has(ConnectionMark::connected));
  ASSERT_EQ(records.connections.size(), 1u) << "it is over, not left to time out";
  EXPECT_EQ(records.connections.front().ended_by, Code::lost_race);
  EXPECT_THAT(disappointments, ElementsAre(hole.address()));
}

TEST_F(RaceTest, who_began_later_and_loses_has_disappointed_nobody) {
  BlackHole late("::1");
  const BlackHole hole;
  start({late.address(), hole.address()});
  rig.run_until([&] { return records.attempts[timeline::index(timeline::Side::upstream)] == 2; });
  late.open();  // for the SYN that is sent again
  ASSERT_TRUE(run_until_won());
  EXPECT_EQ(winner->address(), late.address());
  EXPECT_GE(*winner->record().timeline.between(ConnectionMark::started, ConnectionMark::connected), 900ms);
  EXPECT_EQ(told(0).result, Code::lost_race);
  EXPECT_THAT(disappointments, IsEmpty());
}

TEST_F(RaceTest, it_is_lost_when_every_address_has_failed) {
  const Refusal six("::1"), four;
  start({six.address(), four.address()});
  ASSERT_TRUE(run_until_lost());
  EXPECT_EQ(lost_by, Code::refused);
  EXPECT_EQ(records.connections.size(), 2u);
  EXPECT_THAT(disappointments, ElementsAre(six.address(), four.address()));
}

TEST_F(RaceTest, without_a_descriptor_it_is_lost_at_once_and_no_address_is_to_blame) {
  const Socket six = Socket::listening("::1"), four = Socket::listening();
  rig.run_a_while();
  rlimit enough{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &enough), 0);
  rlimit few = enough;
  const int next = dup(0);
  close(next);
  few.rlim_cur = static_cast<rlim_t>(next);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  start({six.address(), four.address()});
  const bool is_lost = run_until_lost();
  setrlimit(RLIMIT_NOFILE, &enough);
  ASSERT_TRUE(is_lost);
  EXPECT_EQ(lost_by, Code::out_of_descriptors);
  EXPECT_EQ(records.attempts[timeline::index(timeline::Side::upstream)], 1u);
  EXPECT_THAT(disappointments, IsEmpty());
}

TEST_F(RaceTest, all_attempts_together_have_the_time_of_one) {
  settings.connect_timeout = 600ms;
  const BlackHole one, two, three, never_tried;
  start({one.address(), two.address(), three.address(), never_tried.address()});
  ASSERT_TRUE(run_until_lost());
  EXPECT_EQ(lost_by, Code::connect_timeout);
  EXPECT_GE(took(), 590ms);
  EXPECT_LT(took(), 800ms);
  ASSERT_EQ(records.handshakes.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(told(i).result, Code::timeout);
    EXPECT_EQ(told(i).dial, Dial::failed);
  }
}

TEST_F(RaceTest, one_that_is_dropped_ends_every_attempt_and_tells_of_each) {
  const BlackHole one, two;
  start({one.address(), two.address()});
  rig.run_until([&] { return records.attempts[timeline::index(timeline::Side::upstream)] == 2; });
  race.reset();
  rig.run_a_while();
  ASSERT_EQ(records.connections.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(told(i).result, Code::draining);
    EXPECT_EQ(told(i).dial, Dial::undecided);
  }
}

}  // namespace
}  // namespace gladhand::upstream
