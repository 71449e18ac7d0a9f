#include "cli/cli.h"

#include <CLI/CLI.hpp>

#include "cli/demo.h"
#include "cli/healthcheck.h"
#include "cli/launch.h"
#include "cli/validate.h"
#include "cli/version.h"

namespace gladhand::cli {
namespace {

using server::Exit;

}  // namespace

int run(int argc, char** argv) {
  CLI::App app{"Gladhand: a proxy that measures every handshake it takes part in."};
  app.require_subcommand(1);
  app.get_formatter()->column_width(36);
  app.footer("`gladhand demo` shows it at work. `gladhand COMMAND --help` explains a command.");

  std::string config_path;
  std::size_t workers = 0;
  CLI::App* run_command = app.add_subcommand("run", "Run with a configuration file");
  run_command->add_option("-c,--config", config_path, "The file; else $GLADHAND_CONFIG, ./gladhand.toml, /etc/gladhand/gladhand.toml");
  run_command->add_option("--workers", workers, "Instead of server.workers: event loops; 0 means one for each core");

  DemoOptions demo;
  CLI::App* demo_command = app.add_subcommand("demo", "Start an origin, a proxy before it and some visitors, to look at");
  demo_command->add_flag("!--no-traffic", demo.has_traffic, "No visitors");

  ReverseOptions reverse;
  CLI::App* reverse_command = app.add_subcommand("reverse", "Front one application, with a certificate of our own making");
  reverse_command->add_option("--from", reverse.from, "Where to listen: :8443, 127.0.0.1:8443")->required();
  reverse_command->add_option("--to", reverse.to, "The application: 127.0.0.1:3000, http://host:port")->required();
  reverse_command->add_option("--admin", reverse.admin, "Where metrics and health are served; `off` for nowhere")->capture_default_str();
  reverse_command->add_flag("--plain", reverse.is_plain, "HTTP without TLS");

  ValidateOptions validate;
  CLI::App* validate_command = app.add_subcommand("validate", "Check a configuration file and show everything that is wrong with it");
  validate_command->alias("-t");
  validate_command->add_option("-c,--config", validate.path, "The file, found as `run` finds it");
  validate_command->add_flag("--json", validate.is_json, "As JSON, for programs");

  std::string admin = "127.0.0.1:9900";
  CLI::App* health_command = app.add_subcommand("healthcheck", "Ask a running proxy whether it is ready");
  health_command->add_option("--admin", admin, "Its admin address")->capture_default_str();

  bool version_as_json = false;
  CLI::App* version_command = app.add_subcommand("version", "Show the version");
  version_command->add_flag("--json", version_as_json, "As JSON");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
  }
  if (*run_command) return static_cast<int>(run_file(config_path, workers));
  if (*demo_command) return static_cast<int>(run_demo(demo));
  if (*reverse_command) return static_cast<int>(run_reverse(reverse));
  if (*validate_command) return static_cast<int>(run_validate(validate));
  if (*health_command) return static_cast<int>(run_healthcheck(admin));
  if (*version_command) return static_cast<int>(run_version(version_as_json));
  return static_cast<int>(Exit::usage);
}

}  // namespace gladhand::cli
