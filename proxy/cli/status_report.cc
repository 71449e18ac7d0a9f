#include "cli/status_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "cli/probe_trouble.h"
#include "cli/table.h"
#include "config/printable.h"

namespace gladhand::cli {
namespace {

using config::printable;
using nlohmann::json;

std::string text(const json& object, const char* key) { return printable(object.at(key).get_ref<const std::string&>()); }
std::uint64_t number(const json& object, const char* key) { return object.at(key).get<std::uint64_t>(); }

// Microseconds as the API says them.
std::string time_text(double micros) {
  if (micros >= 1e6) return fmt::format("{:.2f} s", micros / 1e6);
  return micros >= 1e3 ? fmt::format("{:.1f} ms", micros / 1e3) : fmt::format("{:.0f} µs", micros);
}

// "2026-07-01T12:00:00.123456Z" without what nobody reads.
std::string instant_text(std::string instant) {
  instant.resize(std::min<std::size_t>(instant.size(), 19));
  std::ranges::replace(instant, 'T', ' ');
  return instant + " UTC";
}

// Of the first of `wanted` that any connection had: its name and percentiles.
std::vector<std::string> figures(const json& phases, std::initializer_list<std::string_view> wanted) {
  for (const std::string_view name : wanted) {
    const auto found = std::ranges::find_if(phases, [name](const json& phase) { return phase.at("name") == name; });
    if (found == phases.end()) continue;
    const auto time = [&](const char* key) { return time_text(found->at(key).get<double>()); };
    return {std::string(name), time("p50"), time("p95"), time("p99")};
  }
  return {"-"};
}

void line(std::string& to, std::string_view key, std::string_view value) { to += fmt::format("  {:<14} {}\n", key, value); }

std::string configuration_text(const json& configuration) {
  const std::uint64_t failed = number(configuration, "reloads_failed");
  std::string said = "in force since " + instant_text(text(configuration, "in_force_since"));
  if (const std::uint64_t all = number(configuration, "reloads_ok") + failed) said += fmt::format("; {} reload{}, {} failed", all, all == 1 ? "" : "s", failed);
  return said + (configuration.at("last_reload_ok").get<bool>() ? "" : ", the last one too: what ran before still runs");
}

void add_process(std::string& to, const json& status, bool is_coloured) {
  const std::string state = text(status, "state");
  const double uptime = status.at("uptime").get<double>();
  const std::string up = span_text(std::chrono::seconds(static_cast<std::int64_t>(uptime / 1e6)));
  const std::uint64_t workers = number(status, "workers");
  to += fmt::format("gladhand {}, {}, up {}\n", text(status, "version"), paint(state, state == "serving" ? Colour::green : Colour::yellow, is_coloured), up);
  line(to, "workers", fmt::format("{}; {:.1f} % of one core on average", workers, uptime > 0 ? 100 * status.at("cpu").get<double>() / uptime : 0));
  const json& configuration = status.at("configuration");
  const Colour colour = configuration.at("last_reload_ok").get<bool>() ? Colour::none : Colour::red;
  line(to, "configuration", paint(configuration_text(configuration), colour, is_coloured));
  line(to, "live page", fmt::format("http://{}/", text(status, "admin")));
  for (const json& notice : status.at("notices")) {
    line(to, "notice", paint(text(notice, "text"), Colour::yellow, is_coloured));
    if (notice.contains("cure")) line(to, "  cure", text(notice, "cure"));
  }
}

// Of all listeners together, or of all upstreams.
void add_handshakes(std::string& to, const json& summary, const char* side, const char* label) {
  const json& all = summary.at(side);
  const json& handshake = all.at("handshake");
  if (number(handshake, "count") == 0) return;
  const auto time = [&](const char* key) { return time_text(handshake.at(key).get<double>()); };
  line(to, label, fmt::format("the last {}: p50 {}, p95 {}, p99 {}; {} failed", number(all, "connections"), time("p50"), time("p95"), time("p99"), number(all, "failed")));
}

void add_row(Table& table, std::vector<std::string> cells, std::vector<std::string> figures) {
  cells.insert(cells.end(), figures.begin(), figures.end());
  table.add(std::move(cells));
}

constexpr auto kLeft = Table::Column::left;
constexpr auto kRight = Table::Column::right;

std::string listeners_text(const json& listeners, bool is_coloured) {
  Table table({kLeft, kLeft, kRight, kRight, kRight, kRight, kLeft, kRight, kRight, kRight}, is_coloured);
  table.add({"listener", "address", "open", "accepted", "failed", "requests", "phase", "p50", "p95", "p99"}, Colour::bold);
  for (const json& one : listeners.at("listeners")) {
    const json& connections = one.at("connections");
    const auto count = [&](const char* key) { return fmt::to_string(number(connections, key)); };
    add_row(table, {text(one, "name"), text(one, "address"), count("open"), count("attempted"), count("failed"), fmt::to_string(number(one, "requests"))},
            figures(one.at("phases"), {"tls", "tcp"}));
  }
  return table.text();
}

std::string upstreams_text(const json& upstreams, bool is_coloured) {
  Table table({kLeft, kLeft, kRight, kRight, kRight, kRight, kLeft, kRight, kRight, kRight}, is_coloured);
  table.add({"upstream", "endpoints", "open", "dialled", "failed", "5xx", "phase", "p50", "p95", "p99"}, Colour::bold);
  for (const json& one : upstreams.at("upstreams")) {
    const json& connections = one.at("connections");
    const auto count = [&](const char* key) { return fmt::to_string(number(connections, key)); };
    const json& endpoints = one.at("endpoints");
    const std::string first = endpoints.empty() ? "whom clients name" : text(endpoints.front(), "url");
    const std::string more = endpoints.size() > 1 ? fmt::format(" and {} more", endpoints.size() - 1) : "";
    const auto down = std::ranges::count_if(endpoints, [](const json& endpoint) { return endpoint.at("state") == "down"; });
    const std::string state = down > 0 ? fmt::format(", {} down", down) : "";
    add_row(table, {text(one, "name"), first + more + state, count("open"), count("attempted"), count("failed"), fmt::to_string(number(one.at("responses"), "5xx"))},
            figures(one.at("phases"), {"first_byte", "tls", "tcp"}));
  }
  return table.text();
}

}  // namespace

std::expected<StatusReport, std::string> status_report(const StatusAnswers& answers, bool is_coloured) try {
  const json status = json::parse(answers.status), summary = json::parse(answers.summary);
  StatusReport report{status.at("state") == "serving", {}};
  add_process(report.text, status, is_coloured);
  add_handshakes(report.text, summary, "client", "handshakes");
  add_handshakes(report.text, summary, "upstream", "  upstreams'");
  report.text += "\n" + listeners_text(json::parse(answers.listeners), is_coloured);
  report.text += "\n" + upstreams_text(json::parse(answers.upstreams), is_coloured);
  return report;
} catch (const json::exception& wrong) {  // the library's way to say that a member is missing, or of another type
  return std::unexpected(wrong.what());
}

}  // namespace gladhand::cli
