#include "observe/names.h"

#include <gmock/gmock.h>

#include "timeline/records.h"
#include "unit/observe/sample.h"

namespace gladhand::observe {
namespace {

using testing::ElementsAre;

template <class Entries>
std::vector<std::string> texts(const Entries& entries) {
  std::vector<std::string> all;
  for (const auto& entry : entries) all.push_back(entry.name);
  return all;
}

config::Route route(std::vector<std::string> hosts, std::vector<std::string> paths) {
  return {.match = {.host = std::move(hosts), .path = std::move(paths)}};
}

TEST(Names, a_route_is_called_after_its_first_host_and_path) {
  config::Config config;
  config.routes = {route({"example.com", "example.org"}, {"/api/*", "/v1/*"}), route({"*.example.com"}, {}),
                   route({}, {"/"}), route({}, {})};
  EXPECT_THAT(texts(Names(config).routes), ElementsAre("example.com/api/*", "*.example.com", "/", "*"));
}

TEST(Names, of_equal_names_the_later_ones_are_numbered) {
  config::Config config;
  config.routes = {route({}, {"/a"}), route({}, {"/a", "/b"}), route({}, {"/a#2"}), route({}, {"/a"})};
  EXPECT_THAT(texts(Names(config).routes), ElementsAre("/a", "/a#2", "/a#2#2", "/a#3"));
}

TEST(Names, no_route_is_called_like_the_absence_of_one) {
  config::Config config;
  config.routes = {route({"none"}, {})};
  EXPECT_THAT(texts(Names(config).routes), ElementsAre("none#2"));
}

TEST(Names, a_listener_without_a_name_is_called_after_its_address) {
  config::Config config;
  config.listeners = {{.name = "", .address = ":8080"}, {.name = "web", .address = ":80"}};
  EXPECT_THAT(texts(Names(config).listeners), ElementsAre(":8080", "web"));
}

// ---- One configuration after another ---------------------------------------------------------------------------------------

template <class Entries>
std::vector<std::string> listed(const Entries& entries) {
  std::vector<std::string> all;
  for (const auto& entry : entries) {
    if (entry.is_listed) all.push_back(entry.name);
  }
  return all;
}

TEST(Names, ids_of_the_first_configuration_are_its_positions) {
  Names names;
  const Ids ids = names.learn(sample_config()).value();
  EXPECT_THAT(ids.listeners, ElementsAre(kWeb, kSecure));
  EXPECT_THAT(ids.upstreams, ElementsAre(kApi, kFiles));
  EXPECT_THAT(ids.routes, ElementsAre(0, 1));
}

TEST(Names, a_name_keeps_its_id_wherever_it_stands_and_a_new_one_gets_the_next) {
  Names names(sample_config());
  config::Config next = sample_config();
  std::swap(next.listeners[0], next.listeners[1]);
  next.listeners.insert(next.listeners.begin(), {.name = "new", .address = ":81"});
  next.upstreams.erase(next.upstreams.begin());
  next.routes.insert(next.routes.begin(), route({}, {"/new"}));
  const Ids ids = names.learn(next).value();
  EXPECT_THAT(ids.listeners, ElementsAre(2, kSecure, kWeb));
  EXPECT_THAT(ids.upstreams, ElementsAre(kFiles));
  EXPECT_THAT(ids.routes, ElementsAre(2, 0, 1));
  EXPECT_THAT(texts(names.listeners), ElementsAre("web", "secure", "new"));
}

TEST(Names, what_is_gone_keeps_its_name_and_comes_back_with_its_id) {
  Names names(sample_config());
  config::Config without = sample_config();
  without.listeners.pop_back();
  names.learn(without);
  EXPECT_THAT(listed(names.listeners), ElementsAre("web"));
  EXPECT_THAT(texts(names.listeners), ElementsAre("web", "secure"));
  EXPECT_THAT(names.learn(sample_config())->listeners, ElementsAre(kWeb, kSecure));
  EXPECT_THAT(listed(names.listeners), ElementsAre("web", "secure"));
}

TEST(Names, traits_are_those_of_the_latest_configuration) {
  Names names(sample_config());
  EXPECT_FALSE(names.listeners[kWeb].is_tls);
  config::Config next = sample_config();
  next.listeners[0].has_tls = true;
  next.upstreams[1].endpoints.pop_back();
  names.learn(next);
  EXPECT_TRUE(names.listeners[kWeb].is_tls);
  EXPECT_FALSE(names.upstreams[kFiles].is_tls);
}

TEST(Names, a_configuration_for_which_there_are_not_enough_ids_changes_nothing) {
  Names names(sample_config());
  config::Config many = sample_config();
  many.listeners.pop_back();
  for (int i = 0; i < timeline::kNone - 1; ++i) many.upstreams.push_back({.name = "u" + std::to_string(i)});
  EXPECT_FALSE(names.learn(many));
  EXPECT_THAT(listed(names.listeners), ElementsAre("web", "secure"));
  many.upstreams.resize(100);
  EXPECT_TRUE(names.learn(many));
}

}  // namespace
}  // namespace gladhand::observe
