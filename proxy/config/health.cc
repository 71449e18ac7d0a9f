#include "config/health.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "config/address.h"
#include "config/printable.h"
#include "config/units.h"

namespace gladhand::config {

namespace {

constexpr std::uint16_t kLowest = 200;  // what is below is no final answer
constexpr std::uint16_t kHighest = 599;

std::optional<std::uint16_t> parse_status(std::string_view text) {
  std::uint16_t status = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  if (error != std::errc() || end != text.data() + text.size() || text.size() != 3 || status < kLowest || status > kHighest) return std::nullopt;
  return status;
}

std::optional<StatusRange> parse_range(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = parse_status(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : parse_status(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return StatusRange{*first, *last};
}

// A path and perhaps a query, as a request line may hold it.
bool is_target(std::string_view text) {
  return text.starts_with('/') && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7F && c != '#'; });
}

bool is_host(std::string_view text) {
  if (is_host_name(text)) return true;
  if (text.starts_with('[') && text.ends_with(']')) return is_ipv6(text.substr(1, text.size() - 2));
  const auto split = split_address(text);
  return split && !split->host.empty();
}

}  // namespace

void check_health(HealthCheck& health, const std::string& path, Report& report) {
  const auto bad = [&](std::string_view key, std::string message, std::string_view hint) {
    report.add(fmt::format("{}.{}", path, key), {Rule::bad_health_check, std::move(message), std::string(hint)});
  };
  if (!health.path.empty() && !is_target(health.path)) {
    bad("path", fmt::format("{} is no path that could be asked for", back_quoted(health.path)), "write it like \"/healthz\"");
  }
  if (!health.host.empty() && !is_host(health.host)) {
    bad("host", fmt::format("{} is no host", back_quoted(health.host)), "write a name, or a name and a port");
  }
  health.healthy.clear();
  for (std::size_t i = 0; i < health.status.size(); ++i) {
    const auto range = parse_range(health.status[i]);
    if (range) {
      health.healthy.push_back(*range);
    } else {
      bad(fmt::format("status[{}]", i), fmt::format("{} is no status from {} to {}, nor a range of them", back_quoted(health.status[i]), kLowest, kHighest),
          "write \"204\" or \"200-399\"");
    }
  }
  if (health.path.empty()) {
    const std::string_view hint = "add `path = \"/healthz\"`, or remove it";
    if (!health.host.empty()) bad("host", "nothing is asked of an endpoint that is only connected to, so `host` means nothing", hint);
    if (health.status != HealthCheck{}.status) bad("status", "nothing is asked of an endpoint that is only connected to, so `status` means nothing", hint);
  }
  if (health.timeout > health.interval) {
    bad("timeout", fmt::format("a check may take {}, and the next begins after {}", duration_text(health.timeout), duration_text(health.interval)),
        "make `timeout` shorter, or `interval` longer");
  }
}

}  // namespace gladhand::config
