#include "config/outline.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/json_writer.h"
#include "config/units.h"

namespace gladhand::config {

namespace {

// As JSON or as TOML, whose tables differ in what stands between a key and its value.
std::string option_text(const PluginOption& option, std::string_view between) {
  using Kind = PluginOption::Kind;
  std::vector<std::string> items;
  for (const PluginOption& item : option.items) {
    items.push_back((item.key.empty() ? "" : fmt::format("{}{}", json_quoted(item.key), between)) + option_text(item, between));
  }
  switch (option.kind) {
    case Kind::text: return json_quoted(option.text);
    case Kind::integer: return std::to_string(option.integer);
    case Kind::boolean: return option.boolean ? "true" : "false";
    case Kind::list: return fmt::format("[{}]", fmt::join(items, ", "));
    case Kind::table: return fmt::format("{{{}}}", fmt::join(items, ", "));
    case Kind::other: break;
  }
  return "\"\"";  // no plugin takes one
}

}  // namespace


using Kind = Setting::Kind;

std::string Setting::range() const {
  const auto between = [this](const auto& text) {
    return max >= INT64_MAX ? fmt::format("{} or more", text(min)) : fmt::format("{} to {}", text(min), text(max));
  };
  switch (kind) {
    case Kind::count: return between([](std::uint64_t n) { return std::to_string(n); });
    case Kind::bytes: return between(size_text);
    case Kind::duration: return between([](std::uint64_t n) { return duration_text(Millis(n)); });
    default: return {};
  }
}

Setting outline() {
  Setting root;
  Config defaults;
  Outliner outliner(root, Outliner::Of::description, {});
  describe(outliner, defaults);
  return root;
}

Setting outline(Config config, std::string_view folder) {
  Setting root;
  Outliner outliner(root, Outliner::Of::configuration, folder);
  describe(outliner, config);
  return root;
}

void Outliner::field(std::string_view key, bool& member, std::string_view help) {
  add(Kind::flag, key, help).value = member ? "true" : "false";
}

void Outliner::field(std::string_view key, std::string& member, std::string_view help) {
  add(Kind::text, key, help).value = json_quoted(member);
}

void Outliner::field(std::string_view key, std::string& member, Filled constraint, std::string_view help) {
  std::string_view text = member;
  if (constraint.is_path && !folder_.empty() && text.starts_with(folder_)) text.remove_prefix(folder_.size());
  Setting& added = add(Kind::text, key, help);
  added.is_filled = true;
  added.is_required = constraint.required;
  added.is_secret = constraint.is_secret;
  if (!text.empty()) added.value = json_quoted(constraint.is_secret ? kRedacted : text);
}

void Outliner::field(std::string_view key, std::vector<std::string>& member, std::string_view help) {
  add(Kind::texts, key, help).value = list_text(member, true);
}

void Outliner::field(std::string_view key, std::vector<std::string>& member, Filled constraint, std::string_view help) {
  Setting& added = add(Kind::texts, key, help);
  added.is_filled = true;
  added.is_required = constraint.required;
  added.is_secret = constraint.is_secret;
  if (!member.empty()) added.value = constraint.is_secret ? list_text({std::string(kRedacted)}, true) : list_text(member, true);
}

void Outliner::field(std::string_view key, std::vector<Endpoint>& member, Filled constraint, std::string_view help) {
  std::vector<std::string> urls;
  for (const Endpoint& endpoint : member) urls.push_back(endpoint.url);
  field(key, urls, constraint, help);
}

void Outliner::field(std::string_view key, std::uint32_t& member, Count constraint, std::string_view help) {
  Setting& added = add(Kind::count, key, help);
  added.min = constraint.min;
  added.max = constraint.max;
  added.value = std::to_string(member);
}

void Outliner::field(std::string_view key, std::uint32_t& member, Bytes constraint, std::string_view help) {
  add_bytes(key, member, constraint, help);
}

void Outliner::field(std::string_view key, std::uint64_t& member, Bytes constraint, std::string_view help) {
  add_bytes(key, member, constraint, help);
}

void Outliner::add_bytes(std::string_view key, std::uint64_t value, Bytes constraint, std::string_view help) {
  Setting& added = add(Kind::bytes, key, help);
  added.min = constraint.min;
  added.max = constraint.max;
  const std::string text = size_text(value);
  const bool is_number = text.find_first_not_of("0123456789") == std::string::npos;
  added.value = is_number ? text : json_quoted(text);
}

void Outliner::field(std::string_view key, Millis& member, Span constraint, std::string_view help) {
  Setting& added = add(Kind::duration, key, help);
  added.min = static_cast<std::uint64_t>(constraint.min.count());
  added.max = static_cast<std::uint64_t>(constraint.max.count());
  added.value = json_quoted(duration_text(member));
}

Setting& Outliner::add(Kind kind, std::string_view key, std::string_view help) {
  Setting& added = table_.members.emplace_back();
  added.kind = kind;
  added.key = key;
  added.path = table_.path.empty() ? added.key : fmt::format("{}.{}", table_.path, key);
  added.help = help;
  return added;
}

Setting& Outliner::add_words(Kind kind, std::string_view key, std::string_view help, std::span<const std::string_view> words) {
  Setting& added = add(kind, key, help);
  added.words = words;
  added.is_filled = true;
  return added;
}

Setting& Outliner::add_element(Setting& list, std::string name, std::size_t index) const {
  Setting& added = list.members.emplace_back();
  added.key = std::move(name);
  added.path = of_ == Of::description ? list.path : fmt::format("{}[{}]", list.path, index);
  added.help = list.help;
  return added;
}

std::string Outliner::list_text(const std::vector<std::string>& texts, bool is_list) {
  std::vector<std::string> values;
  for (const std::string& text : texts) values.push_back(json_quoted(text));
  return is_list ? fmt::format("[{}]", fmt::join(values, ", ")) : values.front();
}

void Outliner::plugins(std::string_view key, std::vector<PluginUse>& uses, std::string_view help) {
  Setting& s = add(Setting::Kind::plugins, key, help);
  std::vector<std::string> json, toml;
  for (const PluginUse& use : uses) {
    PluginOption whole{.kind = PluginOption::Kind::table, .items = use.options};
    whole.items.insert(whole.items.begin(), PluginOption{.key = "name", .text = use.name});
    json.push_back(option_text(whole, ": "));
    toml.push_back(option_text(whole, " = "));
  }
  s.value = fmt::format("[{}]", fmt::join(json, ", "));
  s.toml = fmt::format("[{}]", fmt::join(toml, ", "));
}

}  // namespace gladhand::config
