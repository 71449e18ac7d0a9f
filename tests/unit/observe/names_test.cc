#include "observe/names.h"

#include <gmock/gmock.h>

#include "unit/observe/sample.h"

namespace gladhand::observe {
namespace {

using testing::ElementsAre;

config::Route route(std::vector<std::string> hosts, std::vector<std::string> paths) {
  return {.match = {.host = std::move(hosts), .path = std::move(paths)}};
}

TEST(Names, a_route_is_called_after_its_first_host_and_path) {
  config::Config config;
  config.routes = {route({"example.com", "example.org"}, {"/api/*", "/v1/*"}), route({"*.example.com"}, {}),
                   route({}, {"/"}), route({}, {})};
  EXPECT_THAT(Names(config).routes, ElementsAre("example.com/api/*", "*.example.com", "/", "*"));
}

TEST(Names, of_equal_names_the_later_ones_are_numbered) {
  config::Config config;
  config.routes = {route({}, {"/a"}), route({}, {"/a", "/b"}), route({}, {"/a#2"}), route({}, {"/a"})};
  EXPECT_THAT(Names(config).routes, ElementsAre("/a", "/a#2", "/a#2#2", "/a#3"));
}

TEST(Names, no_route_is_called_like_the_absence_of_one) {
  config::Config config;
  config.routes = {route({"none"}, {})};
  EXPECT_THAT(Names(config).routes, ElementsAre("none#2"));
}

TEST(Names, a_listener_without_a_name_is_called_after_its_address) {
  config::Config config;
  config.listeners = {{.name = "", .address = ":8080"}, {.name = "web", .address = ":80"}};
  EXPECT_THAT(Names(config).listeners, ElementsAre(":8080", "web"));
}

}  // namespace
}  // namespace gladhand::observe
