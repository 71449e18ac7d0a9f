// Which file is the configuration?
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "config/diagnostic.h"
#include "config/expand.h"

namespace gladhand::config {

// Whether there is something at `path` that is not a folder; a pipe will do.
bool is_file(const std::string& path);

struct Found {
  std::string path;
  std::string_view chosen_by;  // "--config", "$GLADHAND_CONFIG" or "the default search"
};

// In this order: `option`, the value of --config; $GLADHAND_CONFIG; ./gladhand.toml; /etc/gladhand/gladhand.toml. Empty
// means not given. Of the first two, one that is given is the answer: if it is not there, nothing else is tried, for
// another file than the one asked for would be a surprise. The diagnostic names all that was tried.
std::expected<Found, Diagnostic> find(std::string_view option, const Environment& environment = process_environment,
                                      const std::function<bool(const std::string&)>& exists = is_file);

}  // namespace gladhand::config
