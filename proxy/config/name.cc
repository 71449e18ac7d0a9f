#include "config/name.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/printable.h"

namespace gladhand::config {

namespace {

constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestCookieName = 64;
constexpr std::size_t kLongestFieldName = 64;
constexpr std::string_view kTokenOthers = "!#$%&'*+-.^_`|~";  // besides letters and digits

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_made_of_these(std::string_view text, std::string_view others, std::size_t longest) {
  return !text.empty() && text.size() <= longest &&
         std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || others.contains(c); });
}

}  // namespace

bool is_name(std::string_view text) { return is_made_of_these(text, "_-.", kLongestName); }

Fault bad_name(std::string_view name) {
  return {Rule::bad_name, fmt::format("{} cannot be a name", back_quoted(name)),
          fmt::format("letters, digits, _ - and dots, at most {} of them", kLongestName)};
}

bool is_cookie_name(std::string_view text) { return is_made_of_these(text, kTokenOthers, kLongestCookieName); }

Fault bad_cookie_name(std::string_view name) {
  return {Rule::bad_cookie_name, fmt::format("{} cannot be the name of a cookie", back_quoted(name)),
          fmt::format("letters, digits, _ - and dots, at most {} of them", kLongestCookieName)};
}

bool is_field_name(std::string_view text) { return is_made_of_these(text, kTokenOthers, kLongestFieldName); }

Fault bad_field_name(std::string_view name) {
  const bool has_colon = name.contains(':');
  return {Rule::bad_field_name, fmt::format("{} cannot be the name of a header field", back_quoted(name)),
          has_colon ? "write the name alone, without a colon" : fmt::format("letters, digits and {}, at most {} of them", kTokenOthers, kLongestFieldName)};
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace gladhand::config
