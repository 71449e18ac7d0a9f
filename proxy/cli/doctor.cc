#include "cli/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

#include "cli/doctor_checks.h"
#include "cli/paint.h"
#include "config/find.h"
#include "config/printable.h"
#include "observe/json.h"

namespace gladhand::cli {
namespace {

struct Check {
  std::string_view topic;
  void (*look)(const Examined&, Findings&);
};

constexpr std::array kChecks{
    Check{"configuration", look_at_configuration},
    Check{"files", look_at_files},
    Check{"certificates", look_at_certificates},
    Check{"names", look_at_names},
    Check{"secrets", look_at_secrets},
    Check{"ports", look_at_ports},
    Check{"accept queue", look_at_accept_queue},
    Check{"SYN queue", look_at_syn_queue},
    Check{"TCP Fast Open", look_at_fast_open},
    Check{"outgoing ports", look_at_outgoing_ports},
    Check{"descriptors", look_at_descriptors},
    Check{"memory", look_at_memory},
    Check{"clock", look_at_clock},
    Check{"cost of a mark", look_at_clock_cost},
    Check{"TCP facts", look_at_kernel_facts},
    Check{"TLS library", look_at_tls_library},
};

struct VerdictRow {
  std::string_view name;
  Colour colour;
};
constexpr std::array kVerdicts{VerdictRow{"ok", Colour::green}, VerdictRow{"warning", Colour::yellow}, VerdictRow{"problem", Colour::red}};
constexpr const VerdictRow& row(Verdict verdict) { return kVerdicts[static_cast<std::size_t>(verdict)]; }

struct Examination {
  std::string path;
  std::vector<std::pair<std::string_view, Finding>> found;  // by topic

  std::size_t count(Verdict verdict) const {
    return static_cast<std::size_t>(std::ranges::count_if(found, [verdict](const auto& one) { return one.second.verdict == verdict; }));
  }
};

Examined prepare(const std::string& path) {
  Examined examined{path, {}, {}, std::max(1u, std::thread::hardware_concurrency())};
  if (const auto found = config::find(path)) {
    examined.path = found->path;
    examined.read = config::read_file(found->path);
    if (examined.config() && examined.config()->server.workers) examined.workers = examined.config()->server.workers;
  }
  return examined;
}

Examination examine(const std::string& path) {
  const Examined examined = prepare(path);
  Examination result{examined.path, {}};
  for (const Check& check : kChecks) {
    Findings findings;
    check.look(examined, findings);
    for (Finding& finding : findings) result.found.emplace_back(check.topic, std::move(finding));
  }
  return result;
}

void print_text(const Examination& examination) {
  const bool is_colourful = is_coloured(stdout);
  for (const auto& [topic, finding] : examination.found) {
    const auto& [name, colour] = row(finding.verdict);
    const std::string line = fmt::format("{}  {:<14}  {}", paint(fmt::format("{:<7}", name), colour, is_colourful), topic, config::printable(finding.text));
    std::puts(line.c_str());
    if (!finding.cure.empty()) std::puts(fmt::format("{:25}cure: {}", "", paint(config::printable(finding.cure), Colour::bold, is_colourful)).c_str());
  }
  const auto count = [](std::size_t n, std::string_view what) { return fmt::format("{} {}{}", n, what, n == 1 ? "" : "s"); };
  std::puts(fmt::format("{}, {}", count(examination.count(Verdict::problem), "problem"), count(examination.count(Verdict::warning), "warning")).c_str());
}

void print_json(const Examination& examination) {
  observe::Json json;
  json.open();
  if (!examination.path.empty()) json.text("configuration", examination.path);
  json.number("problems", examination.count(Verdict::problem));
  json.number("warnings", examination.count(Verdict::warning));
  json.open_list("findings");
  for (const auto& [topic, finding] : examination.found) {
    json.open();
    json.text("topic", topic);
    json.text("verdict", row(finding.verdict).name);
    json.text("text", finding.text);
    if (!finding.cure.empty()) json.text("cure", finding.cure);
    json.close();
  }
  std::fputs(std::move(json).finish().c_str(), stdout);
}

}  // namespace

server::Exit run_doctor(const DoctorOptions& options) {
  const Examination examination = examine(options.path);
  (options.is_json ? print_json : print_text)(examination);
  return examination.count(Verdict::problem) > 0 ? server::Exit::configuration_invalid : server::Exit::ok;
}

}  // namespace gladhand::cli
