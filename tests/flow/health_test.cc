// Health checks: what they ask, what they find, and who gets the requests then.
#include "server/health_checks.h"
#include "support/attendant.h"
#include "support/matrix.h"

namespace gladhand::test {
namespace {

class Health : public Matrix {
 protected:
  Health() {
    app().has_health = true;
    app().health.path = "/healthz";
    app().health.interval = app().health.timeout = milliseconds(150);
    app().health.unhealthy_after = app().health.healthy_after = 2;
  }
  void TearDown() override {
    attendants.clear();
    checks_.reset();
    Matrix::TearDown();
  }

  std::vector<std::unique_ptr<Attendant>> attendants;

  // The endpoints are attended, and checked from now on.
  void open(std::size_t endpoints) {
    for (std::size_t i = 0; i < endpoints; ++i) add_endpoint();
    proxy();
    for (std::size_t i = 0; i < endpoints; ++i) attendants.push_back(std::make_unique<Attendant>(stage, endpoint(i), upstream_line().protocol, origin_tls()));
    watch();
  }
  void watch() {
    checks_.emplace(proxy().loop(), proxy().ticket_keys(), [](Nanos) { return Nanos{}; });
    checks_->adopt(proxy().snapshot());
  }
  void reload() {
    proxy().adopt(config);
    checks_->adopt(proxy().snapshot());
  }
  bool is_up(std::size_t index) { return checks_->facts().front().endpoints[index].second; }
  std::uint64_t count(upstream::Checkup::Result result) { return checks_->facts().front().checks[static_cast<std::size_t>(result)].second; }
  void expect_down(std::size_t index = 0, const Where& where = Where::current()) {
    if (!stage.run_until([&] { return !is_up(index); })) fail_at(where, fmt::format("endpoint {} is still up", index));
  }
  void expect_up(std::size_t index = 0, const Where& where = Where::current()) {
    if (!stage.run_until([&] { return is_up(index); })) fail_at(where, fmt::format("endpoint {} is still down", index));
  }
  const upstream::Checkup& failure(std::size_t index = 0) { return proxy().snapshot()->prepared.health.front()->endpoints[index].failure(); }
  // How many of so many requests each endpoint gets.
  std::vector<std::size_t> ask(std::size_t times) {
    std::vector<std::size_t> got;
    for (const auto& attendant : attendants) got.push_back(attendant->requests);
    Caller client = caller();
    for (std::size_t i = 0; i < times; ++i) client.get("/").expect(200, "served");
    for (std::size_t i = 0; i < got.size(); ++i) got[i] = attendants[i]->requests - got[i];
    return got;
  }

 private:
  std::optional<server::HealthChecks> checks_;
};

using upstream::Checkup;
using testing::ElementsAre;

TEST_P(Health, an_endpoint_that_fails_its_checks_gets_no_requests_until_it_passes_them_again) {
  open(2);
  attendants[0]->health = 503;
  expect_down(0);
  EXPECT_EQ(failure().status, 503);
  EXPECT_TRUE(is_up(1));
  EXPECT_EQ(records.attempts[timeline::index(Side::upstream)], 0u) << "checks are not traffic";
  EXPECT_THAT(ask(6), ElementsAre(0, 6));
  attendants[0]->health = 200;
  expect_up(0);
  EXPECT_THAT(ask(6), ElementsAre(3, 3));
}

TEST_P(Health, a_check_asks_as_the_endpoint_is_called_and_says_who_it_is) {
  open(1);
  EXPECT_TRUE(stage.run_until([&] { return attendants[0]->checks > 0; }));
  EXPECT_EQ(attendants[0]->check_authority, endpoint().address().to_string());
  EXPECT_EQ(attendants[0]->check_agent, "Gladhand-Health-Check");
}

TEST_P(Health, a_check_asks_for_the_host_that_it_is_told) {
  app().health.host = "app.example";
  open(1);
  EXPECT_TRUE(stage.run_until([&] { return attendants[0]->checks > 0; }));
  EXPECT_EQ(attendants[0]->check_authority, "app.example");
}

TEST_P(Health, statuses_that_are_named_are_the_healthy_ones) {
  app().health.status = {"204", "500-501"};
  open(3);
  attendants[0]->health = 501;
  attendants[1]->health = 204;
  attendants[2]->health = 200;
  expect_down(2);
  EXPECT_TRUE(is_up(0) && is_up(1));
}

TEST_P(Health, a_check_that_gets_no_answer_in_time_is_a_failure) {
  open(1);
  attendants[0]->health = 0;
  expect_down();
  EXPECT_EQ(failure().result, Checkup::Result::timeout);
  EXPECT_EQ(count(Checkup::Result::timeout), 2u);
}

TEST_P(Health, without_a_path_to_be_connected_to_is_enough) {
  app().health.path.clear();
  open(1);
  attendants[0]->health = 0;
  EXPECT_TRUE(stage.run_until([&] { return count(Checkup::Result::ok) >= 3; }));
  EXPECT_TRUE(is_up(0));
  EXPECT_EQ(attendants[0]->checks, 0u);
  EXPECT_GE(attendants[0]->connections, 3u) << "each check is a connection of its own";
  endpoint().close();
  expect_down();
  EXPECT_EQ(failure().code, Code::refused);
}

TEST_P(Health, when_no_endpoint_is_up_all_are_asked) {
  open(2);
  attendants[0]->health = attendants[1]->health = 500;
  expect_down(0);
  expect_down(1);
  EXPECT_THAT(ask(6), ElementsAre(3, 3));
}

TEST_P(Health, a_reload_keeps_what_is_known_of_an_upstream_that_stays_as_it_is) {
  open(2);
  attendants[0]->health = 503;
  expect_down(0);
  config.routes.front().server_timing = true;
  attendants[0]->health = 0;  // nothing more can be found out
  reload();
  EXPECT_FALSE(is_up(0));
  EXPECT_THAT(ask(4), ElementsAre(0, 4));
  app().max_pending = 7;
  reload();
  EXPECT_TRUE(is_up(0));
}

TEST_P(Health, an_upstream_that_is_gone_is_not_checked_any_more) {
  open(1);
  EXPECT_TRUE(stage.run_until([&] { return attendants[0]->checks > 0; }));
  app().has_health = false;
  reload();
  stage.run_until_quiet();
  const std::size_t before = attendants[0]->connections;
  stage.pass(milliseconds(400));
  EXPECT_EQ(attendants[0]->connections, before);
}

std::vector<Way> ways_to_check() {
  std::vector<Way> ways;
  for (const bool has_tls : {false, true}) {
    for (const auto protocol : {codec::Protocol::sequential, codec::Protocol::multiplexed}) ways.push_back({{codec::Protocol::sequential, false}, {protocol, has_tls}});
  }
  return ways;
}
INSTANTIATE_TEST_SUITE_P(every, Health, testing::ValuesIn(ways_to_check()), way_name);

class SecureHealth : public Health {};

TEST_P(SecureHealth, an_endpoint_that_cannot_prove_who_it_is_is_down) {
  app().tls.verify = true;
  add_endpoint();
  proxy();
  watch();
  Upstream first = upstream();  // which are never secured
  Upstream second = upstream();
  expect_down();
  EXPECT_EQ(failure().code, Code::unknown_ca);
}

INSTANTIATE_TEST_SUITE_P(every, SecureHealth, testing::Values(Way{{codec::Protocol::sequential, false}, {codec::Protocol::multiplexed, true}}), way_name);

TEST(HealthChecks, the_first_check_comes_at_random_within_an_interval) {
  std::vector<Nanos> parts;
  for (int i = 0; i < 20; ++i) parts.push_back(server::HealthChecks::random_part(std::chrono::seconds(1)));
  const auto [least, most] = std::ranges::minmax(parts);
  EXPECT_GE(least, Nanos::zero());
  EXPECT_LE(most, std::chrono::seconds(1));
  EXPECT_LT(least, most);
}

}  // namespace
}  // namespace gladhand::test
