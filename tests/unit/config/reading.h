// What the tests of config/ share: reading texts with a made-up environment, and findings in short.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/read.h"

namespace gladhand::config {

inline constexpr std::string_view kListener = "[[listener]]\naddress = \":8080\"\n";
inline constexpr std::string_view kRoute = "[[route]]\nupstream = \"http://127.0.0.1:3000\"\n";

using Variables = std::map<std::string, std::string, std::less<>>;

inline Environment environment_of(Variables variables) {
  return [variables](std::string_view name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
}

inline Result read_toml(std::string_view text, Variables variables = {}, std::string file = "gladhand.toml") {
  return read(std::string(text), std::move(file), environment_of(std::move(variables)));
}

// `text` behind a listener and before a route, so that it is complete whatever it says itself. Its first line is
// line 3.
inline Result read_between(std::string_view text, Variables variables = {}) {
  return read_toml(std::string(kListener) + std::string(text) + "\n" + std::string(kRoute), std::move(variables));
}

// "E012 3:1"
inline std::string brief(const Diagnostic& d) {
  return std::string(d.code()) + " " + std::to_string(d.place.line) + ":" + std::to_string(d.place.column);
}

inline std::vector<std::string> brief(const std::vector<Diagnostic>& diagnostics) {
  std::vector<std::string> out;
  for (const Diagnostic& d : diagnostics) out.push_back(brief(d));
  return out;
}

inline std::vector<std::string> brief(const Result& result) { return brief(result.diagnostics); }

// What the carets stand below.
inline std::string underlined(const Diagnostic& d) {
  std::string out;
  std::uint32_t column = 0;
  for (const char c : d.text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++column;
    if (column > d.indent && column <= d.indent + d.length) out += c;
  }
  return out;
}

}  // namespace gladhand::config
