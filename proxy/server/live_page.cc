#include "server/live_page.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>

#include "observe/awaited.h"
#include "observe/outcome.h"
#include "observe/sequence.h"
#include "observe/svg.h"
#include "server/live_page_files.h"

namespace gladhand::server {
namespace {

constexpr std::string_view kPage = "page.html";
constexpr std::string_view kTablesHere = "<!-- tables -->";
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

Answer with(std::uint16_t status, std::string_view content_type, std::string body) {
  Answer answer;
  answer.status = status;
  answer.content_type = content_type;
  answer.body = std::move(body);
  answer.fields.emplace_back("Cache-Control", "no-store");
  answer.fields.emplace_back("X-Content-Type-Options", "nosniff");
  answer.fields.emplace_back("Content-Security-Policy", kPolicy);
  answer.fields.emplace_back("Referrer-Policy", "no-referrer");
  answer.fields.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  return answer;
}

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return name.ends_with(".js") ? "text/javascript; charset=utf-8" : "text/html; charset=utf-8";
}

// As variables, so that a style sheet says var(--network).
std::string colours() {
  std::string light, dark;
  for (const observe::AwaitedRow& one : observe::kAwaited) {
    light += fmt::format("--{}:{};", one.name, one.light);
    dark += fmt::format("--{}:{};", one.name, one.dark);
  }
  return fmt::format(":root{{{}}}\n@media(prefers-color-scheme:dark){{:root{{{}}}}}\n", light, dark);
}

// ---- Tables

class Table {
 public:
  Table(std::string_view title, std::initializer_list<std::string_view> columns) : html_(fmt::format("<h2>{}</h2>\n<div class=\"scroll\"><table>\n<thead><tr>", title)) {
    for (const std::string_view column : columns) html_ += fmt::format("<th scope=\"col\">{}</th>", column);
    html_ += "</tr></thead>\n<tbody>\n";
  }
  void row(const std::vector<std::string>& cells) {
    html_ += "<tr>";
    for (const std::string& cell : cells) html_ += fmt::format("<td>{}</td>", observe::escaped_for_xml(cell));
    html_ += "</tr>\n";
  }
  // The first cell is a link.
  void row(std::string_view link, const std::vector<std::string>& cells) {
    html_ += fmt::format("<tr><td><a href=\"{}\">{}</a></td>", observe::escaped_for_xml(link), observe::escaped_for_xml(cells.front()));
    for (std::size_t i = 1; i < cells.size(); ++i) html_ += fmt::format("<td>{}</td>", observe::escaped_for_xml(cells[i]));
    html_ += "</tr>\n";
  }
  std::string finish() && { return std::move(html_ += "</tbody></table></div>\n"); }

 private:
  std::string html_;
};

std::string shown(std::optional<Nanos> time) { return time ? observe::milliseconds(observe::micros(*time)) : "–"; }

std::string p95(const UpstreamView& upstream, std::string_view phase) {
  const auto found = std::ranges::find_if(upstream.phases, [phase](const observe::PhaseFigures& one) { return one.phase->name == phase; });
  return shown(found == upstream.phases.end() ? std::nullopt : std::optional(found->figures.p95));
}

std::string status_table(const Overview& overview) {
  const Overview::Sources& sources = overview.sources();
  const auto now = observe::Moment::of(sources.clock);
  Table table("Status", {"state", "version", "workers", "up since (UTC)", "as of (UTC)"});
  table.row({std::string(overview.state()), sources.version, fmt::to_string(sources.workers),
             fmt::format("{:%Y-%m-%d %H:%M:%S}", std::chrono::floor<std::chrono::seconds>(overview.started().wall)),
             fmt::format("{:%Y-%m-%d %H:%M:%S}", std::chrono::floor<std::chrono::seconds>(now.wall))});
  std::string html = std::move(table).finish();
  for (const Notice& notice : overview.notices()) {
    html += fmt::format("<p class=\"notice\">{}", observe::escaped_for_xml(notice.text));
    html += notice.cure.empty() ? "</p>\n" : fmt::format(" <code>{}</code></p>\n", observe::escaped_for_xml(notice.cure));
  }
  return html;
}

std::string listeners_table(const Overview& overview) {
  Table table("Listeners", {"name", "address", "mode", "open", "handshakes", "failed", "requests", "certificate ends"});
  for (const ListenerView& one : overview.listeners()) {
    const std::string ends = one.certificates.empty() ? "–" : fmt::format("{:%Y-%m-%d}", one.certificates.front().not_after);
    const std::string mode = fmt::format("{}{}", one.config->mode == config::Mode::forward ? "forward" : "reverse", one.config->has_tls ? ", TLS" : "");
    table.row({std::string(one.name), one.address, mode, fmt::to_string(one.connections.open), fmt::to_string(one.connections.attempted),
               fmt::to_string(one.connections.failed), fmt::to_string(one.requests), ends});
  }
  return std::move(table).finish();
}

std::string upstreams_table(const Overview& overview) {
  Table table("Upstreams", {"name", "endpoints", "open", "dialled", "failed", "reuses", "dns p95", "tcp p95", "tls p95", "first byte p95"});
  for (const UpstreamView& one : overview.upstreams()) {
    std::vector<std::string> urls;
    for (const config::Endpoint& endpoint : one.config->endpoints) urls.push_back(endpoint.url);
    table.row({std::string(one.name), fmt::format("{}", fmt::join(urls, ", ")), fmt::to_string(one.connections.open), fmt::to_string(one.connections.attempted),
               fmt::to_string(one.connections.failed), fmt::to_string(one.reuses), p95(one, "dns"), p95(one, "tcp"), p95(one, "tls"), p95(one, "first_byte")});
  }
  return std::move(table).finish();
}

std::string connections_table(const Overview& overview) {
  const Overview::Sources& sources = overview.sources();
  const auto now = observe::Moment::of(sources.clock);
  Table table("Latest connections", {"id", "began (UTC)", "side", "name", "peer", "result", "TLS", "handshake", "first exchange"});
  observe::RecentFilter filter;
  filter.limit = LivePage::kListed;
  for (const auto& recent : sources.recents.list(filter)) {
    const timeline::ConnectionRecord& record = recent->record();
    const std::string id = fmt::to_string(record.id);
    const auto began = std::chrono::floor<std::chrono::milliseconds>(now.wall_time(record.timeline.at(timeline::ConnectionMark::started)));
    std::string tls = "–";
    if (record.tls.version != timeline::TlsVersion::none) {
      tls = fmt::format("{} {}", timeline::kTlsVersionNames[timeline::index(record.tls.version)], record.tls.resumed ? "resumed" : "full");
    }
    std::string exchange = "–";
    if (recent->summary.has_first) exchange = fmt::format("{} {} {}", recent->first.record.method, recent->first.record.target, recent->first.record.status);
    table.row(fmt::format("/api/v1/handshakes/{}.svg", id),
              {id, fmt::format("{:%H:%M:%S}", began), std::string(timeline::name(record.side)), std::string(sources.recents.name_of(record)), std::string(record.peer),
               std::string(row(observe::handshake_result(record.result)).name), tls, shown(observe::handshake_duration(record)), exchange});
  }
  return std::move(table).finish();
}

}  // namespace

Answer LivePage::answer(std::string_view path) const {
  const std::string_view name = path == "/" ? kPage : path.substr(kAssets.size());
  if (name == "colours.css") return with(200, type_of(name), colours());
  const auto found = std::ranges::find(live_files(), name, &LiveFile::name);
  if (found == live_files().end() || (name == kPage && path != "/")) return with(404, "text/plain; charset=utf-8", "There is no such file.\n");
  if (path != "/") return with(200, type_of(name), std::string(found->bytes));
  std::string page(found->bytes);
  if (const std::size_t at = page.find(kTablesHere); at != page.npos) page.replace(at, kTablesHere.size(), tables());
  return with(200, type_of(name), std::move(page));
}

std::string LivePage::tables() const { return status_table(overview_) + listeners_table(overview_) + upstreams_table(overview_) + connections_table(overview_); }

}  // namespace gladhand::server
