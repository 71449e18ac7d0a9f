// What a client takes, as its Accept-Encoding says (RFC 9110 section 12.5.3).
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "compress/encoder.h"
#include "shared/cpp.h"

namespace plugins {

constexpr std::string_view name(Encoding encoding) { return encoding == Encoding::gzip ? "gzip" : "br"; }

// "q=0.5" in thousandths; what is no weight counts as the highest.
inline int weight_of(std::string_view parameters) {
  int weight = 1000;
  for_each_member(parameters, ';', [&](std::string_view parameter) {
    if (parameter.size() < 3 || lower(parameter[0]) != 'q' || parameter[1] != '=') return;
    const std::string_view value = parameter.substr(2);
    if (value[0] != '0') return;
    weight = 0;
    int digit = 100;
    for (const char c : value.substr(value.size() > 1 ? 2 : 1)) {
      if (c < '0' || c > '9' || digit == 0) break;
      weight += (c - '0') * digit;
      digit /= 10;
    }
  });
  return weight;
}

// The one that the client likes best, of those it likes alike the first of `offered`. Nothing: none.
inline std::optional<Encoding> chosen(std::string_view accepted, std::span<const Encoding> offered) {
  std::optional<Encoding> best;
  int most = 0;
  for (const Encoding encoding : offered) {
    int weight = -1;
    int of_any = 0;
    for_each_member(accepted, ',', [&](std::string_view member) {
      const std::size_t end = member.find(';');
      const std::string_view coding = trimmed(member.substr(0, end));
      const std::string_view parameters = end == std::string_view::npos ? std::string_view{} : member.substr(end + 1);
      if (equals_ignoring_case(coding, name(encoding)) || (encoding == Encoding::gzip && equals_ignoring_case(coding, "x-gzip"))) weight = weight_of(parameters);
      if (coding == "*") of_any = weight_of(parameters);
    });
    if (weight < 0) weight = of_any;
    if (weight <= most) continue;
    most = weight;
    best = encoding;
  }
  return best;
}

}  // namespace plugins
