// The visitor that fills structs from a TOML table.
//
// It reads what is there, reports what does not fit and leaves the default in its place. Whatever the file holds, a
// list has as many elements in the struct as in the file, so that the paths of both agree. Lists of tables and named tables
// are added to those that the struct has from files read before.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/config.h"
#include "config/constraint.h"
#include "config/describe.h"
#include "config/document.h"
#include "config/expand.h"
#include "config/report.h"
#include "config/source.h"

namespace gladhand::config {

// What all tables of one reading share.
struct Reading {
  Source& source;
  Report& report;
  const Environment& environment;
  std::string folder;  // of the main file, with its last slash; empty: the current one
  std::string file;    // the one that is being read
};

class TableReader {
 public:
  // `path` finds the table in the Source ("listener[0]"), `name` is what its header would say ("listener").
  TableReader(Reading& reading, const Node& table, std::string path, std::string name, bool is_in_list = false);

  // Fills `target`, including a member `place` if it has one, and reports required keys that are
  // missing and keys that describe() did not ask for.
  template <class Struct>
  void fill(Struct& target) {
    if constexpr (requires { target.place; }) target.place = place_of(table_.at);
    describe(*this, target);
    report_missing_and_unknown_keys();
  }

  void field(std::string_view key, bool& member, std::string_view help);
  void field(std::string_view key, std::string& member, std::string_view help);
  void field(std::string_view key, std::string& member, Filled constraint, std::string_view help);
  void field(std::string_view key, std::vector<std::string>& member, std::string_view help);
  void field(std::string_view key, std::vector<std::string>& member, Filled constraint, std::string_view help);
  void field(std::string_view key, std::vector<Endpoint>& member, Filled constraint, std::string_view help);
  void field(std::string_view key, std::uint32_t& member, Count constraint, std::string_view help);
  void field(std::string_view key, std::uint32_t& member, Bytes constraint, std::string_view help);
  void field(std::string_view key, std::uint64_t& member, Bytes constraint, std::string_view help);
  void field(std::string_view key, Millis& member, Span constraint, std::string_view help);

  template <class Enum>
  requires std::is_enum_v<Enum>
  void field(std::string_view key, Enum& member, std::string_view) {
    if (const auto index = word_index(key, kWords<Enum>)) member = static_cast<Enum>(*index);
  }

  template <class Enum>
  requires std::is_enum_v<Enum>
  void field(std::string_view key, std::vector<Enum>& member, Filled, std::string_view) {
    const auto indices = word_indices(key, kWords<Enum>);
    if (!indices) return;
    member.clear();
    for (const std::size_t index : *indices) member.push_back(static_cast<Enum>(index));
  }

  template <class Struct>
  requires std::is_class_v<Struct>
  void field(std::string_view key, Struct& member, std::string_view) {
    if (const Node* node = find(key)) fill_table(*node, member, path_of(key), name_of(key), "");
  }

  template <class Struct>
  void optional(std::string_view key, bool& is_given, Struct& member, std::string_view help) {
    is_given = find(key) != nullptr;
    field(key, member, help);
  }

  template <class Struct>
  void tables(std::string_view key, std::vector<Struct>& members, std::string_view) {
    const Node* list = find_list_of_tables(key);
    if (!list) return;
    for (const Node& item : list->items) {
      const std::string path = path_of(key, members.size());
      fill_table(item, members.emplace_back(), path, name_of(key), "", true);
    }
  }

  template <class Struct>
  void named_tables(std::string_view key, std::vector<Struct>& members, std::string_view) {
    const Node* table = find_table_of_tables(key);
    if (!table) return;
    std::map<std::string, std::size_t, std::less<>> earlier;
    for (std::size_t i = 0; i < members.size(); ++i) earlier.emplace(members[i].name, i);
    for (const Member& item : table->members) {
      if (const auto first = earlier.find(item.key); first != earlier.end()) report_twice(key, item, path_of(key, first->second));
      const std::string path = path_of(key, members.size());
      Struct& member = members.emplace_back();
      member.name = item.key;
      fill_table(item.value, member, path, name_of(key) + "." + item.key, key);
    }
  }

  void plugins(std::string_view key, std::vector<PluginUse>& uses, std::string_view help);
  void place(std::string_view key, Place& place);

 private:
  // `parent` is not empty for an element of [parent.NAME]: it makes the better message.
  template <class Struct>
  void fill_table(const Node& node, Struct& member, const std::string& path, const std::string& name,
                  std::string_view parent, bool is_in_list = false) {
    reading_.source.note(path, place_of(node.at));
    if (is_table(node, name, parent)) TableReader(reading_, node, path, name, is_in_list).fill(member);
  }

  // All of them remember that `key` is one of this table's; null: not in the file.
  const Node* find(std::string_view key);
  const Node* find_list_of_tables(std::string_view key);
  const Node* find_table_of_tables(std::string_view key);
  const Member* member(std::string_view key) const;

  // `path` is the value's own; `key` is for messages. Nothing: it has been reported.
  std::optional<std::string> read_text(const Node& node, std::string_view key, const std::string& path,
                                       std::string_view wanted, bool may_be_empty);
  std::vector<std::string> read_list(const Node& node, std::string_view key, bool may_be_empty);
  std::optional<std::uint64_t> read_size(std::string_view key, Bytes constraint);
  std::optional<std::size_t> word_index(std::string_view key, std::span<const std::string_view> words);
  // Each word once, and at least one.
  std::optional<std::vector<std::size_t>> word_indices(std::string_view key, std::span<const std::string_view> words);
  std::optional<PluginUse> read_plugin(const Node& node, std::string_view key, const std::string& path);
  PluginOption read_option(std::string_view key, const Node& node, const std::string& path);
  bool is_table(const Node& node, std::string_view name, std::string_view parent);
  void require(std::string_view key, Filled constraint);
  // `first` is the path of the one that another file has.
  void report_twice(std::string_view key, const Member& item, const std::string& first);

  // A key that is missing and one that is unknown but near to it are one mistake, and reported as one.
  void report_missing_and_unknown_keys();
  void report(const Node& node, const Fault& fault) { reading_.report.add(place_of(node.at), fault); }
  void report_type(const Node& node, std::string_view key, std::string_view wanted, std::string_view hint = {});

  Place place_of(Position at) const { return {reading_.file, at.line, at.column}; }
  std::string path_of(std::string_view key) const;
  std::string path_of(std::string_view key, std::size_t index) const;
  std::string name_of(std::string_view key) const;
  std::string title() const;

  Reading& reading_;
  const Node& table_;
  std::string path_;
  std::string name_;
  bool is_in_list_;
  std::vector<std::string_view> known_;    // what describe() asked for so far
  std::vector<std::string_view> missing_;  // of them, what is required and not there
};

}  // namespace gladhand::config
