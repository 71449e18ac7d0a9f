// What this program does for plugins: the C side of their interface, and what its opaque types are.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "config/diagnostic.h"
#include "config/source.h"
#include "filter/passage.h"
#include "filter/settings.h"
#include "sdk/gladhand_plugin.h"

namespace gladhand::filter {

// The table that all plugins of a configuration share.
struct Host : gladhand_host {
  // `clock` outlives it.
  explicit Host(const Clock& clock);
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const Clock& clock;
};

gladhand_facts facts_of(const timeline::ConnectionRecord& record, std::string_view tag);

}  // namespace gladhand::filter

// One call of configure().
struct gladhand_setup {
  const gladhand::filter::Settings& settings;
  const gladhand::config::PluginUse& use;
  const gladhand::config::Source& source;
  std::vector<gladhand::config::Diagnostic>& problems;
  const gladhand::Clock& clock;
};

struct gladhand_client {
  std::string& tag;
};

// Made for each call of a hook: what it tells is put together when it is asked for.
struct gladhand_exchange {
  gladhand::filter::Passage& passage;
  gladhand_facts facts{};
  gladhand_request request{};
  gladhand_reply reply{};
};
