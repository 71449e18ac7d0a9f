#include "config/reference.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/diagnostic.h"
#include "config/examples.h"
#include "config/outline.h"

namespace gladhand::config {

namespace {

using Kind = Setting::Kind;

constexpr std::string_view kIntroduction =
    R"(# Every setting

Made by `gladhand config reference` from the same description that reads the file; [README.md](README.md) is the place to begin.

Durations are a whole number and a unit: `250ms`, `30s`, `1m`, `1h`. Sizes are bytes, or a number and a unit: `512B`, `8KB`,
`32KiB`, `1MiB`. A single string may stand where a list is expected. `${NAME}` and `${NAME:-default}` inside a string are
replaced by environment variables; `$${` stands for `${` itself. An unknown key is an error. Relative paths begin in the folder
of the main file, those in a file that it includes, too.
)";

constexpr std::string_view kHead = "| key | type | default | what it is |\n|---|---|---|---|\n";

// What Markdown would take for its own.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

// "[listener.tls]" as the target of a link: GitHub's rule for headings.
std::string anchor(std::string_view title) {
  std::string out;
  for (const char c : title) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c - 'A' + 'a');
    if ((c >= 'a' && c <= 'z') || c == '_') out += c;
  }
  return out;
}

std::string words(const Setting& s) { return fmt::format("`\"{}\"`", fmt::join(s.words, "\"`, `\"")); }

std::string type(const Setting& s, std::string_view title) {
  switch (s.kind) {
    case Kind::flag: return "true or false";
    case Kind::text: return "string";
    case Kind::texts: return "list of strings";
    case Kind::word: return "one of " + words(s);
    case Kind::words: return "list of " + words(s);
    case Kind::count: return "integer, " + s.range();
    case Kind::bytes: return "size, " + s.range();
    case Kind::duration: return "duration, " + s.range();
    case Kind::plugins: return "list of [plugins](../plugins/README.md)";
    default: return fmt::format("[table](#{})", anchor(title));
  }
}

std::string default_text(const Setting& s) {
  if (s.is_required) return "*required*";
  if (s.is_table() || s.value.empty() || s.value == "\"\"" || s.value == "[]") return "";
  return fmt::format("`{}`", s.value);
}

class Page {
 public:
  std::string write(const Setting& root) {
    out_ = kIntroduction;
    top(root);
    for (const Setting& member : root.members) {
      const bool is_plain = member.kind == Kind::table;
      const std::string_view title = member.key;
      if (is_plain) table(member, fmt::format("[{}]", title), std::string(title));
      if (member.kind == Kind::tables) table(member.members.front(), fmt::format("[[{}]]", title), std::string(title));
      if (member.kind == Kind::named_tables) {
        const std::string name = fmt::format("{}.NAME", title);
        table(member.members.front(), fmt::format("[{}]", name), name);
      }
    }
    errors();
    return std::move(out_);
  }

 private:
  // What stands before the first table of a file.
  void top(const Setting& root) {
    add("\n## In no table\n\nBefore the first table of the file.\n\n{}", kHead);
    for (const Setting& member : root.members) {
      if (!member.is_table()) row(member, type(member, ""));
    }
  }

  void row(const Setting& s, const std::string& type) {
    add("| `{}` | {} | {} | {} |\n", s.key, type, default_text(s), escaped(s.help));
  }

  // `name` is what tables within begin with.
  void table(const Setting& s, const std::string& title, const std::string& name) {
    const auto title_of = [&](const Setting& member) { return fmt::format("[{}.{}]", name, member.key); };
    add("\n## `{}`\n\n{}\n\n{}", title, escaped(s.help), kHead);
    for (const Setting& member : s.members) row(member, type(member, title_of(member)));
    const auto example = std::ranges::find(kExamples, s.path, &Example::path);
    if (example != kExamples.end()) add("\n```toml\n{}```\n", example->text);
    for (const Setting& member : s.members) {
      if (member.kind == Kind::table) table(member, title_of(member), fmt::format("{}.{}", name, member.key));
    }
  }

  void errors() {
    add("\n## Errors\n\nWhat `gladhand validate` says. A code never changes its meaning.\n\n| code | what it means |\n|---|---|\n");
    for (const RuleRow& rule : kRules) add("| {} | {} |\n", rule.code, escaped(rule.help));
  }

  template <class... Values>
  void add(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Values>(values)...);
  }

  std::string out_;
};

}  // namespace

std::string reference() { return Page().write(outline()); }

}  // namespace gladhand::config
