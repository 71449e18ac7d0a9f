#include "cli/validate.h"

#include <cstdio>

#include "cli/launch.h"
#include "config/find.h"
#include "config/read.h"
#include "server/files.h"

namespace gladhand::cli {
namespace {

// `files`: what was read, the main one first.
std::vector<config::Diagnostic> everything_wrong(const ValidateOptions& options, std::vector<std::string>& files) {
  const auto found = config::find(options.path);
  if (!found) return {found.error()};
  config::Result read = config::read_file(found->path);
  files = read.source.files();
  if (!read.is_valid()) return read.diagnostics;
  std::vector<config::Diagnostic> wrong;
  server::read_files(read.config, read.source, wrong);
  return wrong;
}

}  // namespace

server::Exit run_validate(const ValidateOptions& options) {
  std::vector<std::string> files;
  const std::vector<config::Diagnostic> wrong = everything_wrong(options, files);
  if (options.is_json) {
    std::fputs(config::render_json(wrong).c_str(), stdout);
  } else if (wrong.empty()) {
    std::printf("%s is valid\n", files.front().c_str());
    for (std::size_t i = 1; i < files.size(); ++i) std::printf("  it includes %s\n", files[i].c_str());
  } else {
    print(wrong);
  }
  return wrong.empty() ? server::Exit::ok : server::Exit::configuration_invalid;
}

}  // namespace gladhand::cli
