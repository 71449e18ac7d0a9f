#include "filter/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>
#include <span>

#include "config/printable.h"
#include "config/suggest.h"
#include "config/units.h"

namespace gladhand::filter {
namespace {

using config::back_quoted;
using config::Fault;
using config::PluginOption;
using config::Rule;
using Kind = config::PluginOption::Kind;

gladhand_borrowed borrowed(std::string_view text) { return {text.data(), text.size()}; }

std::string_view wanted(gladhand_kind kind) {
  switch (kind) {
    case GLADHAND_STRING: return "a string";
    case GLADHAND_STRINGS: return "a string or a list of strings";
    case GLADHAND_PAIRS: return "a table of strings";
    case GLADHAND_INTEGER: return "an integer";
    case GLADHAND_BOOLEAN: return "true or false";
    case GLADHAND_DURATION: return "a duration, such as \"30s\"";
    case GLADHAND_BYTES: return "a size, such as \"32KiB\"";
    case GLADHAND_FILE: return "a path";
  }
  return "something else";
}

class Reader {
 public:
  Reader(const gladhand_plugin& plugin, const config::PluginUse& use, const config::Source& source, std::vector<config::Diagnostic>& problems)
      : options_(plugin.options, plugin.option_count), use_(use), source_(source), problems_(problems) {}

  Settings run() {
    std::set<std::string_view> given;
    for (const PluginOption& option : use_.options) {
      const auto known = std::ranges::find(options_, option.key, [](const gladhand_option& o) { return std::string_view(o.key); });
      if (known == options_.end()) {
        report_unknown(option);
      } else {
        given.insert(known->key);
        read(*known, option);
      }
    }
    for (const gladhand_option& option : options_) {
      if (option.is_required && !given.contains(option.key) && !misspelt_.contains(option.key)) {
        report(use_.place, {Rule::missing_key, fmt::format("plugin {} has no {}", back_quoted(use_.name), back_quoted(option.key)), option.help});
      }
    }
    return std::move(result_);
  }

 private:
  void report(const config::Place& place, const Fault& fault) { problems_.push_back(source_.diagnose(fault.rule, place, fault.message, fault.hint)); }
  void report_type(const gladhand_option& option, const config::Place& place) {
    report(place, {Rule::wrong_type, fmt::format("{} of plugin {} must be {}", back_quoted(option.key), back_quoted(use_.name), wanted(option.kind))});
  }
  void report_unknown(const PluginOption& option) {
    std::vector<std::string_view> keys{"name"};
    for (const gladhand_option& known : options_) keys.emplace_back(known.key);
    misspelt_.insert(config::nearest(option.key, keys));
    report(option.key_place, {Rule::unknown_key, fmt::format("plugin {} has no option {}", back_quoted(use_.name), back_quoted(option.key)), config::suggest(option.key, keys)});
  }

  void read(const gladhand_option& option, const PluginOption& given) {
    switch (option.kind) {
      case GLADHAND_STRING:
      case GLADHAND_FILE: return text(option, given, {});
      case GLADHAND_STRINGS: return texts(option, given, {});
      case GLADHAND_PAIRS:
        if (given.kind != Kind::table) return report_type(option, given.place);
        for (const PluginOption& pair : given.items) texts(option, pair, pair.key);
        return;
      case GLADHAND_INTEGER:
        if (given.kind != Kind::integer) return report_type(option, given.place);
        return number(option, given, given.integer);
      case GLADHAND_BOOLEAN:
        if (given.kind != Kind::boolean) return report_type(option, given.place);
        return add(option, given.place, {}, {}, given.boolean);
      case GLADHAND_DURATION: return duration(option, given);
      case GLADHAND_BYTES: return bytes(option, given);
    }
  }
  void texts(const gladhand_option& option, const PluginOption& given, std::string_view name) {
    if (given.kind != Kind::list) return text(option, given, name);
    for (const PluginOption& item : given.items) text(option, item, name);
  }
  void text(const gladhand_option& option, const PluginOption& given, std::string_view name) {
    if (given.kind != Kind::text) return report_type(option, given.place);
    std::string_view value = given.text;
    if (option.kind == GLADHAND_FILE && !value.starts_with('/')) value = result_.texts.emplace_back(use_.folder + given.text);
    add(option, given.place, name, value, 0);
  }
  void duration(const gladhand_option& option, const PluginOption& given) {
    if (given.kind != Kind::text) return report_type(option, given.place);
    const auto span = config::parse_duration(given.text);
    if (!span) return report(given.place, span.error());
    constexpr config::Millis kMost{std::numeric_limits<std::int64_t>::max() / 1'000'000};
    number(option, given, std::chrono::nanoseconds(std::min(*span, kMost)).count());
  }
  void bytes(const gladhand_option& option, const PluginOption& given) {
    if (given.kind == Kind::integer) return number(option, given, given.integer);
    if (given.kind != Kind::text) return report_type(option, given.place);
    const auto size = config::parse_size(given.text);
    if (!size) return report(given.place, size.error());
    number(option, given, static_cast<std::int64_t>(std::min<std::uint64_t>(*size, std::numeric_limits<std::int64_t>::max())));
  }
  void number(const gladhand_option& option, const PluginOption& given, std::int64_t value) {
    const std::int64_t most = option.least == 0 && option.most == 0 ? std::numeric_limits<std::int64_t>::max() : option.most;
    if (value >= option.least && value <= most) return add(option, given.place, {}, {}, value);
    const auto written = [&](std::int64_t n) {
      if (option.kind == GLADHAND_DURATION) return config::duration_text(std::chrono::duration_cast<config::Millis>(std::chrono::nanoseconds(n)));
      return option.kind == GLADHAND_BYTES ? config::size_text(static_cast<std::uint64_t>(n)) : std::to_string(n);
    };
    const std::string range = most == std::numeric_limits<std::int64_t>::max() ? fmt::format("at least {}", written(option.least)) : fmt::format("from {} to {}", written(option.least), written(most));
    report(given.place, {Rule::out_of_range, fmt::format("{} of plugin {} must be {}", back_quoted(option.key), back_quoted(use_.name), range)});
  }
  void add(const gladhand_option& option, const config::Place& place, std::string_view name, std::string_view value, std::int64_t n) {
    result_.values.push_back({static_cast<std::size_t>(&option - options_.data()), borrowed(name), borrowed(value), n});
    result_.places.push_back(place);
  }

  std::span<const gladhand_option> options_;
  const config::PluginUse& use_;
  const config::Source& source_;
  std::vector<config::Diagnostic>& problems_;
  std::set<std::string_view> misspelt_;  // what was meant by unknown options: one mistake, one message
  Settings result_;
};

}  // namespace

Settings read_settings(const gladhand_plugin& plugin, const config::PluginUse& use, const config::Source& source, std::vector<config::Diagnostic>& problems) {
  return Reader(plugin, use, source, problems).run();
}

}  // namespace gladhand::filter
