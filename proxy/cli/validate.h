// `gladhand validate`: reads a configuration and says everything that is wrong with it.
#pragma once

#include <string>

#include "server/server.h"

namespace gladhand::cli {

struct ValidateOptions {
  std::string path;
  bool is_json = false;
};
server::Exit run_validate(const ValidateOptions& options);

}  // namespace gladhand::cli
