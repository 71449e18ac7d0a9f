// The schema says what the reader does: every key, every type, every range. Judged by a validator of this test's own, which
// knows just the words of JSON Schema that our schema uses and fails on any other.
#include "config/schema.h"

#include <regex>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "config/document.h"
#include "config/outline.h"
#include "unit/config/lister.h"

namespace gladhand::config {
namespace {

using nlohmann::json;

json parsed_schema() { return json::parse(schema()); }

json as_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::string: return node.text;
    case Node::Kind::integer: return node.integer;
    case Node::Kind::boolean: return node.boolean;
    case Node::Kind::number: return 0.5;
    case Node::Kind::date: return json{{"a date", true}};  // what no setting takes
    case Node::Kind::list: {
      json list = json::array();
      for (const Node& item : node.items) list.push_back(as_json(item));
      return list;
    }
    case Node::Kind::table: break;
  }
  json table = json::object();
  for (const Member& m : node.members) table[m.key] = as_json(m.value);
  return table;
}

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "boolean") return value.is_boolean();
  ADD_FAILURE() << "this test does not know the type " << type;
  return false;
}

bool accepts(const json& schema, const json& value);

bool accepts_members(const json& schema, const json& value) {
  const json patterns = schema.value("patternProperties", json::object());
  const json required = schema.value("required", json::array());
  for (const auto& [key, member] : value.items()) {
    if (schema.contains("properties") && schema["properties"].contains(key)) {
      if (!accepts(schema["properties"][key], member)) return false;
      continue;
    }
    bool is_known = !schema.contains("additionalProperties");
    for (const auto& [pattern, below] : patterns.items()) {
      if (!std::regex_search(key, std::regex(pattern, std::regex::ECMAScript))) continue;
      is_known = true;
      if (!accepts(below, member)) return false;
    }
    if (!is_known) return false;
  }
  for (const json& key : required) {
    if (!value.contains(key.get<std::string>())) return false;
  }
  return true;
}

bool accepts(const json& schema, const json& value) {
  static const std::set<std::string> kKnown{"$schema", "title", "description", "default", "type", "properties", "patternProperties", "additionalProperties", "required",
                                            "items", "minItems", "uniqueItems", "enum", "anyOf", "minLength", "pattern", "minimum", "maximum"};
  for (const auto& [word, unused] : schema.items()) EXPECT_TRUE(kKnown.contains(word)) << "this test does not know " << word;
  if (schema.contains("type") && !has_type(value, schema["type"])) return false;
  if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end()) return false;
  if (schema.contains("anyOf") && std::ranges::none_of(schema["anyOf"], [&](const json& one) { return accepts(one, value); })) return false;
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    if (text.size() < schema.value("minLength", 0u)) return false;
    if (schema.contains("pattern") && !std::regex_search(text, std::regex(schema["pattern"].get<std::string>()))) return false;
  }
  if (value.is_number_integer()) {
    if (schema.contains("minimum") && value < schema["minimum"]) return false;
    if (schema.contains("maximum") && value > schema["maximum"]) return false;
  }
  if (value.is_array()) {
    if (value.size() < schema.value("minItems", 0u)) return false;
    if (schema.value("uniqueItems", false) && std::set<json>(value.begin(), value.end()).size() < value.size()) return false;
    if (schema.contains("items") && !std::ranges::all_of(value, [&](const json& item) { return accepts(schema["items"], item); })) return false;
  }
  return !value.is_object() || accepts_members(schema, value);
}

bool accepts_file(const json& schema, const std::string& text) {
  const auto node = parse_document(text);
  EXPECT_TRUE(node) << text;
  return node && accepts(schema, as_json(*node));
}

TEST(ConfigSchema, what_the_reader_takes_the_schema_takes) {
  const json schema = parsed_schema();
  int tried = 0;
  for (const TriedSetting& s : settings_of()) {
    for (const std::string& value : s.good) {
      EXPECT_TRUE(accepts_file(schema, file_with(s.path, value))) << s.path << " = " << value;
      ++tried;
    }
  }
  EXPECT_GT(tried, 60);
}

// A schema cannot know these: the ends of a duration, sizes written with a unit, control characters and variables.
bool is_beyond_schemas(std::string_view code, const std::string& value) {
  return (code == "E014" && value.starts_with('"')) || code == "E019" || code == "E020" || code == "E021" || value == "\"99999999999999999h\"" ||
         value == "\"9223372036854775808\"";
}

TEST(ConfigSchema, what_the_reader_refuses_the_schema_refuses) {
  const json schema = parsed_schema();
  int tried = 0;
  for (const TriedSetting& s : settings_of()) {
    for (const auto& [value, code] : s.bad) {
      if (is_beyond_schemas(code, value)) continue;
      EXPECT_FALSE(accepts_file(schema, file_with(s.path, value))) << s.path << " = " << value;
      ++tried;
    }
  }
  EXPECT_GT(tried, 150);
}

TEST(ConfigSchema, a_key_that_the_reader_does_not_know_is_refused_in_every_table) {
  const json schema = parsed_schema();
  for (const TriedSetting& s : settings_of()) {
    const std::string path = s.path.contains('.') ? s.path.substr(0, s.path.rfind('.') + 1) + "nonsense" : s.path + ".nonsense";
    EXPECT_FALSE(accepts_file(schema, file_with(path, "1"))) << path;
  }
  EXPECT_FALSE(accepts_file(schema, "nonsense = 1\n"));
}

TEST(ConfigSchema, required_keys_are_missed) {
  const json schema = parsed_schema();
  EXPECT_FALSE(accepts_file(schema, "[[listener]]\n"));
  EXPECT_FALSE(accepts_file(schema, "[certificate.web]\ncert = \"c\"\n"));
  EXPECT_FALSE(accepts_file(schema, "[upstream.app]\n"));
  EXPECT_FALSE(accepts_file(schema, "[[route]]\n"));
  EXPECT_TRUE(accepts_file(schema, "[server]\n"));
}

TEST(ConfigSchema, variables_may_stand_for_words_durations_and_sizes) {
  const json schema = parsed_schema();
  EXPECT_TRUE(accepts_file(schema, "[log]\nlevel = \"${LEVEL:-info}\"\n"));
  EXPECT_TRUE(accepts_file(schema, "[server]\ndrain_timeout = \"${DRAIN}\"\n"));
  EXPECT_TRUE(accepts_file(schema, "[[listener]]\naddress = \":1\"\nlimits.line_bytes = \"${LINE:-8}KiB\"\n"));
}

TEST(ConfigSchema, names_of_tables_are_names) {
  const json schema = parsed_schema();
  EXPECT_TRUE(accepts_file(schema, "[upstream.\"api.v1\"]\nendpoints = \"http://a\"\n"));
  EXPECT_FALSE(accepts_file(schema, "[upstream.\"a b\"]\nendpoints = \"http://a\"\n"));
}

void expect_defaults(const json& properties, const Setting& table) {
  for (const Setting& s : table.members) {
    ASSERT_TRUE(properties.contains(s.key)) << s.path;
    const json& found = properties[s.key];
    EXPECT_TRUE(found["description"].get<std::string>().starts_with(s.help)) << s.path;
    if (s.is_table()) {
      if (s.kind == Setting::Kind::table) expect_defaults(found["properties"], s);
      continue;
    }
    EXPECT_NE(found["description"].get<std::string>().find(s.range()), std::string::npos) << s.path;
    if (found.contains("default")) {
      EXPECT_EQ(found["default"], json::parse(s.value)) << s.path;
    }
  }
}

TEST(ConfigSchema, defaults_ranges_and_help_are_told) {
  const json schema = parsed_schema();
  expect_defaults(schema["properties"], outline());
  const json& server = schema["properties"]["server"]["properties"];
  EXPECT_EQ(server["drain_timeout"]["default"], "25s");
  EXPECT_THAT(server["drain_timeout"]["description"].get<std::string>(), ::testing::HasSubstr("(0s to 24h)"));
  const json& listener = schema["properties"]["listener"]["items"]["properties"];
  EXPECT_EQ(listener["protocols"]["default"], json({"h2", "http/1.1"}));
  EXPECT_EQ(listener["limits"]["properties"]["header_bytes"]["default"], "32KiB");
  EXPECT_FALSE(listener["address"].contains("default"));
}

}  // namespace
}  // namespace gladhand::config
