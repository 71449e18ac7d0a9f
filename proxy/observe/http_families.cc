#include "observe/families.h"

namespace gladhand::observe {
namespace {

using Families = std::vector<prometheus::MetricFamily>;

// An upstream's class when it gave no response that could be passed on.
constexpr std::string_view kUnanswered = "none";

// The first class holds tunnels only (101), and is exported once there was one.
bool is_always_exported(std::size_t status_class) { return status_class > 0; }

// One series for each owner: the sum of what `read(shard, owner)` answers.
template <class Read>
void append_each(Family family, std::string_view label, const std::vector<Owner>& owners, const Shards& shards,
                 Families& families, Read read) {
  for (std::size_t owner = 0; owner < owners.size(); ++owner) {
    if (!owners[owner].is_listed) continue;
    const auto total = shards.sum([&](const Shard& shard) { return read(shard, owner); });
    family.add({{label, owners[owner].name}}, static_cast<double>(total));
  }
  std::move(family).move_to(families);
}

// One series for each listener and error, once it was met.
void append_by_error(Family family, const Names& names, const Shards& shards, Families& families,
                     std::array<Count, kCodes> ListenerCells::*cells) {
  for (std::size_t listener = 0; listener < names.listeners.size(); ++listener) {
    if (!names.listeners[listener].is_listed) continue;
    for (std::size_t code = 0; code < kCodes; ++code) {
      family.add_if_counted(
          {{"listener", names.listeners[listener].name}, {"error", row(static_cast<Code>(code)).name}},
          shards.sum([&](const Shard& shard) { return (shard.listener(listener).*cells)[code].value(); }));
    }
  }
  std::move(family).move_to(families);
}

void append_responses(const Names& names, const Shards& shards, Families& families) {
  auto responses = Family::counter("gladhand_http_responses_total",
                                   "Requests that were answered, by the class of the final status.");
  auto durations = Family::histogram("gladhand_http_request_duration_seconds",
                                     "Request head received to the end of the exchange. Tunnels are left out.");
  const auto add = [&](std::size_t listener, std::uint16_t route, std::string_view route_name) {
    const Labels labels{{"listener", names.listeners[listener].name}, {"route", route_name}};
    for (std::size_t i = 0; i < kStatusClasses.size(); ++i) {
      const auto total = shards.sum([&](const Shard& shard) { return shard.route(listener, route).responses[i].value(); });
      if (!total && !is_always_exported(i)) continue;
      auto with_class = labels;
      with_class.emplace_back("status_class", kStatusClasses[i]);
      responses.add(with_class, static_cast<double>(total));
    }
    shards.add_histogram(durations, labels, [&](const Shard& shard) -> const Histogram& { return shard.route(listener, route).duration; });
  };
  for (std::size_t listener = 0; listener < names.listeners.size(); ++listener) {
    if (!names.listeners[listener].is_listed) continue;
    for (std::size_t route = 0; route < names.routes.size(); ++route) {
      if (names.routes[route].is_listed) add(listener, static_cast<std::uint16_t>(route), names.routes[route].name);
    }
    add(listener, timeline::kNone, kNoRoute);
  }
  std::move(responses).move_to(families);
  std::move(durations).move_to(families);
}

void append_listeners(const Names& names, const Shards& shards, Families& families) {
  append_by_error(
      Family::counter("gladhand_http_exchanges_reset_total", "Requests that ended without a response, by error."),
      names, shards, families, &ListenerCells::resets);
  append_by_error(
      Family::counter("gladhand_local_replies_total", "Responses that Gladhand made itself because of an error."),
      names, shards, families, &ListenerCells::local_replies);

  const auto each = [&](std::string_view name, std::string_view help, Count ListenerCells::*cell) {
    append_each(Family::counter(name, help), "listener", names.listeners, shards, families,
                [cell](const Shard& shard, std::size_t i) { return (shard.listener(i).*cell).value(); });
  };
  // After the responses: a scrape never shows more answers than requests.
  each("gladhand_http_requests_received_total", "Requests whose head was accepted, or refused with a local reply.",
       &ListenerCells::requests_received);
  each("gladhand_http_request_body_bytes_total", "Bytes of request bodies, without framing.",
       &ListenerCells::request_body_bytes);
  each("gladhand_http_response_body_bytes_total", "Bytes of response bodies, without framing.",
       &ListenerCells::response_body_bytes);
  each("gladhand_accept_pauses_total", "Times that accepting paused for want of file descriptors.",
       &ListenerCells::accept_pauses);
}

void append_upstreams(const Names& names, const Shards& shards, Families& families) {
  auto requests =
      Family::counter("gladhand_upstream_requests_total",
                      "Requests that an upstream was asked to serve, by the class of its own final status.");
  for (std::size_t upstream = 0; upstream < names.upstreams.size(); ++upstream) {
    if (!names.upstreams[upstream].is_listed) continue;
    const std::string_view name = names.upstreams[upstream].name;
    for (std::size_t i = 0; i < kStatusClasses.size(); ++i) {
      const auto total = shards.sum([&](const Shard& shard) { return shard.upstream(upstream).responses[i].value(); });
      if (total || is_always_exported(i)) {
        requests.add({{"upstream", name}, {"status_class", kStatusClasses[i]}}, static_cast<double>(total));
      }
    }
    const auto unanswered = shards.sum([&](const Shard& shard) { return shard.upstream(upstream).unanswered.value(); });
    requests.add({{"upstream", name}, {"status_class", kUnanswered}}, static_cast<double>(unanswered));
  }
  std::move(requests).move_to(families);

  const auto each = [&](std::string_view name, std::string_view help, Count UpstreamCells::*cell) {
    append_each(Family::counter(name, help), "upstream", names.upstreams, shards, families,
                [cell](const Shard& shard, std::size_t i) { return (shard.upstream(i).*cell).value(); });
  };
  each("gladhand_upstream_retries_total", "Attempts after the first, of requests that an upstream was asked to serve.",
       &UpstreamCells::retries);
  each("gladhand_upstream_connections_reused_total", "Requests that were sent on a connection that had carried others.",
       &UpstreamCells::reuses);
}

}  // namespace

void append_http_families(const Names& names, Shards shards, Families& families) {
  append_responses(names, shards, families);
  append_listeners(names, shards, families);
  append_upstreams(names, shards, families);
}

}  // namespace gladhand::observe
