#include "config/schema.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/json_writer.h"
#include "config/outline.h"

namespace gladhand::config {

namespace {

using Kind = Setting::Kind;

// Of strings that become something else than text once their variables are known.
constexpr std::string_view kVariable = R"(\$\{)";
constexpr std::string_view kDuration = R"(^[0-9]+(ms|s|m|h)$)";
constexpr std::string_view kSize = R"(^[0-9]+(B|KB|KiB|MB|MiB|GB|GiB)?$)";
constexpr std::string_view kName = R"(^[A-Za-z0-9_.-]{1,64}$)";

class SchemaWriter {
 public:
  std::string write(const Setting& root) {
    json_.begin('{');
    json_.text("$schema", "http://json-schema.org/draft-07/schema#");
    json_.text("title", "Gladhand");
    json_.text("description", "The configuration of Gladhand, made by `gladhand config schema`.");
    table(root);
    json_.end();
    return json_.take();
  }

 private:
  void setting(const Setting& s) {
    json_.begin('{', s.key);
    const std::string range = s.range();
    json_.text("description", range.empty() ? s.help : fmt::format("{} ({})", s.help, range));
    type(s);
    if (!s.value.empty() && !s.is_required && s.value != "\"\"") json_.raw("default", s.value);
    json_.end();
  }

  void type(const Setting& s) {
    switch (s.kind) {
      case Kind::flag: return json_.text("type", "boolean");
      case Kind::text: return string(s.is_filled);
      case Kind::texts: return one_or_many(s, [this] { string(true); });
      case Kind::word: return word(s);
      case Kind::words: return one_or_many(s, [this, &s] { word(s); });
      case Kind::count: return integer(s);
      case Kind::bytes:
        return any_of([this, &s] { integer(s); }, [this] { pattern(fmt::format("{}|{}", kSize, kVariable)); });
      case Kind::duration: return pattern(fmt::format("{}|{}", kDuration, kVariable));
      case Kind::plugins: return plugins();
      case Kind::table: return table(s);
      case Kind::tables: return list_of_tables(s.members.front());
      case Kind::named_tables: return named_tables(s.members.front());
    }
  }

  void string(bool is_filled) {
    json_.text("type", "string");
    if (is_filled) json_.raw("minLength", "1");
  }

  void pattern(std::string_view expression) {
    json_.text("type", "string");
    json_.text("pattern", expression);
  }

  void integer(const Setting& s) {
    json_.text("type", "integer");
    json_.raw("minimum", std::to_string(s.min));
    json_.raw("maximum", std::to_string(s.max));
  }

  void word(const Setting& s) {
    std::vector<std::string> words;
    for (const std::string_view w : s.words) words.push_back(json_quoted(w));
    any_of([&] { json_.raw("enum", fmt::format("[{}]", fmt::join(words, ", "))); }, [this] { pattern(kVariable); });
  }

  template <class Item>
  void one_or_many(const Setting& s, Item item) {
    any_of(item, [&] {
      json_.text("type", "array");
      json_.begin('{', "items");
      item();
      json_.end();
      if (s.is_filled) json_.raw("minItems", "1");
      if (s.kind == Kind::words) json_.raw("uniqueItems", "true");
    });
  }

  void plugins() {
    any_of([this] { plugin(); }, [this] {
      json_.text("type", "array");
      json_.begin('{', "items");
      plugin();
      json_.end();
    });
  }

  // Its options are its own affair.
  void plugin() {
    any_of([this] { string(true); }, [this] {
      json_.text("type", "object");
      json_.raw("required", R"(["name"])");
      json_.begin('{', "properties");
      json_.begin('{', "name");
      string(true);
      json_.end();
      json_.end();
    });
  }

  template <class One, class Other>
  void any_of(One one, Other other) {
    json_.begin('[', "anyOf");
    json_.begin('{');
    one();
    json_.end();
    json_.begin('{');
    other();
    json_.end();
    json_.end();
  }

  void table(const Setting& s) {
    json_.text("type", "object");
    json_.raw("additionalProperties", "false");
    std::vector<std::string> required;
    for (const Setting& member : s.members) {
      if (member.is_required) required.push_back(json_quoted(member.key));
    }
    if (!required.empty()) json_.raw("required", fmt::format("[{}]", fmt::join(required, ", ")));
    json_.begin('{', "properties");
    for (const Setting& member : s.members) setting(member);
    json_.end();
  }

  void list_of_tables(const Setting& element) {
    json_.text("type", "array");
    json_.begin('{', "items");
    table(element);
    json_.end();
  }

  void named_tables(const Setting& element) {
    json_.text("type", "object");
    json_.raw("additionalProperties", "false");
    json_.begin('{', "patternProperties");
    json_.begin('{', kName);
    json_.text("description", element.help);
    table(element);
    json_.end();
    json_.end();
  }

  JsonWriter json_;
};

}  // namespace

std::string schema() { return SchemaWriter().write(outline()); }

}  // namespace gladhand::config
