#include "config/health.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/config/reading.h"

namespace gladhand::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// The table stands in line 5.
Result health(std::string_view table) { return read_between("[upstream.app]\nendpoints = \"http://a:1\"\nhealth = " + std::string(table)); }
std::string hint(const Result& result) { return result.diagnostics.size() == 1 ? result.diagnostics[0].hint : render(result.diagnostics); }
std::string message(const Result& result) { return result.diagnostics.size() == 1 ? result.diagnostics[0].message : render(result.diagnostics); }

TEST(ConfigHealth, a_table_that_is_not_there_asks_nobody) {
  const auto result = read_between("[upstream.app]\nendpoints = \"http://a:1\"");
  ASSERT_THAT(brief(result), IsEmpty());
  EXPECT_FALSE(result.config.upstreams[0].has_health);
}

TEST(ConfigHealth, an_empty_table_connects_only) {
  const auto result = health("{}");
  ASSERT_THAT(brief(result), IsEmpty());
  EXPECT_TRUE(result.config.upstreams[0].has_health);
  EXPECT_EQ(result.config.upstreams[0].health, HealthCheck{});
}

TEST(ConfigHealth, all_of_it_is_read) {
  const auto result = health("{ path = \"/healthz?deep=1\", host = \"a.example:8080\", status = [\"204\", \"300-302\"], interval = \"10s\", timeout = \"3s\", "
                             "unhealthy_after = 5, healthy_after = 1 }");
  ASSERT_THAT(brief(result), IsEmpty());
  const HealthCheck& h = result.config.upstreams[0].health;
  EXPECT_EQ(h.path, "/healthz?deep=1");
  EXPECT_EQ(h.host, "a.example:8080");
  EXPECT_THAT(h.healthy, ElementsAre(StatusRange{204, 204}, StatusRange{300, 302}));
  EXPECT_EQ(h.interval, Millis{10'000});
  EXPECT_EQ(h.timeout, Millis{3'000});
  EXPECT_EQ(h.unhealthy_after, 5u);
  EXPECT_EQ(h.healthy_after, 1u);
}

TEST(ConfigHealth, a_range_is_a_range_of_final_statuses) {
  for (const std::string_view bad : {"199", "600", "2xx", "300-200", "200-", "-200", "200-299-300", "0200"}) {
    EXPECT_THAT(brief(health("{ path = \"/\", status = \"" + std::string(bad) + "\" }")), ElementsAre("E046 5:33")) << bad;
  }
}

TEST(ConfigHealth, a_path_is_one_that_can_be_asked_for) {
  for (const std::string_view bad : {"healthz", "http://a/healthz", "/a b", "/a#b"}) {
    EXPECT_THAT(brief(health("{ path = \"" + std::string(bad) + "\" }")), ElementsAre("E046 5:19")) << bad;
  }
}

TEST(ConfigHealth, a_host_is_a_name_or_an_address_perhaps_with_a_port) {
  for (const std::string_view good : {"a.example", "a.example:80", "10.0.0.1", "[::1]", "[::1]:80"}) {
    EXPECT_THAT(brief(health("{ path = \"/\", host = \"" + std::string(good) + "\" }")), IsEmpty()) << good;
  }
  for (const std::string_view bad : {"a example", ":80", "http://a"}) {
    EXPECT_THAT(brief(health("{ path = \"/\", host = \"" + std::string(bad) + "\" }")), ElementsAre("E046 5:31")) << bad;
  }
}

TEST(ConfigHealth, what_is_asked_and_expected_means_nothing_where_nothing_is_asked) {
  EXPECT_THAT(brief(health("{ host = \"a.example\", status = \"204\" }")), ElementsAre("E046 5:19", "E046 5:41"));
}

TEST(ConfigHealth, a_check_is_over_before_the_next_begins) {
  const auto result = health("{ interval = \"1s\" }");  // less than the default timeout
  EXPECT_THAT(brief(result), ElementsAre("E046 5:10"));
  EXPECT_EQ(message(result), "a check may take 2s, and the next begins after 1s");
  EXPECT_THAT(brief(health("{ interval = \"1s\", timeout = \"1s\" }")), IsEmpty());
}

TEST(ConfigHealth, nonsense_is_out_of_range) {
  EXPECT_THAT(brief(health("{ unhealthy_after = 0 }")), ElementsAre("E014 5:30"));
  EXPECT_THAT(brief(health("{ interval = \"0s\", timeout = \"0s\" }")), ElementsAre("E014 5:23", "E014 5:39"));
}

// ---- retries

Result retry(std::string_view table) { return read_toml(std::string(kListener) + std::string(kRoute) + "retry = " + std::string(table)); }

TEST(ConfigRetry, a_table_says_how_often_and_after_what) {
  const auto result = retry("{ attempts = 3, on = [\"connect\", \"504\"] }");
  ASSERT_THAT(brief(result), IsEmpty());
  EXPECT_TRUE(result.config.routes[0].has_retry);
  EXPECT_EQ(result.config.routes[0].retry.attempts, 3u);
  EXPECT_THAT(result.config.routes[0].retry.on, ElementsAre(RetryOn::connect, RetryOn::gateway_timeout));
  EXPECT_FALSE(retry("{}").config.routes[0].retry.on.empty());
}

TEST(ConfigRetry, a_condition_that_nobody_knows_is_taken_for_the_nearest) {
  const auto result = retry("{ on = [\"conect\"] }");
  EXPECT_THAT(brief(result), ElementsAre("E017 5:17"));
  EXPECT_EQ(hint(result), "did you mean `connect`?");
  EXPECT_EQ(hint(retry("{ on = \"teapot\" }")), "expected one of: connect, reset, 502, 503, 504");
}

TEST(ConfigRetry, no_attempt_at_all_is_out_of_range) { EXPECT_THAT(brief(retry("{ attempts = 0 }")), ElementsAre("E014 5:22")); }

}  // namespace
}  // namespace gladhand::config
