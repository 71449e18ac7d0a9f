#include "config/forward.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "config/target_rule.h"

namespace gladhand::config {

namespace {

constexpr std::string_view kPrefix = "forward:";  // nobody can choose a name with a colon

// One from a file has a place.
bool is_made_for_forward(const Upstream& u) {
  return u.name.starts_with(kPrefix) && u.endpoints.empty() && u.place.line == 0;
}

void check_targets(const std::vector<std::string>& rules, TargetList list, const std::string& path, Report& report) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto rule = parse_target_rule(rules[i], list);
    if (!rule) report.add(fmt::format("{}[{}]", path, i), rule.error());
  }
}

}  // namespace

void check_forward(const Listener& listener, const std::string& path, Report& report) {
  if (listener.mode == Mode::forward) {
    check_targets(listener.forward.allow, TargetList::allow, path + ".forward.allow", report);
    check_targets(listener.forward.deny, TargetList::deny, path + ".forward.deny", report);
  } else if (listener.has_forward && !report.was_misread(path + ".mode")) {
    report.add(path + ".forward", {Rule::forward_without_mode, "`forward` means nothing to a reverse proxy",
                                   "add `mode = \"forward\"` to the listener, or remove the table"});
  }
}

bool has_only_forward_listeners(const Config& config, const Report& report) {
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const bool may_be_one =
        config.listeners[i].mode == Mode::forward || report.was_misread(fmt::format("listener[{}].mode", i));
    if (!may_be_one) return false;
  }
  return !config.listeners.empty();
}

std::optional<std::uint16_t> add_upstream(Config& config, Upstream upstream, std::string_view path, Report& report) {
  if (config.upstreams.size() >= kMostReferred) {
    report.add(path, {Rule::too_many, fmt::format("more than {} upstreams", kMostReferred)});
    return std::nullopt;
  }
  config.upstreams.push_back(std::move(upstream));
  return static_cast<std::uint16_t>(config.upstreams.size() - 1);
}

void drop_forward_upstreams(Config& config) { std::erase_if(config.upstreams, is_made_for_forward); }

void make_forward_upstreams(Config& config, Report& report) {
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const Listener& listener = config.listeners[i];
    if (listener.mode != Mode::forward) continue;
    Upstream made{.name = fmt::format("{}{}", kPrefix, listener.name),
                  .timeouts = listener.forward.timeouts,
                  .max_connections = listener.forward.max_connections};
    const auto index = add_upstream(config, std::move(made), fmt::format("listener[{}]", i), report);
    if (index) config.listeners[i].forward.upstream_index = *index;
  }
}

}  // namespace gladhand::config
