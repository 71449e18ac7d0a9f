#include "config/units.h"

#include <array>
#include <charconv>
#include <span>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/printable.h"
#include "config/suggest.h"

namespace gladhand::config {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: the order in which values are written.
constexpr std::array<Unit, 4> kDurations{{{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};
constexpr std::array<Unit, 4> kWrittenSizes{{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}}};
constexpr std::array<Unit, 8> kSizes{{{"GiB", 1 << 30},
                                      {"MiB", 1 << 20},
                                      {"KiB", 1 << 10},
                                      {"GB", 1'000'000'000},
                                      {"MB", 1'000'000},
                                      {"KB", 1'000},
                                      {"B", 1},
                                      {"", 1}}};

constexpr std::uint64_t kMost = INT64_MAX;

struct Kind {
  Rule rule;
  std::string_view noun;
  std::string_view example;
  std::span<const Unit> units;
};
constexpr Kind kDuration{Rule::bad_duration, "duration",
                         "write a whole number and a unit, such as \"30s\" or \"250ms\"", kDurations};
constexpr Kind kSize{Rule::bad_size, "size", "write a whole number and a unit, such as \"32KiB\" or \"1MiB\"", kSizes};

// "60" of minutes is more often seconds, so a missing unit is asked for, never guessed. A misspelt one is.
std::string unit_hint(const Kind& kind, std::string_view number, std::string_view unit) {
  if (unit.empty()) return std::string(kind.example);
  std::vector<std::string_view> names;
  for (const Unit& u : kind.units) {
    if (!u.name.empty()) names.push_back(u.name);
  }
  const auto first = unit.find_first_not_of(' ');
  const std::string_view bare = first == std::string_view::npos ? "" : unit.substr(first);
  for (const std::string_view name : names) {
    if (bare == name) return fmt::format("did you mean \"{}{}\"?", number, name);
  }
  return fmt::format("units are {}", fmt::join(names, ", "));
}

std::expected<std::uint64_t, Fault> parse(std::string_view text, const Kind& kind) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0) {
    return std::unexpected(
        Fault{kind.rule, fmt::format("{} is not a {}", back_quoted(text), kind.noun), std::string(kind.example)});
  }
  const std::string_view number = text.substr(0, digits);
  const std::string_view name = text.substr(digits);

  for (const Unit& unit : kind.units) {
    if (unit.name != name) continue;
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (error != std::errc{} || count > kMost / unit.factor) {
      return std::unexpected(Fault{kind.rule, fmt::format("{} is too large a {}", back_quoted(text), kind.noun), "write a smaller number"});
    }
    return count * unit.factor;
  }
  const std::string what = name.empty() ? "has no unit" : "has an unknown unit";
  return std::unexpected(
      Fault{kind.rule, fmt::format("{} {}", back_quoted(text), what), unit_hint(kind, number, name)});
}

std::string in_largest_unit(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (value >= unit.factor && value % unit.factor == 0) return fmt::format("{}{}", value / unit.factor, unit.name);
  }
  return "0";
}

}  // namespace

std::expected<Millis, Fault> parse_duration(std::string_view text) {
  const auto count = parse(text, kDuration);
  if (!count) return std::unexpected(count.error());
  return Millis(static_cast<Millis::rep>(*count));
}

std::expected<std::uint64_t, Fault> parse_size(std::string_view text) { return parse(text, kSize); }

std::string duration_text(Millis duration) {
  return duration.count() <= 0 ? "0s" : in_largest_unit(static_cast<std::uint64_t>(duration.count()), kDurations);
}

std::string size_text(std::uint64_t bytes) { return in_largest_unit(bytes, kWrittenSizes); }

}  // namespace gladhand::config
