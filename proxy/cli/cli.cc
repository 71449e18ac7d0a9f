#include "cli/cli.h"

#include <CLI/CLI.hpp>

#include "cli/config.h"
#include "cli/demo.h"
#include "cli/explain.h"
#include "cli/healthcheck.h"
#include "cli/launch.h"
#include "cli/probe.h"
#include "cli/reload.h"
#include "cli/tickets.h"
#include "cli/validate.h"
#include "cli/version.h"

namespace gladhand::cli {
namespace {

using server::Exit;

// An unset variable in a script must not open what was to be closed.
std::string is_not_empty(const std::string& value) { return value.empty() ? "must not be empty" : ""; }

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
  CLI::App* demo_command = app.add_subcommand("demo", "Start an origin, a proxy before it, a forward proxy and some visitors, to look at");
  demo_command->add_flag("!--no-traffic", demo.has_traffic, "No visitors");

  ReverseOptions reverse;
  CLI::App* reverse_command = app.add_subcommand("reverse", "Front one application, with a certificate of our own making");
  reverse_command->add_option("--from", reverse.from, "Where to listen: :8443, 127.0.0.1:8443")->required();
  reverse_command->add_option("--to", reverse.to, "The application: 127.0.0.1:3000, http://host:port")->required();
  reverse_command->add_option("--admin", reverse.admin, "Where metrics and health are served; `off` for nowhere")->capture_default_str();
  reverse_command->add_flag("--plain", reverse.is_plain, "HTTP without TLS");

  ForwardOptions forward;
  CLI::App* forward_command = app.add_subcommand("forward", "Fetch for clients what they name: web pages, and tunnels to HTTPS");
  forward_command->add_option("--listen", forward.listen, "Where to listen: :3128, 127.0.0.1:3128")->capture_default_str();
  forward_command
      ->add_option("--allow", forward.allow, "What clients may reach, instead of `*`: example.com, *.example.com:*, 10.1.0.0/16:22; without a port, 80 and 443")
      ->type_name("RULE")
      ->allow_extra_args(false);
  forward_command
      ->add_option("--deny", forward.deny, "What they may not reach whatever --allow says, besides `private`; `none` takes `private` away")
      ->type_name("RULE")
      ->allow_extra_args(false);
  forward_command->add_option("--auth", forward.auth, "Users who may ask: a file that `htpasswd -B` wrote; without it, everybody who can connect")
      ->type_name("FILE")
      ->check(is_not_empty);
  forward_command->add_flag("--self-signed", forward.is_self_signed, "TLS to the proxy, with a certificate of our own making");
  forward_command->add_option("--admin", forward.admin, "Where metrics and health are served; `off` for nowhere")->capture_default_str();

  ValidateOptions validate;
  CLI::App* validate_command = app.add_subcommand("validate", "Check a configuration file and show everything that is wrong with it");
  validate_command->alias("-t");
  validate_command->add_option("-c,--config", validate.path, "The file, found as `run` finds it");
  validate_command->add_flag("--json", validate.is_json, "As JSON, for programs");

  CLI::App* config_command = app.add_subcommand("config", "Show the configuration, and what can be configured");
  config_command->require_subcommand(1);
  ShowOptions show;
  CLI::App* show_command = config_command->add_subcommand("show", "What is in force, each value with the line it came from");
  show_command->add_option("-c,--config", show.path, "The file, found as `run` finds it");
  show_command->add_flag("--defaults", show.wants_defaults, "The settings that the file does not name, too");
  show_command->add_flag("--json", show.is_json, "As JSON, for programs");
  std::string explained;
  CLI::App* explain_command = config_command->add_subcommand("explain", "What would become of a request: listener, routes and why, upstream, limits");
  explain_command->add_option("URL", explained, "What a client would ask for: https://example.com/path")->required();
  explain_command->add_option("-c,--config", show.path, "The file, found as `run` finds it");
  CLI::App* schema_command = config_command->add_subcommand("schema", "Every setting as a JSON Schema, for editors and linters");
  CLI::App* reference_command = config_command->add_subcommand("reference", "Every setting and every error code as Markdown");

  ProbeOptions probe;
  CLI::App* probe_command = app.add_subcommand("probe", "Connect to a server and show how long each part of the handshakes took");
  probe_command->add_option("URL", probe.url, "http://, https://, h2c://, ws:// or wss://")->required();
  probe_command->add_option("-n", probe.count, "How many connections, one after the other; more than one are shown as percentiles")->check(CLI::Range(1, 100'000));
  probe_command->add_flag("--resume", probe.resumes, "Let connections behind the first resume its TLS session");
  probe_command->add_flag("--fast-open", probe.is_fast, "Let the ClientHello, or a GET without TLS, leave in the SYN once the server gave a cookie");
  probe_command->add_flag("--http2", probe.wants_http2, "HTTP/2 or nothing");
  probe_command->add_flag("--http1", probe.wants_http1, "HTTP/1.1, even where HTTP/2 is offered");
  probe_command->add_flag("--websocket", probe.wants_websocket, "Open a WebSocket, as for ws:// and wss://");
  probe_command->add_option("--via", probe.via, "Through the forward proxy at http://host:port or https://host:port")->type_name("PROXY");
  probe_command->add_flag("--json", probe.is_json, "As one JSON document; times in microseconds");
  probe_command->add_flag("--mermaid", probe.is_mermaid, "As a Mermaid sequenceDiagram of the connection; of several, the last");
  probe_command->add_option("--cacert", probe.cacert, "Authorities to trust instead of the system's, as PEM; of a proxy's certificate, too")->type_name("FILE");
  probe_command->add_flag("--insecure", probe.is_insecure, "Go on whatever the certificates are, and say what is wrong with them");
  probe_command->add_option("--timeout", probe.timeout, "For each connection and its answer")->type_name("DUR")->capture_default_str();
  probe_command->add_option("--interval", probe.interval, "Between one connection and the next: 250ms, 1s")->type_name("DUR");
  probe_command->footer(kProbeFooter);

  std::string admin = "127.0.0.1:9900";
  CLI::App* health_command = app.add_subcommand("healthcheck", "Ask a running proxy whether it is ready");
  health_command->add_option("--admin", admin, "Its admin address")->capture_default_str();

  std::string reload_admin = "127.0.0.1:9900";
  CLI::App* reload_command = app.add_subcommand("reload", "Have a running proxy read its configuration anew");
  reload_command->add_option("--admin", reload_admin, "Its admin address")->capture_default_str();
  std::string tickets_path;
  CLI::App* tickets_command = app.add_subcommand("tickets", "Make and rotate the keys of session tickets that replicas share");
  tickets_command->require_subcommand(1);
  CLI::App* tickets_new = tickets_command->add_subcommand("new", "Write a file of new keys, for tls.tickets");
  CLI::App* tickets_rotate = tickets_command->add_subcommand("rotate", "Put the next key of a file into use; every few hours, and bring the file to every replica");
  for (CLI::App* command : {tickets_new, tickets_rotate}) command->add_option("FILE", tickets_path, "The file")->required()->check(is_not_empty);

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
  if (*forward_command) return static_cast<int>(run_forward(forward));
  if (*validate_command) return static_cast<int>(run_validate(validate));
  if (*show_command) return static_cast<int>(run_show(show));
  if (*explain_command) return static_cast<int>(run_explain(show.path, explained));
  if (*schema_command) return static_cast<int>(print_schema());
  if (*reference_command) return static_cast<int>(print_reference());
  if (*probe_command) return run_probe(probe);
  if (*health_command) return static_cast<int>(run_healthcheck(admin));
  if (*reload_command) return static_cast<int>(run_reload(reload_admin));
  if (*tickets_new) return static_cast<int>(run_tickets_new(tickets_path));
  if (*tickets_rotate) return static_cast<int>(run_tickets_rotate(tickets_path));
  if (*version_command) return static_cast<int>(run_version(version_as_json));
  return static_cast<int>(Exit::usage);
}

}  // namespace gladhand::cli
