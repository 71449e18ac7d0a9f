// `gladhand config ...`: the configuration, and what can be configured, for people, editors and programs.
#pragma once

#include <string>

#include "server/server.h"

namespace gladhand::cli {

// `config schema` and `config reference`.
server::Exit print_schema();
server::Exit print_reference();

// `config show`: what is in force, by config/show.h.
struct ShowOptions {
  std::string path;
  bool wants_defaults = false;
  bool is_json = false;
};
server::Exit run_show(const ShowOptions& options);

}  // namespace gladhand::cli
