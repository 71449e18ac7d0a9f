#include "exchange/field_log.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gladhand::exchange {
namespace {

// One byte more than is written, so that the log sees that something was cut.
constexpr std::size_t kKeptBytes = config::kMostLoggedBytes + 1;
constexpr std::string_view kBetween = ", ";

}  // namespace

LoggedNames::LoggedNames(const config::AccessLog& log) {
  if (log.format == config::AccessFormat::off) return;
  const auto add = [&](const std::vector<std::string>& names, std::vector<Name>& to) {
    for (const std::string& name : names) to.push_back({name, std::ranges::find(log.redact, name) != log.redact.end()});
  };
  add(log.request_headers, request);
  add(log.response_headers, response);
}

const FieldLog::Fields& FieldLog::note(const std::vector<LoggedNames::Name>& names, const http::Headers& headers, Fields& noted) {
  noted.clear();
  for (const auto& [name, is_redacted] : names) {
    const bool is_there = std::ranges::any_of(headers, [&](const http::Field& field) { return http::equals_ignoring_case(field.name, name); });
    if (is_there) noted.push_back({name, is_redacted ? kRedacted : value(name, headers)});
  }
  return noted;
}

// Several fields of one name count as one whose value is their list (RFC 9110 section 5.3).
std::string_view FieldLog::value(std::string_view name, const http::Headers& headers) {
  std::array<char, kKeptBytes> text;
  std::size_t size = 0;
  const auto add = [&](std::string_view part) { size += part.copy(&text[size], text.size() - size); };
  bool is_first = true;
  for (const http::Field& field : headers) {
    if (size == text.size()) break;
    if (!http::equals_ignoring_case(field.name, name)) continue;
    if (!std::exchange(is_first, false)) add(kBetween);
    if (size < text.size()) add(field.value);
  }
  return arena_.copy({text.data(), size});
}

}  // namespace gladhand::exchange
