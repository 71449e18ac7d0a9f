// A configuration that somebody sent to be looked at, by the rules of the one that runs. Nothing comes of it.
#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"

namespace gladhand::server {

// Everything that is wrong with `text`, as if it stood in `file`. `looks_at_files`: at those that it names or includes, too; whoever
// may not have the proxy read files is told what the text alone tells. Plugins are not loaded for it that do not run already: that
// would run them. Messages that would repeat what a variable of the environment holds say the rule instead. Blocking.
std::vector<config::Diagnostic> check_posted(std::string text, const std::string& file, const config::Config& running, bool looks_at_files);

}  // namespace gladhand::server
