#include "cli/probe_diagram.h"

#include <fmt/format.h>

#include <algorithm>

#include "observe/mermaid.h"

namespace gladhand::cli {
namespace {

using observe::Lane;
using observe::Sequence;
using observe::Step;
using timeline::ConnectionMark;
using timeline::ExchangeMark;

std::string& lane(Sequence& sequence, Lane lane) { return sequence.lanes[static_cast<std::size_t>(lane)]; }

// What was carried by a tunnel saw no TCP handshake of its own.
timeline::Timeline<ConnectionMark> without_tcp(const timeline::Timeline<ConnectionMark>& all) {
  timeline::Timeline<ConnectionMark> kept;
  for (std::size_t i = 0; i < static_cast<std::size_t>(ConnectionMark::count_); ++i) {
    const auto mark = static_cast<ConnectionMark>(i);
    if (mark != ConnectionMark::connected && all.has(mark)) kept.mark_first(mark, all.at(mark));
  }
  return kept;
}

// Of one leg. `method` and `target` are what was asked on it.
Sequence sequence_of(const Leg& leg, std::string_view method, std::string_view target, bool is_carried) {
  observe::Story story{std::make_unique<observe::Recent>(), {}};
  observe::Recent& subject = *story.subject;
  subject.connection.record = leg.connection;
  subject.connection.record.peer = leg.peer;
  if (is_carried) subject.connection.record.timeline = without_tcp(leg.connection.timeline);
  subject.summary.has_first = leg.exchange.timeline.has(ExchangeMark::head_sent);
  subject.first.record = leg.exchange;
  subject.first.record.purpose = timeline::Purpose::any;  // of a CONNECT we are the client: who is asked answers
  subject.first.record.method = method;
  subject.first.record.target = target;
  return observe::sequence_of(story);
}

void add_search(Sequence& sequence, const Leg& leg, std::string_view host) {
  const auto& marks = leg.exchange.timeline;
  if (!marks.has(ExchangeMark::resolved)) return;
  const Nanos zero = leg.connection.timeline.at(ConnectionMark::started);
  sequence.steps.insert(sequence.steps.begin(), {{marks.at(ExchangeMark::upstream_asked) - zero, Lane::gladhand, Lane::gladhand, fmt::format("looks for {}", host)},
                                                 {marks.at(ExchangeMark::resolved) - zero, Lane::gladhand, Lane::gladhand, fmt::format("{} found", host)}});
}

// The target's steps, which have no zero of their own, join those of the proxy.
void add_carried(Sequence& to, Sequence carried, Nanos zero) {
  lane(to, Lane::second_upstream) = fmt::format("target{}", lane(carried, Lane::upstream).substr(std::string_view("upstream").size()));
  const auto moved = [](Lane from) { return from == Lane::upstream ? Lane::second_upstream : from; };
  for (Step& step : carried.steps) to.steps.push_back({*step.at - zero, moved(step.from), moved(step.to), std::move(step.text)});
  std::ranges::stable_sort(to.steps, {}, [](const Step& step) { return *step.at; });
}

}  // namespace

std::string diagram_text(const ProbePlan& plan, const Sample& sample) {
  const Leg& dialled = sample.proxy ? *sample.proxy : sample.target;
  if (!dialled.connection.timeline.has(ConnectionMark::started)) return {};
  const std::string through = plan.url.host_and_port();
  Sequence sequence = sample.proxy ? sequence_of(dialled, "CONNECT", through, false) : sequence_of(dialled, "GET", plan.url.target, false);
  add_search(sequence, dialled, sample.proxy ? plan.via->host : plan.url.host);
  lane(sequence, Lane::gladhand) = "gladhand probe";
  lane(sequence, Lane::upstream) = fmt::format("{} {}", sample.proxy ? "proxy" : "server", dialled.peer);
  if (sample.proxy && !sample.target.peer.empty()) {
    add_carried(sequence, sequence_of(sample.target, "GET", plan.url.target, true), dialled.connection.timeline.at(ConnectionMark::started));
  }
  return observe::mermaid(sequence);
}

}  // namespace gladhand::cli
