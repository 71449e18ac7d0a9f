#include "config/show.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/json_writer.h"
#include "config/outline.h"
#include "config/printable.h"

namespace gladhand::config {

namespace {

using Kind = Setting::Kind;

std::string place_text(const Place& place) {
  return printable(place.line > 0 ? fmt::format("{}:{}", place.file, place.line) : place.file);
}

// What was not read is not to be expanded when it is read again.
std::string with_escaped_variables(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value.substr(i).starts_with("${")) out += '$';
    out += value[i];
  }
  return out;
}

// Dots divide keys, and a name may hold some.
std::string key_text(const std::string& name) { return name.contains('.') ? json_quoted(name) : name; }

std::string folder_of(std::string_view file) { return std::string(file.substr(0, file.rfind('/') + 1)); }

// Those of a table that are to be shown, tables left out.
std::vector<const Setting*> values_of(const Setting& table, const Source& source, Shown shown) {
  std::vector<const Setting*> values;
  for (const Setting& s : table.members) {
    if (s.is_table() || s.value.empty()) continue;
    if (shown == Shown::everything || source.given(s.path)) values.push_back(&s);
  }
  return values;
}

class TomlPage {
 public:
  TomlPage(const Source& source, Shown shown) : source_(source), shown_(shown) {}

  std::string write(const Setting& root) {
    out_ = fmt::format("# The configuration of {}, as it is in force.\n", files_text());
    for (const Setting& s : root.members) {
      if (s.kind == Kind::table) table(s, s.key, "[{}]");
      for (const Setting& element : s.kind == Kind::table ? std::vector<Setting>{} : s.members) {
        if (s.kind == Kind::tables) table(element, s.key, "[[{}]]", true);
        if (s.kind == Kind::named_tables) table(element, fmt::format("{}.{}", s.key, key_text(element.key)), "[{}]", true);
      }
    }
    return std::move(out_);
  }

 private:
  std::string files_text() const {
    std::vector<std::string> names;
    for (const std::string& name : source_.files()) names.push_back(printable(name));
    const std::string main = names.front();
    names.erase(names.begin());
    return names.empty() ? main : fmt::format("{} with {}", main, fmt::join(names, ", "));
  }

  // `is_element`: it is shown even if nothing is in it.
  void table(const Setting& t, const std::string& name, fmt::string_view header, bool is_element = false) {
    const auto values = values_of(t, source_, shown_);
    if (!values.empty() || is_element || t.is_optional) {
      fmt::format_to(std::back_inserter(out_), "\n{}\n", fmt::vformat(header, fmt::make_format_args(name)));
    }
    list(values);
    for (const Setting& s : t.members) {
      if (s.kind == Kind::table) table(s, fmt::format("{}.{}", name, s.key), "[{}]");
    }
  }

  void list(const std::vector<const Setting*>& values) {
    std::vector<std::string> texts;
    std::size_t widest_key = 0;
    std::size_t widest = 0;
    for (const Setting* s : values) widest_key = std::max(widest_key, s->key.size());
    for (const Setting* s : values) {
      texts.push_back(fmt::format("{:{}} = {}", s->key, widest_key, with_escaped_variables(s->toml.empty() ? s->value : s->toml)));
      if (texts.back().size() <= kWidest) widest = std::max(widest, texts.back().size());
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Place* place = source_.given(values[i]->path);
      fmt::format_to(std::back_inserter(out_), "{:{}}  # {}\n", texts[i], widest, place ? place_text(*place) : "default");
    }
  }

  static constexpr std::size_t kWidest = 80;  // longer lines do not push the comments of the others away

  const Source& source_;
  Shown shown_;
  std::string out_;
};

class JsonPage {
 public:
  JsonPage(const Source& source, Shown shown) : source_(source), shown_(shown) {}

  std::string write(const Setting& root) {
    json_.begin('{');
    json_.text("file", printable(source_.file()));
    json_.begin('[', "files");
    for (const std::string& name : source_.files()) json_.text("", printable(name));
    json_.end();
    json_.begin('{', "configuration");
    values(root);
    for (const Setting& s : root.members) {
      if (!s.is_table()) continue;
      if (s.kind == Kind::table) {
        table(s, s.key);
        continue;
      }
      const bool is_named = s.kind == Kind::named_tables;
      json_.begin(is_named ? '{' : '[', s.key);
      for (const Setting& element : s.members) table(element, is_named ? element.key : "");
      json_.end();
    }
    json_.end();
    json_.end();
    return json_.take();
  }

 private:
  void table(const Setting& t, std::string_view key) {
    json_.begin('{', key);
    values(t);
    for (const Setting& s : t.members) {
      if (s.kind == Kind::table && (s.is_optional || has_values(s))) table(s, s.key);
    }
    json_.end();
  }

  void values(const Setting& t) {
    for (const Setting* s : values_of(t, source_, shown_)) {
      const Place* place = source_.given(s->path);
      json_.raw(s->key, fmt::format(R"({{"value": {}, "from": {}}})", printable(s->value), place ? json_quoted(place_text(*place)) : "null"));
    }
  }

  bool has_values(const Setting& t) const {
    const auto has = [this](const Setting& s) { return s.is_optional || (s.kind == Kind::table && has_values(s)); };
    return !values_of(t, source_, shown_).empty() || std::ranges::any_of(t.members, has);
  }

  const Source& source_;
  Shown shown_;
  JsonWriter json_;
};

}  // namespace

std::string show_toml(const Config& config, const Source& source, Shown shown) {
  return TomlPage(source, shown).write(outline(config, folder_of(source.file())));
}

std::string show_json(const Config& config, const Source& source, Shown shown) {
  return JsonPage(source, shown).write(outline(config, folder_of(source.file())));
}

}  // namespace gladhand::config
