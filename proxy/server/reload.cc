#include "server/reload.h"

#include <fmt/ranges.h>

#include <ctime>

#include "base/log.h"

namespace gladhand::server {
namespace {

// Takes back what cannot change while the process runs, and names it.
std::vector<std::string_view> keep_what_is_fixed(config::Config& next, const config::Config& running) {
  std::vector<std::string_view> unchanged;
  const auto keep = [&](std::string_view name, auto& value, const auto& old) {
    if (value == old) return;
    value = old;
    unchanged.push_back(name);
  };
  keep("server.workers", next.server.workers, running.server.workers);
  keep("server.admin", next.server.admin, running.server.admin);
  keep("server.admin_hosts", next.server.admin_hosts, running.server.admin_hosts);
  keep("log.access.format", next.log.access.format, running.log.access.format);
  keep("log.access.file", next.log.access.file, running.log.access.file);
  return unchanged;
}

std::string rendered(const std::vector<config::Diagnostic>& problems) {
  return config::render(problems) + config::count_text(problems.size()) + "; the running configuration was not changed";
}

}  // namespace

Reload::Reload(SnapshotPtr first, observe::Names names, StartOptions options, Origin origin, Publish publish)
    : running_(std::move(first)), names_(std::move(names)), options_(std::move(options)), origin_(std::move(origin)), publish_(std::move(publish)) {
  facts_.successful_at = std::time(nullptr);
  learn_facts();
}

Reload::Outcome Reload::run() {
  Outcome outcome = try_it();
  facts_.was_successful = outcome.problems.empty();
  if (!facts_.was_successful) {
    ++facts_.reloads_failed;
    log::error("the configuration was not reloaded:\n{}", rendered(outcome.problems));
    return outcome;
  }
  ++facts_.reloads_ok;
  facts_.successful_at = std::time(nullptr);
  log::info("the configuration was reloaded");
  if (!outcome.unchanged.empty()) log::warning("{} cannot change while the program runs; the old value counts until it is started again", fmt::join(outcome.unchanged, ", "));
  return outcome;
}

Reload::Outcome Reload::try_it() {
  if (!origin_.read_again) return {{origin_.source.diagnose(config::Rule::no_file, {}, "there is no configuration file that could be read again")}, {}};
  config::Result read = origin_.read_again();
  if (!read.is_valid()) return {std::move(read.diagnostics), {}};
  const auto unchanged = keep_what_is_fixed(read.config, running_->config);
  observe::Names names = names_;
  auto ids = names.learn(read.config);
  if (!ids) {
    return {{read.source.diagnose(config::Rule::too_many, {.file = read.source.file()}, "too many names of listeners, upstreams and routes since the start",
                                  "start the program again")}, {}};
  }
  const Running running{running_->config, running_->prepared};
  auto prepared = prepare(read.config, read.source, options_, &running);
  if (!prepared) return {std::move(prepared.error()), {}};
  names_ = std::move(names);
  origin_.source = std::move(read.source);
  publish(std::make_shared<const Snapshot>(Snapshot{std::move(read.config), std::move(*prepared), *std::move(ids)}));
  return {{}, unchanged};
}

void Reload::run_for_files() {
  auto prepared = read_changed_files();
  if (prepared) publish(std::make_shared<const Snapshot>(Snapshot{running_->config, *std::move(prepared), running_->ids}));
}

// Nothing: they hold what they held.
std::optional<Prepared> Reload::read_changed_files() {
  std::vector<config::Diagnostic> problems;
  Files files = read_files(running_->config, origin_.source, problems, &running_->prepared.files);
  tell(problems);
  const std::size_t changed = files.count_changed(running_->prepared.files);
  if (changed == 0) return std::nullopt;
  const Running running{running_->config, running_->prepared};
  auto prepared = prepare_again(running, origin_.source, std::move(files));
  if (!prepared) {
    tell(prepared.error());
    return std::nullopt;
  }
  facts_.certificates_ok += changed;
  log::info("{} of the files that the configuration names {} used from now on", changed, changed == 1 ? "has changed, and is" : "have changed, and are");
  return std::move(*prepared);
}

// Each of them once, for as long as it lasts.
void Reload::tell(const std::vector<config::Diagnostic>& problems) {
  std::vector<config::Diagnostic> news;
  std::set<std::string> lasting;
  for (const config::Diagnostic& problem : problems) {
    if (!told_.contains(problem.message)) news.push_back(problem);
    lasting.insert(problem.message);
  }
  told_ = std::move(lasting);
  facts_.certificates_failed += news.size();
  if (!news.empty()) log::error("a file cannot be used, and what it held before stays:\n{}", rendered(news));
}

void Reload::publish(SnapshotPtr next) {
  running_ = std::move(next);
  learn_facts();
  publish_(running_, names_);
}

void Reload::learn_facts() {
  facts_.not_after.clear();
  for (std::size_t i = 0; i < running_->config.certificates.size(); ++i) {
    facts_.not_after.emplace_back(running_->config.certificates[i].name, tls::not_after(running_->prepared.files.certificates[i]->chain_pem));
  }
}

std::string to_json(const Reload::Outcome& outcome) {
  if (!outcome.problems.empty()) return fmt::format(R"({{"result":"failed","errors":{}}})", config::render_json(outcome.problems)) + "\n";
  return fmt::format(R"({{"result":"ok","unchanged":[{}]}})",
                     outcome.unchanged.empty() ? "" : fmt::format("\"{}\"", fmt::join(outcome.unchanged, "\",\""))) + "\n";
}

std::string to_text(const Reload::Outcome& outcome) {
  if (!outcome.problems.empty()) return rendered(outcome.problems) + "\n";
  std::string text = "the configuration was reloaded\n";
  if (!outcome.unchanged.empty()) text += fmt::format("{} cannot change while the program runs; the old value counts until it is started again\n", fmt::join(outcome.unchanged, ", "));
  return text;
}

}  // namespace gladhand::server
