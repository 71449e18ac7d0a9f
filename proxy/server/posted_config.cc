#include "server/posted_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <optional>

#include "config/expand.h"
#include "config/printable.h"
#include "config/read.h"
#include "http/headers.h"
#include "server/files.h"

namespace gladhand::server {
namespace {

constexpr std::size_t kTelling = 4;  // bytes of a value that give it away; shorter ones would be found everywhere

class Environment {
 public:
  std::optional<std::string> operator()(std::string_view name) {
    auto value = config::process_environment(name);
    if (value && value->size() >= kTelling) beginnings_.push_back(config::printable(*value).substr(0, kTelling));
    return value;
  }
  // Whether the text may hold the value of a variable, whole or cut short, in whatever case.
  bool is_in(std::string_view text) const {
    const auto is_there = [text](const std::string& beginning) {
      return !std::ranges::search(text, beginning, [](char a, char b) { return http::equals_ignoring_case({&a, 1}, {&b, 1}); }).empty();
    };
    return std::ranges::any_of(beginnings_, is_there);
  }

 private:
  std::vector<std::string> beginnings_;
};

bool runs(const config::PluginFile& file, const config::Config& running) {
  return std::ranges::any_of(running.plugins, [&](const config::PluginFile& one) { return one.path == file.path; });
}

std::vector<config::Diagnostic> check(config::Result read, const config::Config& running, bool looks_at_files) {
  if (!read.is_valid() || !looks_at_files) return std::move(read.diagnostics);
  std::vector<config::Diagnostic> problems;
  for (const config::PluginFile& file : read.config.plugins) {
    if (runs(file, running)) continue;
    problems.push_back(read.source.diagnose(config::Rule::bad_plugin, file.path_place, fmt::format("plugin {} does not run yet, and is not loaded to look at it", config::back_quoted(file.name)),
                                            "`gladhand validate` loads it"));
  }
  if (problems.empty()) read_files(read.config, read.source, problems);
  return problems;
}

}  // namespace

std::vector<config::Diagnostic> check_posted(std::string text, const std::string& file, const config::Config& running, bool looks_at_files) {
  Environment environment;
  const auto inclusion = looks_at_files ? config::Inclusion::followed : config::Inclusion::left_out;
  auto problems = check(config::read(std::move(text), file, std::ref(environment), inclusion), running, looks_at_files);
  for (config::Diagnostic& problem : problems) {
    if (!environment.is_in(problem.message) && !environment.is_in(problem.hint)) continue;
    problem.message = config::row(problem.rule).help;
    problem.hint.clear();
  }
  return problems;
}

}  // namespace gladhand::server
