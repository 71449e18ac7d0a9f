#include "cli/validate.h"

#include <cstdio>

#include "cli/launch.h"
#include "config/find.h"
#include "config/read.h"
#include "server/files.h"

namespace gladhand::cli {
namespace {

std::vector<config::Diagnostic> everything_wrong(const ValidateOptions& options, std::string& path) {
  const auto found = config::find(options.path);
  if (!found) return {found.error()};
  path = found->path;
  config::Result read = config::read_file(path);
  if (!read.is_valid()) return read.diagnostics;
  std::vector<config::Diagnostic> wrong;
  server::read_files(read.config, read.source, wrong);
  return wrong;
}

}  // namespace

server::Exit run_validate(const ValidateOptions& options) {
  std::string path;
  const std::vector<config::Diagnostic> wrong = everything_wrong(options, path);
  if (options.is_json) {
    std::fputs(config::render_json(wrong).c_str(), stdout);
  } else if (wrong.empty()) {
    std::printf("%s is valid\n", path.c_str());
  } else {
    print(wrong);
  }
  return wrong.empty() ? server::Exit::ok : server::Exit::configuration_invalid;
}

}  // namespace gladhand::cli
