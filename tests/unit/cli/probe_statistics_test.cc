#include "cli/probe_statistics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/cli/probe_samples.h"

namespace gladhand::cli {
namespace {

using testing::ElementsAre;

std::vector<Nanos> up_to(int count) {
  std::vector<Nanos> values;
  for (int i = count; i > 0; --i) values.push_back(std::chrono::milliseconds(i));
  return values;
}

TEST(ProbeStatistics, percentiles_are_by_nearest_rank) {
  auto hundred = up_to(100);
  const Distribution of_hundred = distribution_of(hundred);
  EXPECT_EQ(of_hundred.count, 100u);
  EXPECT_EQ(of_hundred.least, 1ms);
  EXPECT_EQ(of_hundred.p50, 50ms);
  EXPECT_EQ(of_hundred.p95, 95ms);
  EXPECT_EQ(of_hundred.p99, 99ms);
  EXPECT_EQ(of_hundred.most, 100ms);

  auto three = up_to(3);
  const Distribution of_three = distribution_of(three);
  EXPECT_EQ(of_three.p50, 2ms);
  EXPECT_EQ(of_three.p95, 3ms);
  EXPECT_EQ(of_three.p99, 3ms);

  auto one = up_to(1);
  const Distribution of_one = distribution_of(one);
  EXPECT_EQ(of_one.least, 1ms);
  EXPECT_EQ(of_one.p50, 1ms);
  EXPECT_EQ(of_one.most, 1ms);
}

std::vector<std::string> names(const Group& group) {
  std::vector<std::string> all;
  for (const PhaseStatistics& phase : group.phases) all.push_back(fmt::format("{} {} {}", phase.leg, phase.name, phase.times.count));
  return all;
}

TEST(ProbeStatistics, full_and_resumed_handshakes_are_told_apart) {
  std::vector<Sample> samples;
  samples.push_back(tls_sample(false));
  samples.push_back(tls_sample(true));
  samples.push_back(tls_sample(true));
  const auto groups = groups_of(samples);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].name, "full");
  EXPECT_EQ(groups[0].count, 1u);
  EXPECT_THAT(names(groups[0]), ElementsAre("target dns 1", "target tcp 1", "target tls_server_reply 1", "target tls_verify 1", "target tls 1",
                                            "target tls_compute 1", "target first_byte 1", "target total 1"));
  EXPECT_EQ(groups[1].name, "resumed");
  EXPECT_EQ(groups[1].count, 2u);
  EXPECT_THAT(names(groups[1]), ElementsAre("target dns 2", "target tcp 2", "target tls_server_reply 2", "target tls 2", "target tls_compute 2",
                                            "target first_byte 2", "target total 2"));
}

TEST(ProbeStatistics, without_tls_there_is_one_group_and_what_had_no_answer_is_in_none) {
  std::vector<Sample> samples;
  samples.push_back(plain_sample());
  samples.push_back(plain_sample(503));
  Sample failed;
  failed.trouble = {ProbeExit::tcp, Code::refused, "refused"};
  samples.push_back(std::move(failed));
  const auto groups = groups_of(samples);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].name, "all");
  EXPECT_EQ(groups[0].count, 2u);
}

TEST(ProbeStatistics, the_proxys_phases_come_first_and_its_answer_is_the_tunnel) {
  std::vector<Sample> samples;
  samples.push_back(through_proxy(plain_sample()));
  const auto groups = groups_of(samples);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_THAT(names(groups[0]), ElementsAre("proxy dns 1", "proxy tcp 1", "proxy connect_tunnel 1", "target dns 1", "target tcp 1", "target first_byte 1", "target total 1"));
}

TEST(ProbeStatistics, a_phase_knows_when_it_began_unless_nobody_does) {
  const auto phases = phases_of(tls_sample(false).target, 100ms);
  const auto begin = [&](std::string_view name) {
    const auto found = std::ranges::find(phases, name, &PhaseTime::name);
    return found == phases.end() ? std::optional<Nanos>(Nanos(-1)) : found->from;
  };
  EXPECT_EQ(begin("dns"), 0ms);
  EXPECT_EQ(begin("tcp"), 1ms);
  EXPECT_EQ(begin("tls"), 3ms);
  EXPECT_EQ(begin("tls_verify"), 3500us) << "it ended when the certificate was found to be good";
  EXPECT_EQ(begin("tls_compute"), std::nullopt) << "it is a sum";
  EXPECT_EQ(begin("first_byte"), 3ms);
}

}  // namespace
}  // namespace gladhand::cli
