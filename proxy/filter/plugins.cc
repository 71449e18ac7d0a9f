#include "filter/plugins.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "config/printable.h"
#include "config/suggest.h"
#include "filter/catalog.h"

namespace gladhand::filter {

using config::Rule;

class Plugins::Loader {
 public:
  Loader(const config::Config& config, const config::Source& source, std::vector<config::Diagnostic>& problems, Plugins& plugins)
      : config_(config), source_(source), problems_(problems), plugins_(plugins) {}

  void run() {
    for (const gladhand_plugin* shipped : shipped_plugins()) known_.emplace(shipped->name, Description{.plugin = *shipped, .library = nullptr});
    for (const config::PluginFile& file : config_.plugins) add_file(file);
    std::vector<std::vector<const Filter*>> of_routes;
    for (const config::Route& route : config_.routes) of_routes.push_back(configured(route.plugins));
    of_routes.emplace_back();
    plugins_.columns_ = of_routes.size();
    for (const config::Listener& listener : config_.listeners) {
      const std::vector<const Filter*> of_listener = configured(listener.plugins);
      for (const std::vector<const Filter*>& of_route : of_routes) {
        std::vector<const Filter*> all = of_listener;
        all.insert(all.end(), of_route.begin(), of_route.end());
        plugins_.chains_.emplace_back(std::move(all));
      }
    }
  }

 private:
  void report(Rule rule, const config::Place& place, std::string_view message, std::string_view hint = {}) {
    problems_.push_back(source_.diagnose(rule, place, message, hint));
  }

  // One that cannot be loaded keeps its name: who uses it is not told twice.
  void add_file(const config::PluginFile& file) {
    if (known_.contains(file.name)) return report(Rule::duplicate, file.place, fmt::format("{} is the name of a plugin that is shipped", config::back_quoted(file.name)), "choose another");
    auto description = load_library(file.path);
    if (!description) {
      const LibraryProblem& problem = description.error();
      report(problem.is_missing ? Rule::missing_file : Rule::bad_plugin, file.path_place, problem.message, problem.cure);
    }
    known_.emplace(file.name, description ? std::optional(std::move(*description)) : std::nullopt);
  }

  std::vector<const Filter*> configured(const std::vector<config::PluginUse>& uses) {
    std::vector<const Filter*> filters;
    for (const config::PluginUse& use : uses) {
      const auto known = known_.find(use.name);
      if (known == known_.end()) {
        report_unknown(use);
      } else if (known->second) {
        auto plugin = Plugin::configure(plugins_.host_, *known->second, use, source_, problems_);
        if (!plugin) continue;
        filters.push_back(plugin.get());
        plugins_.plugins_.push_back(std::move(plugin));
      }
    }
    return filters;
  }

  void report_unknown(const config::PluginUse& use) {
    std::vector<std::string_view> names;
    for (const auto& [name, description] : known_) names.push_back(name);
    report(Rule::undefined, use.place, fmt::format("plugin {} is not defined", config::back_quoted(use.name)), config::suggest(use.name, names, "defined"));
  }

  const config::Config& config_;
  const config::Source& source_;
  std::vector<config::Diagnostic>& problems_;
  Plugins& plugins_;
  std::map<std::string, std::optional<Description>, std::less<>> known_;  // nothing: it could not be loaded
};

std::unique_ptr<const Plugins> Plugins::load(const config::Config& config, const config::Source& source, std::vector<config::Diagnostic>& problems,
                                             const Clock& clock) {
  std::unique_ptr<Plugins> plugins(new Plugins(clock));
  Loader(config, source, problems, *plugins).run();
  return plugins;
}

bool Plugins::judge_handshakes(std::uint16_t listener) const {
  const auto first = chains_.begin() + static_cast<std::ptrdiff_t>(listener * columns_);
  return std::any_of(first, first + static_cast<std::ptrdiff_t>(columns_), [](const Chain& chain) { return chain.wants_handshakes(); });
}

const Clock& Plugins::system_clock() {
  static const Clock clock;
  return clock;
}

}  // namespace gladhand::filter
