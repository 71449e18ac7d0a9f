// From a configuration to a running server: the part that `run`, `reverse` and `demo` share.
#pragma once

#include <functional>
#include <string>

#include "config/config.h"
#include "config/source.h"
#include "server/prepared.h"
#include "server/server.h"

namespace gladhand::cli {

// `started` is called when clients are served.
server::Exit launch(const config::Config& config, const config::Source& source, server::StartOptions options,
                    const std::function<void(const server::Prepared&)>& started = {});

// `gladhand run`. `workers`: instead of the file's, unless 0.
server::Exit run_file(const std::string& config_path, std::size_t workers);

struct ReverseOptions {
  std::string from;
  std::string to;
  std::string admin = "127.0.0.1:9900";
  bool is_plain = false;
};
// `gladhand reverse`.
server::Exit run_reverse(const ReverseOptions& options);

// Everything wrong with a configuration, on standard error.
void print(const std::vector<config::Diagnostic>& diagnostics);

}  // namespace gladhand::cli
