// What describe() says as a tree of plain values: for those who write about settings instead of filling them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "config/config.h"
#include "config/constraint.h"
#include "config/describe.h"
#include "config/name.h"

namespace gladhand::config {

struct Setting {
  enum class Kind : std::uint8_t {
    flag,
    text,
    texts,     // a list, or a single string
    word,      // one of `words`
    words,     // a list of them, or a single one
    count,     // from `min` to `max`
    bytes,     // the same, in bytes
    duration,  // the same, in milliseconds
    plugins,   // a list of names, or of tables with a name and options, or a single one
    table,
    tables,        // [[key]]
    named_tables,  // [key.NAME]
  };

  Kind kind = Kind::table;
  std::string key;
  std::string path;  // as a Source knows it: "listener[0].tls.min"; of no one element: "listener.tls.min"
  std::string help;
  bool is_filled = false;    // neither an empty string nor an empty list
  bool is_required = false;  // the key must be given
  bool is_secret = false;
  bool is_optional = false;  // a table whose presence alone has a meaning
  std::uint64_t min = 0;
  std::uint64_t max = 0;
  std::span<const std::string_view> words;
  // As JSON, which is TOML as well; a secret is kRedacted. Empty: a table, or a value that cannot be written down,
  // because none is what it means.
  std::string value;
  std::string toml;  // of plugins: the same as TOML
  std::vector<Setting> members;  // of a table, or the tables themselves

  bool is_table() const { return kind >= Kind::table; }
  // "0 to 1024", "1KiB to 1MiB", "1ms to 24h", "0 or more"; empty: there is no range.
  std::string range() const;
};

inline constexpr std::string_view kRedacted = "[redacted]";

// The root table. Every value is the default, and lists of tables have one element, so that nothing is left out.
Setting outline();

// The same of one configuration: its values, its tables as many as there are. What validate() added is left out, and
// so are tables that mean something by being there and are not. Paths of files are relative to `folder` (with its last slash) if they
// are below it: as they stand in a file there.
Setting outline(Config config, std::string_view folder);

// The visitor that makes them.
class Outliner {
 public:
  enum class Of : std::uint8_t { description, configuration };

  // Fills `table` with members. `folder` outlives the outliner.
  Outliner(Setting& table, Of of, std::string_view folder) : table_(table), of_(of), folder_(folder) {}

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
  void field(std::string_view key, Enum& member, std::string_view help) {
    add_words(Setting::Kind::word, key, help, kWords<Enum>).value = list_text({std::string(word(member))}, false);
  }

  template <class Enum>
  requires std::is_enum_v<Enum>
  void field(std::string_view key, std::vector<Enum>& member, Filled, std::string_view help) {
    std::vector<std::string> texts;
    for (const Enum value : member) texts.emplace_back(word(value));
    add_words(Setting::Kind::words, key, help, kWords<Enum>).value = list_text(texts, true);
  }

  template <class Struct>
  requires std::is_class_v<Struct>
  void field(std::string_view key, Struct& member, std::string_view help) {
    describe_into(add(Setting::Kind::table, key, help), member);
  }

  template <class Struct>
  void optional(std::string_view key, bool& is_given, Struct& member, std::string_view help) {
    if (of_ == Of::configuration && !is_given) return;
    field(key, member, help);
    table_.members.back().is_optional = true;
  }

  template <class Struct>
  void tables(std::string_view key, std::vector<Struct>& members, std::string_view help) {
    Setting& list = add(Setting::Kind::tables, key, help);
    each(members, [&](std::size_t index, Struct& member) { describe_into(add_element(list, std::string(key), index), member); });
  }

  template <class Struct>
  void named_tables(std::string_view key, std::vector<Struct>& members, std::string_view help) {
    Setting& list = add(Setting::Kind::named_tables, key, help);
    each(members, [&](std::size_t index, Struct& member) {
      const std::string name = of_ == Of::description ? "NAME" : member.name;
      if (is_name(name)) describe_into(add_element(list, name, index), member);  // a made one is named otherwise
    });
  }

  void plugins(std::string_view key, std::vector<PluginUse>& uses, std::string_view help);
  void place(std::string_view, Place&) {}

 private:
  Setting& add(Setting::Kind kind, std::string_view key, std::string_view help);
  Setting& add_words(Setting::Kind kind, std::string_view key, std::string_view help, std::span<const std::string_view> words);
  void add_bytes(std::string_view key, std::uint64_t value, Bytes constraint, std::string_view help);
  Setting& add_element(Setting& list, std::string name, std::size_t index) const;
  static std::string list_text(const std::vector<std::string>& texts, bool is_list);

  template <class Struct, class Visit>
  void each(std::vector<Struct>& members, Visit visit) {
    if (of_ == Of::description) {
      Struct fresh;
      return visit(0, fresh);
    }
    for (std::size_t i = 0; i < members.size(); ++i) visit(i, members[i]);
  }

  template <class Struct>
  void describe_into(Setting& table, Struct& member) {
    Outliner below(table, of_, folder_);
    describe(below, member);
  }

  Setting& table_;
  Of of_;
  std::string_view folder_;
};

}  // namespace gladhand::config
