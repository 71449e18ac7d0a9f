#include "server/handshakes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/units.h"
#include "observe/handshake_json.h"
#include "observe/handshake_svg.h"
#include "observe/mermaid.h"
#include "server/handshake_events.h"
#include "server/query.h"
#include "timeline/phases.h"

namespace gladhand::server {
namespace {

using timeline::Side;

constexpr std::string_view kJson = "application/json";

Answer with(std::uint16_t status, std::string_view content_type, std::string body) {
  Answer answer;
  answer.status = status;
  answer.content_type = content_type;
  answer.body = std::move(body);
  answer.fields.emplace_back("Cache-Control", "no-store");
  answer.fields.emplace_back("X-Content-Type-Options", "nosniff");
  // Were it opened as a page of its own: nothing of it may load or run anything.
  answer.fields.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  return answer;
}

Answer error(std::uint16_t status, std::string_view what) {
  observe::LogLine line;
  line.clear();
  line.raw("{\"error\":");
  line.text(what);
  line.raw("}\n");
  return with(status, kJson, std::string(line.view()));
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, failure] = std::from_chars(text.data(), end, number);
  return failure == std::errc() && stopped == end && !text.empty() ? std::optional(number) : std::nullopt;
}

std::optional<Nanos> parse_time(std::string_view text) {
  if (text.ends_with("us")) {
    const auto micros = parse_number(text.substr(0, text.size() - 2));
    constexpr std::uint64_t kMost = 1'000'000'000'000;
    return micros && *micros < kMost ? std::optional<Nanos>(std::chrono::microseconds(*micros)) : std::nullopt;
  }
  const auto parsed = config::parse_duration(text);
  return parsed && *parsed < std::chrono::hours(24 * 365) ? std::optional<Nanos>(*parsed) : std::nullopt;
}

// One parameter into the filter; what comes back is what is wrong with it.
std::string apply(observe::RecentFilter& filter, const std::string& name, const std::string& value) {
  const auto bad = [&](std::string_view wanted) { return fmt::format("{}={} is not {}", name, value, wanted); };
  if (name == "side") {
    if (value != "client" && value != "upstream") return bad("client or upstream");
    filter.side = value == "client" ? Side::client : Side::upstream;
  } else if (name == "name") {
    filter.name = value;
  } else if (name == "result") {
    const auto known = std::ranges::find_if(kErrors, [&](const ErrorRow& row) { return row.handshake && row.name == value; });
    filter.is_failed = value == "failed";
    if (!filter.is_failed && known == kErrors.end()) return bad("a result of a handshake, nor \"failed\"");
    if (!filter.is_failed) filter.result = known->code;
  } else if (name == "phase") {
    const bool is_known = std::ranges::any_of(timeline::kPhases, [&](const timeline::Phase& phase) { return phase.name == value; });
    if (!is_known) return bad("a phase");
    filter.phase = value;
  } else if (name == "over") {
    const auto time = parse_time(value);
    if (!time) return bad("a duration such as 250us, 10ms or 2s");
    filter.over = *time;
  } else if (name == "since") {
    const auto id = parse_number(value);
    if (!id) return bad("an id: ids are decimal numbers");
    filter.since = *id;
  } else if (name == "limit") {
    const auto limit = parse_number(value);
    if (!limit || *limit == 0 || *limit > Handshakes::kMostListed) return bad(fmt::format("a number from 1 to {}", Handshakes::kMostListed));
    filter.limit = *limit;
  } else {
    return fmt::format("there is no parameter \"{}\"; there are side, name, result, phase, over, since and limit", name);
  }
  return {};
}

}  // namespace

bool Handshakes::owns(std::string_view path) { return path.starts_with(kPath) && (path.size() == kPath.size() || path[kPath.size()] == '/'); }

Answer Handshakes::answer(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  if (path.size() <= kPath.size() + 1) return list(target);
  const std::string_view name = path.substr(kPath.size() + 1);
  return name == "events" ? events() : one(name);
}

Answer Handshakes::list(std::string_view target) const {
  const auto query = parse_query(target);
  if (!query) return error(400, fmt::format("\"{}\" is not percent-encoded as it should be", query.error()));
  observe::RecentFilter filter;
  for (const auto& [name, value] : *query) {
    if (const std::string fault = apply(filter, name, value); !fault.empty()) return error(400, fault);
  }
  observe::HandshakeJson json(recents_);
  const auto moment = observe::Moment::of(clock_);
  std::string body = "{\"handshakes\":[";
  std::string_view separator = "\n";
  for (const auto& recent : recents_.list(filter)) {
    body += separator;
    body += json.write(*recent, moment);
    separator = ",\n";
  }
  body += "]}\n";
  return with(200, kJson, std::move(body));
}

// "7", "7.mmd" or "7.svg".
Answer Handshakes::one(std::string_view name) const {
  const std::size_t dot = std::min(name.find('.'), name.size());
  const std::string_view form = name.substr(dot);
  const auto id = parse_number(name.substr(0, dot));
  if (!id) return error(400, fmt::format("\"{}\" is no id: ids are decimal numbers", name.substr(0, dot)));
  if (!form.empty() && form != ".mmd" && form != ".svg") return error(404, fmt::format("there is no \"{}\" of a handshake; there are .mmd and .svg", form));
  const auto story = recents_.story(*id);
  if (!story) return error(404, fmt::format("there is no connection {} among the last {} of its worker", *id, observe::RecentRing::kConnections));
  if (form == ".mmd") return with(200, "text/vnd.mermaid; charset=utf-8", observe::mermaid(observe::sequence_of(*story)));
  if (form == ".svg") return with(200, "image/svg+xml", observe::handshake_svg(*story, recents_.name_of(story->subject->record())));
  observe::HandshakeJson json(recents_);
  return with(200, kJson, std::string(json.write(*story->subject, observe::Moment::of(clock_))) + '\n');
}

Answer Handshakes::events() {
  if (streams_ >= kMostStreams) return error(503, fmt::format("{} clients listen to events already", streams_));
  Answer answer = with(200, "text/event-stream", "");
  answer.go_on = [this](Channel& client) { return std::make_unique<HandshakeEvents>(client, recents_, clock_, streams_); };
  return answer;
}

}  // namespace gladhand::server
