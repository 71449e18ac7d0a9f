// Every setting with values that fit it and values that do not, found by a visitor that knows nothing of the product's own.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "config/describe.h"
#include "config/units.h"
#include "unit/config/reading.h"

namespace gladhand::config {

struct TriedSetting {
  std::string path;  // "listener.limits.header_bytes"
  std::string help;
  std::vector<std::string> good;                              // values as they stand in a file
  std::vector<std::pair<std::string, std::string_view>> bad;  // and the code of their error
  bool required = false;
  std::string value;  // what the struct held
};

inline std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

// Lists all settings below it, with values at and beyond the ends of their ranges.
class Lister {
 public:
  explicit Lister(std::vector<TriedSetting>& settings, std::string prefix = "")
      : settings_(settings), prefix_(std::move(prefix)) {}

  void field(std::string_view key, bool& member, std::string_view help) {
    add({path(key),
         std::string(help),
         {"true", "false"},
         {{"1", "E013"}, {"\"true\"", "E013"}},
         false,
         member ? "true" : "false"});
  }
  void field(std::string_view key, std::string& member, std::string_view help) {
    text(key, member, help, false, false);
  }
  void field(std::string_view key, std::string& member, Filled filled, std::string_view help) {
    text(key, member, help, true, filled.required);
  }
  void field(std::string_view key, std::vector<std::string>& member, std::string_view help) {
    list(key, member.size(), help, false, false);
  }
  void field(std::string_view key, std::vector<std::string>& member, Filled filled, std::string_view help) {
    list(key, member.size(), help, true, filled.required);
  }
  void field(std::string_view key, std::vector<Endpoint>& member, Filled filled, std::string_view help) {
    list(key, member.size(), help, true, filled.required);
  }
  void field(std::string_view key, std::uint32_t& member, Count c, std::string_view help) {
    TriedSetting s{path(key), std::string(help),     {std::to_string(c.min), std::to_string(c.max)}, {},
              false,     std::to_string(member)};
    s.bad = {{std::to_string(c.max + 1), "E014"},
             {"-1", "E014"},
             {"-9223372036854775808", "E014"},
             {"1.5", "E013"},
             {"\"1\"", "E013"},
             {"[1]", "E013"}};
    if (c.min > 0) s.bad.push_back({std::to_string(c.min - 1), "E014"});
    EXPECT_TRUE(c.min <= member && member <= c.max) << key << ": the default is out of range";
    add(std::move(s));
  }
  void field(std::string_view key, std::uint32_t& member, Bytes b, std::string_view help) {
    EXPECT_LE(b.max, UINT32_MAX) << key;
    size(key, member, b, help);
  }
  void field(std::string_view key, std::uint64_t& member, Bytes b, std::string_view help) {
    size(key, member, b, help);
  }
  void field(std::string_view key, Millis& member, Span d, std::string_view help) {
    const auto ms = [](Millis m) { return in_quotes(std::to_string(m.count()) + "ms"); };
    TriedSetting s{path(key), std::string(help),    {ms(d.min), ms(d.max), in_quotes(duration_text(d.max))}, {},
              false,     duration_text(member)};
    s.bad = {{ms(d.max + Millis(1)), "E014"},
             {"30", "E013"},
             {"\"30\"", "E015"},
             {"\"\"", "E015"},
             {"\"99999999999h\"", "E014"},
             {"\"99999999999999999h\"", "E015"},
             {"00:00:30", "E013"}};
    if (d.min.count() > 0) s.bad.push_back({ms(d.min - Millis(1)), "E014"});
    EXPECT_TRUE(d.min <= member && member <= d.max) << key << ": the default is out of range";
    add(std::move(s));
  }
  void plugins(std::string_view key, std::vector<PluginUse>& member, std::string_view help) {
    TriedSetting s{path(key), std::string(help), {"\"a\"", "[]", "[\"a\", { name = \"b\", c = [1] }]"}, {{"1", "E013"}, {"[1]", "E013"}, {"[\"\"]", "E018"}, {"{ a = 1 }", "E011"}}, false, ""};
    for (const PluginUse& use : member) s.value += use.name + " ";
    add(std::move(s));
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void field(std::string_view key, Enum& member, std::string_view help) {
    TriedSetting s{path(key), std::string(help),        {}, {{"\"nonsense\"", "E017"}, {"\"\"", "E017"}, {"1", "E013"}},
              false,     std::string(word(member))};
    for (const std::string_view w : kWords<Enum>) s.good.push_back(in_quotes(w));
    add(std::move(s));
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void field(std::string_view key, std::vector<Enum>& member, Filled filled, std::string_view help) {
    TriedSetting s{path(key), std::string(help),
              {},        {{"1", "E013"}, {"[1]", "E013"}, {"[]", "E018"}, {"[\"\"]", "E018"}, {"\"nonsense\"", "E017"}},
              filled.required, ""};
    std::string all;
    for (const std::string_view w : kWords<Enum>) {
      s.good.push_back(in_quotes(w));
      all += in_quotes(w) + ", ";
      s.bad.push_back({"[" + in_quotes(w) + ", " + in_quotes(w) + "]", "E030"});
    }
    s.good.push_back("[" + all + "]");
    for (const Enum value : member) s.value += std::string(word(value)) + " ";
    add(std::move(s));
  }
  template <class Struct>
  requires std::is_class_v<Struct>
  void field(std::string_view key, Struct& member, std::string_view help) {
    table(key, help);
    Lister below(settings_, path(key));
    describe(below, member);
  }
  template <class Struct>
  void optional(std::string_view key, bool&, Struct& member, std::string_view help) {
    field(key, member, help);
  }
  template <class Struct>
  void tables(std::string_view key, std::vector<Struct>&, std::string_view help) {
    Struct fresh;
    field(key, fresh, help);
  }
  template <class Struct>
  void named_tables(std::string_view key, std::vector<Struct>&, std::string_view help) {
    Struct fresh;
    field(key, fresh, help);
  }
  void place(std::string_view, Place&) {}

 private:
  std::string path(std::string_view key) const {
    return prefix_.empty() ? std::string(key) : prefix_ + "." + std::string(key);
  }
  void add(TriedSetting s) { settings_.push_back(std::move(s)); }
  void table(std::string_view key, std::string_view help) { add({path(key), std::string(help), {}, {}, false, ""}); }
  void text(std::string_view key, const std::string& member, std::string_view help, bool filled, bool is_required) {
    TriedSetting s{path(key),
              std::string(help),
              {},
              {{"1", "E013"}, {"[\"a\"]", "E013"}, {"\"\\u0007\"", "E019"}, {"\"${\"", "E021"}, {"\"${NO}\"", "E020"}},
              is_required,
              member};
    if (filled) s.bad.push_back({"\"\"", "E018"});
    add(std::move(s));
  }
  void list(std::string_view key, std::size_t size, std::string_view help, bool filled, bool is_required) {
    TriedSetting s{path(key), std::string(help),
              {},        {{"1", "E013"}, {"[1]", "E013"}, {"[\"\"]", "E018"}, {"\"\"", "E018"}, {"[[]]", "E013"}},
              is_required,  std::to_string(size)};
    if (filled) s.bad.push_back({"[]", "E018"});
    add(std::move(s));
  }
  void size(std::string_view key, std::uint64_t member, Bytes b, std::string_view help) {
    TriedSetting s{path(key),
              std::string(help),
              {std::to_string(b.min), std::to_string(b.max), in_quotes(std::to_string(b.max) + "B"),
               in_quotes(size_text(b.min))},
              {},
              false,
              size_text(member)};
    s.bad = {{"-1", "E014"},   {"\"-1\"", "E016"}, {"\"1K\"", "E016"},
             {"\"\"", "E016"}, {"1.5", "E013"},    {"\"9223372036854775808\"", "E016"}};
    if (b.max < INT64_MAX) s.bad.push_back({std::to_string(b.max + 1), "E014"});
    if (b.min > 0) s.bad.push_back({std::to_string(b.min - 1), "E014"});
    EXPECT_TRUE(b.min <= member && member <= b.max) << key << ": the default is out of range";
    add(std::move(s));
  }

  std::vector<TriedSetting>& settings_;
  std::string prefix_;
};

inline std::vector<TriedSetting> settings_of(Config config = {}) {
  std::vector<TriedSetting> settings;
  Lister lister(settings);
  describe(lister, config);
  return settings;
}

// A whole file in which `path` has `value`, once; and what else its table needs.
inline std::string file_with(std::string path, const std::string& value) {
  if (!path.contains('.')) return path + " = " + value + "\n" + std::string(kListener) + std::string(kRoute);
  const std::string table = path.substr(0, path.find('.'));
  const std::string key = path.substr(table.size() + 1);
  const auto unless = [&](std::string_view other, std::string_view line) {
    return key == other ? "" : std::string(line);
  };

  std::string text = table == "listener" ? "" : std::string(kListener);
  if (table == "listener") {
    text += "[[listener]]\n" + unless("address", "address = \":1\"\n");
    if (key.starts_with("tls.") && key != "tls.certificates")
      text += unless("tls.self_signed", "tls.self_signed = true\n");
    if (key.starts_with("forward.")) text += "mode = \"forward\"\n";
  } else if (table == "certificate") {
    text += "[certificate.web]\n" + unless("cert", "cert = \"c\"\n") + unless("key", "key = \"k\"\n");
  } else if (table == "upstream") {
    text += "[upstream.app]\n" + unless("endpoints", "endpoints = \"https://a\"\n");
    if (key.starts_with("health.")) text += unless("health.path", "health.path = \"/\"\n");
    if (key == "health.interval") text += "health.timeout = \"10ms\"\n";
    if (key == "health.timeout") text += "health.interval = \"1h\"\n";
  } else if (table == "plugin") {
    text += "[plugin.mine]\n" + unless("path", "path = \"p\"\n");
  } else if (table == "route") {
    text += "[[route]]\n" + unless("upstream", "upstream = \"http://a\"\n");
  } else {
    text += "[" + table + "]\n";
  }
  text += key + " = " + value + "\n";
  if (key == "redirect") text += "[[listener]]\naddress = \":2\"\ntls = { self_signed = true }\n";
  return table == "route" ? text : text + std::string(kRoute);
}

}  // namespace gladhand::config
