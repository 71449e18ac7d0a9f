#include "cli/cli.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "cli/cert.h"
#include "cli/completion.h"
#include "cli/config.h"
#include "cli/demo.h"
#include "cli/doctor.h"
#include "cli/explain.h"
#include "cli/healthcheck.h"
#include "cli/launch.h"
#include "cli/probe.h"
#include "cli/reload.h"
#include "cli/status.h"
#include "cli/stop.h"
#include "cli/tickets.h"
#include "cli/validate.h"
#include "cli/version.h"

namespace gladhand::cli {
namespace {

using server::Exit;

constexpr const char* kAdmin = "127.0.0.1:9900";

// An unset variable in a script must not open what was to be closed.
std::string is_not_empty(const std::string& value) { return value.empty() ? "must not be empty" : ""; }

// Every command, and what was asked of it. Whatever a command needs stands in the function that adds it, and in a member.
class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(1);
    app_.get_formatter()->column_width(36);
    app_.footer("`gladhand demo` shows it at work. `gladhand COMMAND --help` explains a command.");
    add_run();
    add_demo();
    add_reverse();
    add_forward();
    add_validate();
    add_config();
    add_doctor();
    add_probe();
    add_healthcheck();
    add_status();
    add_reload();
    add_stop();
    add_cert();
    add_tickets();
    add_version();
    add_completion();
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? 0 : static_cast<int>(Exit::usage);
    }
    return act_();
  }

 private:
  void add_run() {
    CLI::App* command = app_.add_subcommand("run", "Run with a configuration file");
    command->add_option("-c,--config", run_.path, "The file; else $GLADHAND_CONFIG, ./gladhand.toml, /etc/gladhand/gladhand.toml")->type_name("FILE");
    command->add_option("--workers", run_.workers, "Instead of server.workers: event loops; 0 means one for each core");
    when(command, [this] { return run_file(run_.path, run_.workers); });
  }

  void add_demo() {
    CLI::App* command = app_.add_subcommand("demo", "Start an origin, a proxy before it, a forward proxy and some visitors, to look at");
    command->add_flag("!--no-traffic", demo_.has_traffic, "No visitors");
    when(command, [this] { return run_demo(demo_); });
  }

  void add_reverse() {
    CLI::App* command = app_.add_subcommand("reverse", "Front one application, with a certificate of our own making");
    command->add_option("--from", reverse_.from, "Where to listen: :8443, 127.0.0.1:8443")->required();
    command->add_option("--to", reverse_.to, "The application: 127.0.0.1:3000, http://host:port")->required();
    command->add_option("--admin", reverse_.admin, "Where metrics and health are served; `off` for nowhere")->capture_default_str();
    command->add_flag("--plain", reverse_.is_plain, "HTTP without TLS");
    when(command, [this] { return run_reverse(reverse_); });
  }

  void add_forward() {
    CLI::App* command = app_.add_subcommand("forward", "Fetch for clients what they name: web pages, and tunnels to HTTPS");
    command->add_option("--listen", forward_.listen, "Where to listen: :3128, 127.0.0.1:3128")->capture_default_str();
    command
        ->add_option("--allow", forward_.allow, "What clients may reach, instead of `*`: example.com, *.example.com:*, 10.1.0.0/16:22; without a port, 80 and 443")
        ->type_name("RULE")
        ->allow_extra_args(false);
    command
        ->add_option("--deny", forward_.deny, "What they may not reach whatever --allow says, besides `private`; `none` takes `private` away")
        ->type_name("RULE")
        ->allow_extra_args(false);
    command->add_option("--auth", forward_.auth, "Users who may ask: a file that `htpasswd -B` wrote; without it, everybody who can connect")
        ->type_name("FILE")
        ->check(is_not_empty);
    command->add_flag("--self-signed", forward_.is_self_signed, "TLS to the proxy, with a certificate of our own making");
    command->add_option("--admin", forward_.admin, "Where metrics and health are served; `off` for nowhere")->capture_default_str();
    when(command, [this] { return run_forward(forward_); });
  }

  void add_validate() {
    CLI::App* command = app_.add_subcommand("validate", "Check a configuration file and show everything that is wrong with it");
    command->alias("-t");
    command->add_option("-c,--config", validate_.path, "The file, found as `run` finds it")->type_name("FILE");
    command->add_flag("--json", validate_.is_json, "As JSON, for programs");
    when(command, [this] { return run_validate(validate_); });
  }

  void add_config() {
    CLI::App* config = app_.add_subcommand("config", "Show the configuration, and what can be configured");
    config->require_subcommand(1);
    CLI::App* show = config->add_subcommand("show", "What is in force, each value with the line it came from");
    show->add_option("-c,--config", show_.path, "The file, found as `run` finds it")->type_name("FILE");
    show->add_flag("--defaults", show_.wants_defaults, "The settings that the file does not name, too");
    show->add_flag("--json", show_.is_json, "As JSON, for programs");
    when(show, [this] { return run_show(show_); });
    CLI::App* explain = config->add_subcommand("explain", "What would become of a request: listener, routes and why, upstream, limits");
    explain->add_option("URL", explain_.url, "What a client would ask for: https://example.com/path")->required();
    explain->add_option("-c,--config", explain_.path, "The file, found as `run` finds it")->type_name("FILE");
    when(explain, [this] { return run_explain(explain_.path, explain_.url); });
    when(config->add_subcommand("schema", "Every setting as a JSON Schema, for editors and linters"), print_schema);
    when(config->add_subcommand("reference", "Every setting and every error code as Markdown"), print_reference);
  }

  void add_doctor() {
    CLI::App* command = app_.add_subcommand("doctor", "Check this machine, and what the configuration needs of it, and say the cures");
    command->add_option("-c,--config", doctor_.path, "The file, found as `run` finds it; there need not be one")->type_name("FILE");
    command->add_flag("--json", doctor_.is_json, "As JSON, for programs");
    command->footer(kDoctorFooter);
    when(command, [this] { return run_doctor(doctor_); });
  }

  void add_probe() {
    CLI::App* command = app_.add_subcommand("probe", "Connect to a server and show how long each part of the handshakes took");
    command->add_option("URL", probe_.url, "http://, https://, h2c://, ws:// or wss://")->required();
    command->add_option("-n", probe_.count, "How many connections, one after the other; more than one are shown as percentiles")->check(CLI::Range(1, 100'000));
    command->add_flag("--resume", probe_.resumes, "Let connections behind the first resume its TLS session");
    command->add_flag("--fast-open", probe_.is_fast, "Let the ClientHello, or a GET without TLS, leave in the SYN once the server gave a cookie");
    command->add_flag("--http2", probe_.wants_http2, "HTTP/2 or nothing");
    command->add_flag("--http1", probe_.wants_http1, "HTTP/1.1, even where HTTP/2 is offered");
    command->add_flag("--websocket", probe_.wants_websocket, "Open a WebSocket, as for ws:// and wss://");
    command->add_option("--via", probe_.via, "Through the forward proxy at http://host:port or https://host:port")->type_name("PROXY");
    command->add_flag("--json", probe_.is_json, "As one JSON document; times in microseconds");
    command->add_flag("--mermaid", probe_.is_mermaid, "As a Mermaid sequenceDiagram of the connection; of several, the last");
    command->add_option("--cacert", probe_.cacert, "Authorities to trust instead of the system's, as PEM; of a proxy's certificate, too")->type_name("FILE");
    command->add_flag("--insecure", probe_.is_insecure, "Go on whatever the certificates are, and say what is wrong with them");
    command->add_option("--timeout", probe_.timeout, "For each connection and its answer")->type_name("DUR")->capture_default_str();
    command->add_option("--interval", probe_.interval, "Between one connection and the next: 250ms, 1s")->type_name("DUR");
    command->footer(kProbeFooter);
    when(command, [this] { return run_probe(probe_); });
  }

  void add_healthcheck() {
    CLI::App* command = app_.add_subcommand("healthcheck", "Ask a running proxy whether it is ready");
    add_admin(command);
    when(command, [this] { return run_healthcheck(admin_); });
  }

  void add_status() {
    CLI::App* command = app_.add_subcommand("status", "Show how a running proxy is: its state, connections, handshakes, and what should be done");
    add_admin(command);
    command->add_flag("--json", status_.is_json, "As its API says it, for programs");
    command->footer(kStatusFooter);
    when(command, [this] {
      status_.admin = admin_;
      return run_status(status_);
    });
  }

  void add_reload() {
    CLI::App* command = app_.add_subcommand("reload", "Have a running proxy read its configuration anew");
    add_admin(command);
    when(command, [this] { return run_reload(admin_); });
  }

  void add_stop() {
    CLI::App* command = app_.add_subcommand("stop", "Have a running proxy end as by SIGTERM: it drains first");
    add_admin(command);
    command->add_flag("--wait", stop_.waits, "Until it is gone");
    command->footer(kStopFooter);
    when(command, [this] {
      stop_.admin = admin_;
      return run_stop(stop_);
    });
  }

  void add_cert() {
    CLI::App* cert = app_.add_subcommand("cert", "Make certificates to try things out with, and show those of files and servers");
    cert->require_subcommand(1);
    CLI::App* make = cert->add_subcommand("self-signed", "Write a certificate of our own making, and its key");
    make->add_option("--name", self_signed_.names, "Whose it is: example.com, *.example.com, 192.0.2.1; may be repeated")
        ->required()
        ->type_name("NAME")
        ->allow_extra_args(false);
    make->add_option("--days", self_signed_.days, "How long it is good")->check(CLI::Range(1, 3650))->capture_default_str();
    make->add_option("--out", self_signed_.out, "PREFIX.pem and PREFIX.key are written, and must not be there yet")
        ->type_name("PREFIX")
        ->capture_default_str()
        ->check(is_not_empty);
    when(make, [this] { return run_cert_self_signed(self_signed_); });
    CLI::App* show = cert->add_subcommand("show", "Whose a certificate is, who signed it, how long it is good, and whether the key beside it belongs to it");
    show->add_option("FILE", cert_show_.what, "A PEM file, or a server: https://example.com, example.com:8443")->required()->check(is_not_empty);
    show->add_flag("--json", cert_show_.is_json, "As JSON, for programs");
    show->footer(kCertShowFooter);
    when(show, [this] { return run_cert_show(cert_show_); });
  }

  void add_tickets() {
    CLI::App* tickets = app_.add_subcommand("tickets", "Make and rotate the keys of session tickets that replicas share");
    tickets->require_subcommand(1);
    CLI::App* fresh = tickets->add_subcommand("new", "Write a file of new keys, for tls.tickets");
    CLI::App* rotate = tickets->add_subcommand("rotate", "Put the next key of a file into use; every few hours, and bring the file to every replica");
    for (CLI::App* command : {fresh, rotate}) command->add_option("FILE", tickets_path_, "The file")->required()->check(is_not_empty);
    when(fresh, [this] { return run_tickets_new(tickets_path_); });
    when(rotate, [this] { return run_tickets_rotate(tickets_path_); });
  }

  void add_version() {
    CLI::App* command = app_.add_subcommand("version", "Show the version");
    command->add_flag("--json", version_as_json_, "As JSON");
    when(command, [this] { return run_version(version_as_json_); });
  }

  void add_completion() {
    CLI::App* command = app_.add_subcommand("completion", "Print a script by which a shell completes this command line");
    command->add_option("SHELL", shell_, "The shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    command->footer(kCompletionFooter);
    when(command, [this] {
      std::fputs(completion(app_, shell_).c_str(), stdout);
      return Exit::ok;
    });
  }

  // Of a command that talks to a proxy which runs.
  void add_admin(CLI::App* command) { command->add_option("--admin", admin_, "Its admin address")->capture_default_str(); }

  // Nothing is done before the whole line has been understood.
  template <class Act>
  void when(CLI::App* command, Act act) {
    command->callback([this, act] { act_ = [act] { return static_cast<int>(act()); }; });
  }

  CLI::App app_{"Gladhand: a proxy that measures every handshake it takes part in."};
  std::function<int()> act_;  // of the command that was named
  struct {
    std::string path;
    std::size_t workers = 0;
  } run_;
  DemoOptions demo_;
  ReverseOptions reverse_;
  ForwardOptions forward_;
  ValidateOptions validate_;
  ShowOptions show_;
  struct {
    std::string path;
    std::string url;
  } explain_;
  DoctorOptions doctor_;
  ProbeOptions probe_;
  std::string admin_ = kAdmin;
  StatusOptions status_;
  StopOptions stop_;
  SelfSignedOptions self_signed_;
  CertShowOptions cert_show_;
  std::string tickets_path_;
  bool version_as_json_ = false;
  std::string shell_;
};

}  // namespace

int run(int argc, char** argv) { return CommandLine().run(argc, argv); }

}  // namespace gladhand::cli
