// How a TableReader reads plugins and their options, which it does not understand.
#include <fmt/format.h>

#include "config/printable.h"
#include "config/table_reader.h"

namespace gladhand::config {
namespace {

constexpr std::string_view kName = "name";
constexpr std::string_view kUsage = "write { name = \"NAME\", option = value }";

PluginOption::Kind kind_of(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::string: return PluginOption::Kind::text;
    case Node::Kind::integer: return PluginOption::Kind::integer;
    case Node::Kind::boolean: return PluginOption::Kind::boolean;
    case Node::Kind::list: return PluginOption::Kind::list;
    case Node::Kind::table: return PluginOption::Kind::table;
    default: return PluginOption::Kind::other;
  }
}

}  // namespace

void TableReader::plugins(std::string_view key, std::vector<PluginUse>& uses, std::string_view) {
  const Node* node = find(key);
  if (!node) return;
  const auto read = [&](const Node& one, const std::string& path) {
    if (auto use = read_plugin(one, key, path)) uses.push_back(std::move(*use));
  };
  if (node->kind != Node::Kind::list) return read(*node, path_of(key));
  for (std::size_t i = 0; i < node->items.size(); ++i) read(node->items[i], path_of(key, i));
}

std::optional<PluginUse> TableReader::read_plugin(const Node& node, std::string_view key, const std::string& path) {
  PluginUse use{.folder = reading_.folder, .place = place_of(node.at)};
  if (node.kind == Node::Kind::string) {
    use.name = read_text(node, key, path, "a plugin", false).value_or("");
    return use.name.empty() ? std::nullopt : std::optional(std::move(use));
  }
  if (node.kind != Node::Kind::table) {
    report_type(node, key, "a list of plugins", kUsage);
    return std::nullopt;
  }
  for (const Member& m : node.members) {
    const std::string place = fmt::format("{}.{}", path, m.key);
    if (m.key != kName) {
      use.options.push_back(read_option(m.key, m.value, place));
      use.options.back().key_place = place_of(m.at);
      continue;
    }
    use.place = place_of(m.value.at);
    use.name = read_text(m.value, kName, place, "a string", false).value_or("");
    if (use.name.empty()) return std::nullopt;
  }
  if (!use.name.empty()) return use;
  report(node, {Rule::missing_key, fmt::format("an entry of {} has no {}", back_quoted(key), back_quoted(kName)), std::string(kUsage)});
  return std::nullopt;
}

PluginOption TableReader::read_option(std::string_view key, const Node& node, const std::string& path) {
  PluginOption option{.key = std::string(key), .kind = kind_of(node.kind), .integer = node.integer, .boolean = node.boolean, .place = place_of(node.at)};
  option.key_place = option.place;
  if (node.kind == Node::Kind::string) option.text = read_text(node, key, path, "a string", true).value_or("");
  for (const Node& item : node.items) option.items.push_back(read_option("", item, path));
  for (const Member& m : node.members) {
    option.items.push_back(read_option(m.key, m.value, path));
    option.items.back().key_place = place_of(m.at);
  }
  return option;
}

}  // namespace gladhand::config
