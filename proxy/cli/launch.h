// From a configuration to a running server: the part that `run`, `reverse`, `forward` and `demo` share.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/read.h"
#include "config/source.h"
#include "server/prepared.h"
#include "server/server.h"

namespace gladhand::cli {

// `started` is called when clients are served.
server::Exit launch(config::Config config, server::Origin origin, server::StartOptions options,
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

// Rules are those of config/target_rule.h.
struct ForwardOptions {
  std::string listen = "127.0.0.1:3128";
  std::vector<std::string> allow = {"*"};
  std::vector<std::string> deny;  // besides "private", which kNoRule takes away
  std::string auth;               // path of an htpasswd file; empty: whoever can connect may ask
  bool is_self_signed = false;
  std::string admin = "127.0.0.1:9900";

  static constexpr const char* kNoRule = "none";
};
// `gladhand forward`.
server::Exit run_forward(const ForwardOptions& options);

// Of the file that `option`, the value of --config, or the usual search leads to.
config::Result read_configuration(const std::string& option);

// Everything wrong with a configuration, on standard error.
void print(const std::vector<config::Diagnostic>& diagnostics);

}  // namespace gladhand::cli
