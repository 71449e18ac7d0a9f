#include "config/table_reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/printable.h"
#include "config/suggest.h"
#include "config/units.h"

namespace gladhand::config {

namespace {

constexpr std::string_view kWantedDuration = "a duration";
constexpr std::string_view kDurationHint = "write it with a unit, such as \"30s\"";

Fault out_of_range(std::string_view key, std::string_view min, std::string_view max, std::string_view found) {
  return {Rule::out_of_range,
          fmt::format("{} must be from {} to {}, not {}", back_quoted(key), min, max, back_quoted(found))};
}

// No setting of ours has a use for them, and in paths and logs they do harm.
bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

Fault unknown_word(std::string_view key, std::string_view found, std::span<const std::string_view> words) {
  return {Rule::unknown_word, fmt::format("{} cannot be {}", back_quoted(key), back_quoted(found)),
          suggest(found, words)};
}

bool is_list_of_tables(const Node& node) {
  return node.kind == Node::Kind::list && !node.items.empty() &&
         std::ranges::all_of(node.items, [](const Node& n) { return n.kind == Node::Kind::table; });
}

}  // namespace

TableReader::TableReader(Reading& reading, const Node& table, std::string path, std::string name, bool is_in_list)
    : reading_(reading), table_(table), path_(std::move(path)), name_(std::move(name)), is_in_list_(is_in_list) {}

// ---- Values ---------------------------------------------------------------------------------------------------------

void TableReader::field(std::string_view key, bool& member, std::string_view) {
  const Node* node = find(key);
  if (!node) return;
  if (node->kind != Node::Kind::boolean) return report_type(*node, key, "true or false");
  member = node->boolean;
}

void TableReader::field(std::string_view key, std::string& member, std::string_view) {
  const Node* node = find(key);
  if (!node) return;
  if (auto text = read_text(*node, key, path_of(key), "a string", true)) member = *std::move(text);
}

void TableReader::field(std::string_view key, std::string& member, Filled constraint, std::string_view) {
  const Node* node = find(key);
  if (!node) return require(key, constraint);
  auto text = read_text(*node, key, path_of(key), "a string", false);
  if (!text) return;
  member = constraint.is_path && !text->starts_with('/') ? reading_.folder + *text : *std::move(text);
}

void TableReader::field(std::string_view key, std::vector<std::string>& member, std::string_view) {
  if (const Node* node = find(key)) member = read_list(*node, key, true);
}

void TableReader::field(std::string_view key, std::vector<std::string>& member, Filled constraint, std::string_view) {
  const Node* node = find(key);
  if (!node) return require(key, constraint);
  member = read_list(*node, key, false);
}

void TableReader::field(std::string_view key, std::vector<Endpoint>& member, Filled constraint, std::string_view) {
  const Node* node = find(key);
  if (!node) return require(key, constraint);
  for (std::string& url : read_list(*node, key, false)) {
    const Place place = reading_.source.at(path_of(key, member.size()));
    member.push_back({.url = std::move(url), .place = place});
  }
}

void TableReader::field(std::string_view key, std::uint32_t& member, Count constraint, std::string_view) {
  const Node* node = find(key);
  if (!node) return;
  if (node->kind != Node::Kind::integer) return report_type(*node, key, "an integer");
  const auto value = static_cast<std::uint64_t>(node->integer);
  if (node->integer < 0 || value < constraint.min || value > constraint.max) {
    return report(*node, out_of_range(key, std::to_string(constraint.min), std::to_string(constraint.max),
                                      std::to_string(node->integer)));
  }
  member = static_cast<std::uint32_t>(value);
}

void TableReader::field(std::string_view key, std::uint32_t& member, Bytes constraint, std::string_view) {
  if (const auto value = read_size(key, constraint)) member = static_cast<std::uint32_t>(*value);
}

void TableReader::field(std::string_view key, std::uint64_t& member, Bytes constraint, std::string_view) {
  if (const auto value = read_size(key, constraint)) member = *value;
}

void TableReader::field(std::string_view key, Millis& member, Span constraint, std::string_view) {
  const Node* node = find(key);
  if (!node) return;
  if (node->kind != Node::Kind::string) return report_type(*node, key, kWantedDuration, kDurationHint);
  const auto text = read_text(*node, key, path_of(key), kWantedDuration, true);
  if (!text) return;
  const auto value = parse_duration(*text);
  if (!value) return report(*node, value.error());
  if (*value < constraint.min || *value > constraint.max) {
    return report(*node, out_of_range(key, duration_text(constraint.min), duration_text(constraint.max), *text));
  }
  member = *value;
}

void TableReader::place(std::string_view key, Place& place) {
  if (const Member* given = member(key)) place = place_of(given->value.at);
}

std::optional<std::string> TableReader::read_text(const Node& node, std::string_view key, const std::string& path,
                                                  std::string_view wanted, bool may_be_empty) {
  reading_.source.note(path, place_of(node.at));
  if (node.kind != Node::Kind::string) {
    report_type(node, key, wanted);
    return std::nullopt;
  }
  auto text = expand(node.text, reading_.environment);
  if (!text) {
    report(node, text.error());
    return std::nullopt;
  }
  if (has_control_character(*text)) {
    report(node, {Rule::bad_text, fmt::format("{} holds a control character", back_quoted(key)), "write it without"});
    return std::nullopt;
  }
  if (text->empty() && !may_be_empty) {
    report(node, {Rule::empty_value, fmt::format("{} is empty", back_quoted(key)), "give it a value"});
    return std::nullopt;
  }
  return *std::move(text);
}

std::vector<std::string> TableReader::read_list(const Node& node, std::string_view key, bool may_be_empty) {
  constexpr std::string_view kWanted = "a string or a list of strings";
  reading_.source.note(path_of(key), place_of(node.at));
  if (node.kind != Node::Kind::list) return {read_text(node, key, path_of(key, 0), kWanted, false).value_or("")};

  if (node.items.empty() && !may_be_empty) {
    report(node, {Rule::empty_value, fmt::format("{} is an empty list", back_quoted(key)), "name something"});
  }
  std::vector<std::string> texts;
  for (const Node& item : node.items) {
    texts.push_back(read_text(item, key, path_of(key, texts.size()), kWanted, false).value_or(""));
  }
  return texts;
}

std::optional<std::uint64_t> TableReader::read_size(std::string_view key, Bytes constraint) {
  const Node* node = find(key);
  if (!node) return std::nullopt;
  std::uint64_t value = 0;
  std::string found;
  if (node->kind == Node::Kind::integer) {
    found = std::to_string(node->integer);
    value = static_cast<std::uint64_t>(std::max<std::int64_t>(node->integer, 0));
  } else {
    auto text = read_text(*node, key, path_of(key), "a size", true);
    if (!text) return std::nullopt;
    const auto size = parse_size(*text);
    if (!size) {
      report(*node, size.error());
      return std::nullopt;
    }
    value = *size;
    found = *std::move(text);
  }
  if (found.starts_with('-') || value < constraint.min || value > constraint.max) {
    report(*node, out_of_range(key, size_text(constraint.min), size_text(constraint.max), found));
    return std::nullopt;
  }
  return value;
}

std::optional<std::size_t> TableReader::word_index(std::string_view key, std::span<const std::string_view> words) {
  const Node* node = find(key);
  if (!node) return std::nullopt;
  const auto text = read_text(*node, key, path_of(key), "a string", true);
  if (!text) return std::nullopt;
  const auto found = std::ranges::find(words, *text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  report(*node, unknown_word(key, *text, words));
  return std::nullopt;
}

std::optional<std::vector<std::size_t>> TableReader::word_indices(std::string_view key,
                                                                  std::span<const std::string_view> words) {
  const Node* node = find(key);
  if (!node) return std::nullopt;
  std::vector<std::size_t> indices;
  const std::vector<std::string> texts = read_list(*node, key, false);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].empty()) continue;  // has been reported
    const auto found = std::ranges::find(words, texts[i]);
    const auto index = static_cast<std::size_t>(found - words.begin());
    if (found == words.end()) {
      reading_.report.add(path_of(key, i), unknown_word(key, texts[i], words));
    } else if (std::ranges::find(indices, index) != indices.end()) {
      reading_.report.add(path_of(key, i), {Rule::duplicate, fmt::format("{} is named twice", back_quoted(texts[i])), "remove one of the two"});
    } else {
      indices.push_back(index);
    }
  }
  return indices;
}

// ---- Tables ---------------------------------------------------------------------------------------------------------

const Member* TableReader::member(std::string_view key) const {
  const auto found = std::ranges::find(table_.members, key, &Member::key);
  return found == table_.members.end() ? nullptr : &*found;
}

const Node* TableReader::find(std::string_view key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.push_back(key);
  const Member* found = member(key);
  if (!found) return nullptr;
  reading_.source.note(path_of(key), place_of(found->value.at));
  return &found->value;
}

const Node* TableReader::find_list_of_tables(std::string_view key) {
  const Node* node = find(key);
  if (!node || node->kind == Node::Kind::list) return node;
  report_type(*node, key, "a list of tables", fmt::format("write [[{}]]", name_of(key)));
  return nullptr;
}

const Node* TableReader::find_table_of_tables(std::string_view key) {
  const Node* node = find(key);
  if (!node || node->kind == Node::Kind::table) return node;
  report_type(*node, key, "a table of tables", fmt::format("write [{}.NAME]", name_of(key)));
  return nullptr;
}

bool TableReader::is_table(const Node& node, std::string_view name, std::string_view parent) {
  if (node.kind == Node::Kind::table) return true;
  std::string hint;
  if (!parent.empty()) {
    hint = fmt::format("write [{}.NAME]", parent);
  } else if (is_list_of_tables(node)) {
    hint = fmt::format("write [{}]", name);
  }
  report_type(node, name, "a table", hint);
  return false;
}

void TableReader::require(std::string_view key, Filled constraint) {
  if (constraint.required) missing_.push_back(key);
}

void TableReader::report_twice(std::string_view key, const Member& item, const std::string& first) {
  const Place place = place_of(item.value.at);
  reading_.report.add(place, {Rule::duplicate, fmt::format("{} {} is defined twice", key, back_quoted(item.key)),
                              fmt::format("first in {}; a table stands in one file, as a whole", where(reading_.source.at(first), place))});
  // What it lacks stands in the other.
  reading_.report.excuse(place);
}

void TableReader::report_missing_and_unknown_keys() {
  bool is_excused = false;
  for (const Member& m : table_.members) {
    if (std::ranges::find(known_, m.key) != known_.end() || reading_.report.is_full()) continue;
    const bool is_header = name_.empty() && (m.value.kind == Node::Kind::table || is_list_of_tables(m.value));
    const std::string what = fmt::format("unknown {} {}", is_header ? "table" : "key", back_quoted(m.key));
    const std::string where = name_.empty() ? "" : " in " + title();
    reading_.report.add(place_of(m.at), {Rule::unknown_key, what + where, suggest(m.key, known_)});
    is_excused |= std::erase(missing_, nearest(m.key, known_)) > 0;
  }
  for (const std::string_view key : missing_) {
    reading_.report.add(place_of(table_.at),
                        {Rule::missing_key, fmt::format("{} has no {}", title(), back_quoted(key)), fmt::format("add a line: {} = ...", key)});
  }
  if (is_excused) reading_.report.excuse(place_of(table_.at));
}

void TableReader::report_type(const Node& node, std::string_view key, std::string_view wanted, std::string_view hint) {
  report(node, {Rule::wrong_type, fmt::format("{} must be {}, not {}", back_quoted(key), wanted, kind_text(node.kind)),
                std::string(hint)});
}

// ---- Names ----------------------------------------------------------------------------------------------------------

std::string TableReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

std::string TableReader::path_of(std::string_view key, std::size_t index) const {
  return fmt::format("{}[{}]", path_of(key), index);
}

std::string TableReader::name_of(std::string_view key) const {
  return name_.empty() ? std::string(key) : fmt::format("{}.{}", name_, key);
}

std::string TableReader::title() const {
  return is_in_list_ ? fmt::format("[[{}]]", name_) : fmt::format("[{}]", name_);
}

}  // namespace gladhand::config
