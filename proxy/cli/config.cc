#include "cli/config.h"

#include <cstdio>

#include "cli/launch.h"
#include "config/reference.h"
#include "config/schema.h"
#include "config/show.h"

namespace gladhand::cli {

using server::Exit;

namespace {

Exit print_text(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  return Exit::ok;
}

}  // namespace

Exit print_schema() { return print_text(config::schema()); }
Exit print_reference() { return print_text(config::reference()); }

Exit run_show(const ShowOptions& options) {
  const config::Result read = read_configuration(options.path);
  if (!read.is_valid()) {
    print(read.diagnostics);
    return Exit::configuration_invalid;
  }
  const auto shown = options.wants_defaults ? config::Shown::everything : config::Shown::given;
  return print_text((options.is_json ? config::show_json : config::show_toml)(read.config, read.source, shown));
}

}  // namespace gladhand::cli
