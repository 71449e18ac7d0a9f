// From the options of a plugin as the configuration has them to the settings that the plugin is given.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/source.h"
#include "sdk/gladhand_plugin.h"

namespace gladhand::filter {

struct Settings {
  std::vector<gladhand_setting> values;  // of texts in `texts` and in the configuration
  std::vector<config::Place> places;     // of each value
  std::deque<std::string> texts;
};

// What does not fit the plugin's table of options is added to `problems`.
Settings read_settings(const gladhand_plugin& plugin, const config::PluginUse& use, const config::Source& source, std::vector<config::Diagnostic>& problems);

}  // namespace gladhand::filter
