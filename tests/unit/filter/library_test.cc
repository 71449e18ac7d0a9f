#include "filter/library.h"

#include <gmock/gmock.h>

#include "filter/plugin.h"
#include "unit/filter/ride.h"

namespace gladhand::filter {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

int living_states = 0;
std::vector<int> statuses;

gladhand_owned configure(const gladhand_host*, gladhand_setup*, const gladhand_setting*, std::size_t) { return &living_states; }
gladhand_owned configure_nothing(const gladhand_host*, gladhand_setup*, const gladhand_setting*, std::size_t) { return nullptr; }
const gladhand_host* host = nullptr;
gladhand_owned configure_host(const gladhand_host* given, gladhand_setup*, const gladhand_setting*, std::size_t) {
  host = given;
  return &living_states;
}
int on_request_head(gladhand_owned, gladhand_exchange*, gladhand_owned* state) {
  *state = new int(++living_states);
  return GLADHAND_GO_ON;
}
void on_finished(gladhand_owned, gladhand_exchange* x, gladhand_owned*) { statuses.push_back(host->reply(x)->status); }
void release(gladhand_owned, gladhand_owned state) {
  delete static_cast<int*>(state);
  --living_states;
}

gladhand_plugin told;
const gladhand_plugin* entry() { return &told; }

struct PluginDescription : testing::Test {
  PluginDescription() { told = {.size = sizeof(gladhand_plugin), .abi = GLADHAND_ABI, .name = "told", .help = "Is told.", .configure = configure}; }
  std::string trouble() {
    const auto description = describe_plugin(entry, "told.so");
    return description ? "" : description.error().message;
  }
  std::unique_ptr<Plugin> configured() {
    const auto description = describe_plugin(entry, "told.so");
    return Plugin::configure(host_table, *description, use, source, problems);
  }

  test::ManualClock clock;
  Host host_table{clock};
  config::PluginUse use{.name = "told"};
  config::Source source;
  std::vector<config::Diagnostic> problems;
};

TEST_F(PluginDescription, one_of_this_version_is_taken) { EXPECT_EQ(trouble(), ""); }

TEST_F(PluginDescription, another_version_is_refused_by_its_number) {
  told.abi = GLADHAND_ABI + 1;
  EXPECT_THAT(trouble(), HasSubstr("version 2 of the plugin interface, and this is version 1"));
}

TEST_F(PluginDescription, one_that_is_too_small_or_has_no_name_is_refused) {
  told.size = 8;
  EXPECT_THAT(trouble(), HasSubstr("8 bytes"));
  told.size = sizeof(gladhand_plugin);
  told.name = nullptr;
  EXPECT_THAT(trouble(), HasSubstr("no name"));
}

TEST_F(PluginDescription, one_that_knows_more_hooks_than_we_do_is_taken) {
  told.size = sizeof(gladhand_plugin) + 64;
  EXPECT_EQ(trouble(), "");
}

TEST_F(PluginDescription, a_plugin_that_makes_nothing_of_its_options_is_reported) {
  told.configure = configure_nothing;
  EXPECT_FALSE(configured());
  EXPECT_THAT(config::brief(problems), ElementsAre("E057 0:0"));
}

TEST_F(PluginDescription, hooks_that_are_null_do_nothing) {
  const auto plugin = configured();
  const Chain chain({plugin.get()});
  Ride ride(chain);
  EXPECT_FALSE(chain.wants_handshakes());
  EXPECT_EQ(ride.go(), Verdict::go_on);
  ride.come_back(200, {"x"});
  EXPECT_EQ(ride.body, "x");
}

TEST_F(PluginDescription, a_state_lives_as_long_as_its_exchange) {
  told.configure = configure_host;
  told.on_request_head = on_request_head;
  told.on_finished = on_finished;
  told.release = release;
  const auto plugin = configured();
  const Chain chain({plugin.get()});
  {
    Ride ride(chain);
    ride.go();
    EXPECT_EQ(living_states, 1);
    ride.come_back(204);
    EXPECT_THAT(statuses, ElementsAre(204));
  }
  EXPECT_EQ(living_states, 0);
}

}  // namespace
}  // namespace gladhand::filter
