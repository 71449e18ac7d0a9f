#include "observe/sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "observe/moment.h"
#include "observe/outcome.h"
#include "timeline/phases.h"

namespace gladhand::observe {
namespace {

using timeline::ConnectionMark;
using timeline::ConnectionRecord;
using timeline::ExchangeMark;
using timeline::ExchangeRecord;
using timeline::kPhases;
using timeline::Side;

enum class Drawn : std::uint8_t {
  hidden,
  from_peer,  // a message to us
  to_peer,
  note,
};

struct Row {
  ConnectionMark mark;
  Drawn client, upstream;
  std::string_view text;
};

// clang-format off
constexpr std::array kRows{
    Row{ConnectionMark::started,         Drawn::note,      Drawn::hidden,    "accepted"},  // an upstream's: syn_mark()
    Row{ConnectionMark::connected,       Drawn::hidden,    Drawn::hidden,    ""},          // see add_connected()
    Row{ConnectionMark::first_byte,      Drawn::from_peer, Drawn::from_peer, "first byte"},
    Row{ConnectionMark::client_hello,    Drawn::from_peer, Drawn::to_peer,   "ClientHello"},
    Row{ConnectionMark::server_hello,    Drawn::to_peer,   Drawn::from_peer, "ServerHello"},
    Row{ConnectionMark::server_flight,   Drawn::to_peer,   Drawn::from_peer, "server flight complete"},
    Row{ConnectionMark::client_finished, Drawn::from_peer, Drawn::to_peer,   "Finished"},
    Row{ConnectionMark::cert_verified,   Drawn::note,      Drawn::note,      "certificate verified"},
    Row{ConnectionMark::secured,         Drawn::note,      Drawn::note,      "secured"},
    Row{ConnectionMark::ready,           Drawn::note,      Drawn::note,      "ready for HTTP"},
    Row{ConnectionMark::closed,          Drawn::hidden,    Drawn::hidden,    ""},          // see add_end()
};
// clang-format on

std::string words(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

// The upstream's phase "tcp" begins when the SYN is sent.
constexpr ConnectionMark syn_mark() {
  for (const timeline::Phase& phase : kPhases) {
    if (phase.name == "tcp" && phase.side == Side::upstream && phase.source == timeline::Phase::Source::connection_marks)
      return static_cast<ConnectionMark>(phase.from);
  }
  return ConnectionMark::started;
}

std::string what_was_agreed(const timeline::TlsFacts& tls) {
  std::string text = "secured";
  if (tls.version == timeline::TlsVersion::none) return text;
  text = fmt::format("TLS {}", timeline::kTlsVersionNames[static_cast<std::size_t>(tls.version)]);
  for (const std::string_view fact : {tls.cipher, tls.group, tls.alpn}) {
    if (!fact.empty()) text += fmt::format(", {}", fact);
  }
  return text + (tls.resumed ? ", resumed" : "");
}

// Draws one connection; `peer` is its other end.
class ConnectionSteps {
 public:
  // `is_part` of an exchange that waited for it, and not a story of its own.
  ConnectionSteps(const ConnectionRecord& record, bool is_part, Lane peer, Nanos zero, std::vector<Step>& steps)
      : record_(record), is_part_(is_part), peer_(peer), zero_(zero), steps_(steps) {}

  // SYN, SYN-ACK, ACK of a client are over when we hear of it; the kernel tells how long ago, if it knows.
  void add_client_tcp() {
    const auto& tcp = record_.tcp;
    const Nanos accepted = record_.timeline.at(ConnectionMark::started) - zero_;
    const auto ack = tcp.accept_wait ? std::optional(accepted - *tcp.accept_wait) : std::nullopt;
    const auto syn_ack = ack && tcp.handshake_rtt ? std::optional(*ack - *tcp.handshake_rtt) : std::nullopt;
    steps_.push_back({{}, peer_, Lane::gladhand, "SYN"});
    steps_.push_back({syn_ack, Lane::gladhand, peer_, "SYN-ACK"});
    steps_.push_back({ack, peer_, Lane::gladhand, "ACK"});
  }

  // All marks up to `ready`, and those of the other end of its life.
  void add_handshake() { add_marks(0, timeline::index(ConnectionMark::first_head)); }
  void add_first_head() { add_marks(timeline::index(ConnectionMark::first_head), timeline::index(ConnectionMark::first_head) + 1); }
  void add_end() {
    add_marks(timeline::index(ConnectionMark::first_head) + 1, timeline::index(ConnectionMark::count_));
    if (!record_.timeline.has(ConnectionMark::closed)) return;
    const Code why = record_.ended_by;
    const std::string reason = words(row(why).name);
    switch (why) {
      case Code::refused: return add(ConnectionMark::closed, Drawn::from_peer, "RST, refused");
      case Code::client_reset:
      case Code::upstream_reset:
      case Code::reset: return add(ConnectionMark::closed, Drawn::from_peer, "RST");
      case Code::client_closed:
      case Code::client_eof_before_hello:
      case Code::client_eof_in_handshake:
      case Code::upstream_closed: return add(ConnectionMark::closed, Drawn::from_peer, "FIN");
      case Code::ok: return add(ConnectionMark::closed, Drawn::note, "closed");
      default: return add(ConnectionMark::closed, Drawn::note, fmt::format("closed, {}", reason));
    }
  }

 private:
  void add_marks(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) add_mark(static_cast<ConnectionMark>(i));
  }
  void add_mark(ConnectionMark mark) {
    if (!record_.timeline.has(mark)) return;
    if (record_.side == Side::upstream && mark == syn_mark()) add(mark, Drawn::to_peer, "SYN");
    if (record_.side == Side::upstream && mark == ConnectionMark::connected) {
      add(mark, Drawn::from_peer, "SYN-ACK");
      add(mark, Drawn::to_peer, "ACK");
    }
    if (mark == ConnectionMark::secured) return add(mark, Drawn::note, what_was_agreed(record_.tls));
    // Where the exchange that waited for the connection is drawn, that has its own step at this instant.
    if (mark == ConnectionMark::ready && is_part_) return;
    // Without TLS the first byte is one of a message that is drawn itself.
    if (mark == ConnectionMark::first_byte && !record_.is_tls) return;
    const auto found = std::ranges::find(kRows, mark, &Row::mark);
    if (found == kRows.end()) return add(mark, Drawn::note, words(timeline::name(mark)));
    add(mark, record_.side == Side::client ? found->client : found->upstream, std::string(found->text));
  }
  void add(ConnectionMark mark, Drawn drawn, std::string text) {
    if (drawn == Drawn::hidden) return;
    const Lane from = drawn == Drawn::from_peer ? peer_ : Lane::gladhand;
    const Lane to = drawn == Drawn::to_peer ? peer_ : Lane::gladhand;
    steps_.push_back({record_.timeline.at(mark) - zero_, from, to, std::move(text)});
  }

  const ConnectionRecord& record_;
  const bool is_part_;
  const Lane peer_;
  const Nanos zero_;
  std::vector<Step>& steps_;
};

// Draws one exchange between the client and the upstream on lane `upstream`.
class ExchangeSteps {
 public:
  ExchangeSteps(const ExchangeRecord& record, Lane upstream, Nanos zero, std::vector<Step>& steps)
      : record_(record), upstream_(upstream), zero_(zero), steps_(steps) {}

  void add(ExchangeMark mark) {
    if (!record_.timeline.has(mark)) return;
    const bool has_request_body = record_.request_body_bytes > 0;
    const bool has_reply_body = record_.response_body_bytes > 0;
    const bool is_relayed = record_.timeline.has(ExchangeMark::reply_head_received);
    switch (mark) {
      case ExchangeMark::head_received: return add(mark, Lane::client, Lane::gladhand, request());
      case ExchangeMark::routed:
      case ExchangeMark::upstream_asked: return;  // of no interest by themselves: what follows has a step
      case ExchangeMark::upstream_ready: return add(mark, Lane::gladhand, Lane::gladhand, record_.is_first_of_upstream ? "upstream ready" : "upstream ready, reused");
      case ExchangeMark::head_sent: return add(mark, Lane::gladhand, upstream_, request());
      case ExchangeMark::request_ended: return has_request_body ? add(mark, Lane::client, Lane::gladhand, "end of request") : void();
      case ExchangeMark::reply_head_received: return add(mark, upstream_, Lane::gladhand, reply());
      case ExchangeMark::reply_head_sent: return add(mark, Lane::gladhand, Lane::client, reply());
      case ExchangeMark::reply_ended:
        if (!is_relayed) return record_.status ? add(mark, Lane::gladhand, Lane::client, reply()) : void();
        return has_reply_body ? add(mark, upstream_, Lane::gladhand, "end of response") : void();
      case ExchangeMark::finished: return add(mark, Lane::gladhand, Lane::gladhand, end());
      default: return add(mark, Lane::gladhand, Lane::gladhand, words(timeline::name(mark)));
    }
  }

 private:
  std::string request() const { return fmt::format("{} {}", record_.method, record_.target); }
  std::string reply() const {
    if (record_.status == 101) return "101 Switching Protocols";
    return fmt::format("{}{}", record_.status, is_tunnel(record_) ? " tunnel opens" : is_local_reply(record_) ? " " + words(row(record_.error).name) : "");
  }
  std::string end() const {
    const std::string_view what = is_tunnel(record_) ? "tunnel" : "exchange";
    return record_.error == Code::ok ? fmt::format("{} over", what) : fmt::format("{} over, {}", what, words(row(record_.error).name));
  }
  void add(ExchangeMark mark, Lane from, Lane to, std::string text) {
    steps_.push_back({record_.timeline.at(mark) - zero_, from, to, std::move(text)});
  }

  const ExchangeRecord& record_;
  const Lane upstream_;
  const Nanos zero_;
  std::vector<Step>& steps_;
};

// Puts it all together.
class Narrator {
 public:
  explicit Narrator(const Story& story) : story_(story), subject_(*story.subject), zero_(record().timeline.at(ConnectionMark::started)) {}

  Sequence narrate() {
    std::vector<Step>& steps = result_.steps;
    const Lane peer = record().side == Side::client ? Lane::client : Lane::upstream;
    ConnectionSteps own(record(), false, peer, zero_, steps);
    lane(Lane::gladhand) = "Gladhand";
    lane(peer) = timeline::name(record().side);
    if (!record().peer.empty()) lane(peer) += fmt::format(" {}", record().peer);
    if (record().side == Side::client) own.add_client_tcp();
    own.add_handshake();
    if (subject_.summary.has_first) add_exchange(subject_.first);
    if (!subject_.summary.has_first) own.add_first_head();
    add_gap();
    if (subject_.summary.has_latest) add_exchange(subject_.latest);
    own.add_end();
    // Those of two connections are mixed; of two at the same instant the cause was added first.
    std::ranges::stable_sort(steps, {}, [](const Step& step) { return step.at.value_or(Nanos::min()); });
    add_ending();
    return std::move(result_);
  }

 private:
  const ConnectionRecord& record() const { return subject_.record(); }
  std::string& lane(Lane lane) { return result_.lanes[static_cast<std::size_t>(lane)]; }

  // An upstream's connection shows what its peer saw of the exchange, and a client's shows all of it.
  void add_exchange(const KeptExchange& kept) {
    const ExchangeRecord& exchange = kept.record;
    std::vector<Step> steps;
    ExchangeSteps drawing(exchange, upstream_lane(exchange), zero_, steps);
    const Recent* dialled = record().side == Side::client && exchange.is_first_of_upstream ? story_.partner(kept.upstream) : nullptr;
    for (std::size_t i = 0; i < timeline::index(ExchangeMark::count_); ++i) {
      const auto mark = static_cast<ExchangeMark>(i);
      if (mark == ExchangeMark::upstream_ready && dialled) ConnectionSteps(dialled->record(), true, upstream_lane(exchange), zero_, steps).add_handshake();
      drawing.add(mark);
    }
    const bool is_upstreams = record().side == Side::upstream;
    std::ranges::copy_if(steps, std::back_inserter(result_.steps),
                         [&](const Step& step) { return !is_upstreams || (!step.is_note() && step.from != Lane::client && step.to != Lane::client); });
  }

  Lane upstream_lane(const ExchangeRecord& exchange) {
    if (record().side == Side::upstream) return Lane::upstream;
    if (exchange.endpoint.empty()) return Lane::upstream;
    const std::string name = fmt::format("upstream {}", exchange.endpoint);
    for (const Lane candidate : {Lane::upstream, Lane::second_upstream}) {
      if (lane(candidate).empty()) lane(candidate) = name;
      if (lane(candidate) == name) return candidate;
    }
    return Lane::second_upstream;
  }

  // The exchanges that are not drawn, at the instant at which the latest begins.
  void add_gap() {
    if (!subject_.summary.has_latest || subject_.summary.exchanges < 3) return;
    const Nanos at = subject_.latest.record.timeline.at(ExchangeMark::head_received) - zero_;
    const std::uint32_t count = subject_.summary.exchanges - 2;
    result_.steps.push_back({at, Lane::gladhand, Lane::gladhand, fmt::format("{} exchange{} not shown", count, count == 1 ? "" : "s")});
  }

  void add_ending() {
    const auto took = record().timeline.between(ConnectionMark::started, ConnectionMark::closed);
    const std::string_view beginning = record().side == Side::client ? "accepted" : "dialled";
    result_.ending = took ? fmt::format("{} in all, from {} to closed", milliseconds(micros(*took)), beginning) : "still open";
  }

  const Story& story_;
  const Recent& subject_;
  const Nanos zero_;
  Sequence result_;
};

}  // namespace

Sequence sequence_of(const Story& story) { return Narrator(story).narrate(); }

std::string milliseconds(std::int64_t micros) {
  const std::int64_t size = std::abs(micros);
  return fmt::format("{}{}.{:03} ms", micros < 0 ? "-" : "", size / 1000, size % 1000);
}

}  // namespace gladhand::observe
