#include "observe/sequence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "observe/moment.h"
#include "observe/outcome.h"
#include "timeline/alerts.h"
#include "timeline/phases.h"

namespace gladhand::observe {
namespace {

using timeline::ConnectionMark;
using timeline::ConnectionRecord;
using timeline::ExchangeMark;
using timeline::ExchangeRecord;
using timeline::kPhases;
using timeline::Purpose;
using timeline::Side;
using Closer = timeline::CloseFacts::Closer;
using Manner = timeline::CloseFacts::Manner;

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
  std::string_view upstream_text = text;
};

// clang-format off
constexpr std::array kRows{
    Row{ConnectionMark::started,         Drawn::note,      Drawn::hidden,    "accepted"},  // an upstream's: syn_mark()
    Row{ConnectionMark::connected,       Drawn::hidden,    Drawn::hidden,    ""},          // see add_connected()
    Row{ConnectionMark::proxy_header,    Drawn::from_peer, Drawn::hidden,    "PROXY header"},
    Row{ConnectionMark::first_byte,      Drawn::from_peer, Drawn::from_peer, "first byte"},
    Row{ConnectionMark::hello_retry,     Drawn::hidden,    Drawn::hidden,    ""},          // of this and the next four, see add_messages()
    Row{ConnectionMark::client_hello,    Drawn::hidden,    Drawn::hidden,    ""},
    Row{ConnectionMark::server_hello,    Drawn::hidden,    Drawn::hidden,    ""},
    Row{ConnectionMark::server_flight,   Drawn::note,      Drawn::note,      "server flight sent"},
    Row{ConnectionMark::client_finished, Drawn::hidden,    Drawn::hidden,    ""},
    Row{ConnectionMark::cert_verified,   Drawn::note,      Drawn::note,      "certificate verified"},
    Row{ConnectionMark::secured,         Drawn::note,      Drawn::note,      "secured"},
    Row{ConnectionMark::ready,           Drawn::note,      Drawn::note,      "ready for HTTP"},
    Row{ConnectionMark::settings_sent,         Drawn::to_peer,   Drawn::to_peer,   "SETTINGS", "preface, SETTINGS"},
    Row{ConnectionMark::settings_received,     Drawn::from_peer, Drawn::from_peer, "preface, SETTINGS", "SETTINGS"},
    Row{ConnectionMark::settings_acknowledged, Drawn::from_peer, Drawn::from_peer, "SETTINGS ACK"},
    Row{ConnectionMark::drain_begun,     Drawn::note,      Drawn::note,      "GOAWAY"},
    Row{ConnectionMark::closing,         Drawn::hidden,    Drawn::hidden,    ""},          // see add_end()
    Row{ConnectionMark::closed,          Drawn::hidden,    Drawn::hidden,    ""},
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
    steps_.push_back({{}, peer_, Lane::gladhand, syn()});
    steps_.push_back({syn_ack, Lane::gladhand, peer_, "SYN-ACK"});
    steps_.push_back({ack, peer_, Lane::gladhand, "ACK"});
  }

  // All that comes before the first exchange, and the other end of its life.
  void add_handshake() {
    constexpr std::size_t kTls = timeline::index(ConnectionMark::hello_retry);
    add_marks(0, kTls);
    add_messages();
    add_marks(kTls, timeline::index(ConnectionMark::first_head));
  }
  void add_first_head() { add_marks(timeline::index(ConnectionMark::first_head), timeline::index(ConnectionMark::first_head) + 1); }
  // `was_orderly`: no exchange failed, so that we have not broken off what was unfinished.
  void add_end(bool was_orderly) {
    add_marks(timeline::index(ConnectionMark::first_head) + 1, timeline::index(ConnectionMark::count_));
    if (!record_.timeline.has(ConnectionMark::closed)) return;
    if (record_.close.closer == Closer::unknown) return add_end_of_handshake();
    const bool is_ours = record_.close.closer == Closer::us;
    add(ConnectionMark::closing, record_.close.manner == Manner::lost ? Drawn::note : is_ours ? Drawn::to_peer : Drawn::from_peer, first_sign());
    if (is_reset(record_.ended_by) && record_.close.manner != Manner::rst) return add(ConnectionMark::closed, Drawn::from_peer, "RST");
    const bool has_answer = record_.close.manner == Manner::fin && record_.close.is_complete && (is_ours || was_orderly);
    const Drawn answer = !has_answer ? Drawn::note : is_ours ? Drawn::from_peer : Drawn::to_peer;
    add(ConnectionMark::closed, answer, (has_answer ? "FIN" : "closed") + reason());
  }

 private:
  std::string syn() const {
    switch (record_.tcp.fast_open) {
      case timeline::FastOpen::accepted: return "SYN with data, Fast Open";
      case timeline::FastOpen::empty: return "SYN with a Fast Open cookie";
      case timeline::FastOpen::no_cookie: return "SYN, asking for a Fast Open cookie";
      case timeline::FastOpen::not_acknowledged: return "SYN with data, which was not acknowledged";
      case timeline::FastOpen::syn_retransmitted: return "SYN, sent again";
      default: return "SYN";
    }
  }

  // The messages of TLS have instants of their own, of which some are marks, too.
  void add_messages() {
    const auto kept = record_.messages.kept();
    for (const timeline::TlsMessage& message : kept) {
      std::string text = fmt::format("{}, {} bytes", name(message.type), message.bytes);
      const auto alert = message.is_sent ? record_.tls.alert_sent : record_.tls.alert_received;
      // Which one is known of the last, and that it was this one where nothing came behind it.
      if (message.type == timeline::TlsMessageType::alert) text = alert && &message == &kept.back() ? fmt::format("Alert {}", words(timeline::alert_name(*alert))) : "Alert";
      steps_.push_back({message.at - zero_, message.is_sent ? Lane::gladhand : peer_, message.is_sent ? peer_ : Lane::gladhand, std::move(text)});
    }
    if (record_.messages.is_cut_short()) steps_.push_back({kept.back().at - zero_, Lane::gladhand, Lane::gladhand, "more messages, which were not kept"});
  }

  // Its byte is one of a message that is drawn itself, at the same instant.
  bool is_first_byte_drawn() const {
    return !record_.is_tls || std::ranges::any_of(record_.messages.kept(), [this](const timeline::TlsMessage& message) {
      return !message.is_sent && message.at == record_.timeline.at(ConnectionMark::first_byte);
    });
  }

  static bool is_reset(Code code) { return code == Code::client_reset || code == Code::upstream_reset || code == Code::reset; }

  // Why it ended, where the drawing does not say it already.
  std::string reason() const {
    switch (record_.ended_by) {
      case Code::ok:
      case Code::client_closed:
      case Code::upstream_closed: return {};
      default: return is_reset(record_.ended_by) ? "" : fmt::format(", {}", words(row(record_.ended_by).name));
    }
  }

  std::string first_sign() const {
    if (record_.close.manner == Manner::lost) return "lost by the network";
    std::string text = record_.close.manner == Manner::rst ? "RST" : "FIN";
    // Of the peer's two, close_notify is the one that is seen, and the FIN comes with it.
    if (record_.is_tls && record_.close.manner == Manner::fin) text = record_.tls.truncated ? "FIN without close_notify" : "close_notify, FIN";
    return text + (record_.close.is_dated ? "" : ", seen late");
  }

  // Nothing but the reason is known of how it was closed.
  void add_end_of_handshake() {
    switch (record_.ended_by) {
      case Code::refused: return add(ConnectionMark::closed, Drawn::from_peer, "RST, refused");
      case Code::client_closed:
      case Code::client_eof_before_hello:
      case Code::client_eof_in_handshake:
      case Code::upstream_closed: return add(ConnectionMark::closed, Drawn::from_peer, "FIN");
      default: return is_reset(record_.ended_by) ? add(ConnectionMark::closed, Drawn::from_peer, "RST") : add(ConnectionMark::closed, Drawn::note, "closed" + reason());
    }
  }

  void add_marks(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) add_mark(static_cast<ConnectionMark>(i));
  }
  void add_mark(ConnectionMark mark) {
    if (!record_.timeline.has(mark)) return;
    if (record_.side == Side::upstream && mark == syn_mark()) add(mark, Drawn::to_peer, syn());
    if (record_.side == Side::upstream && mark == ConnectionMark::connected) {
      add(mark, Drawn::from_peer, "SYN-ACK");
      add(mark, Drawn::to_peer, "ACK");
    }
    if (mark == ConnectionMark::secured) return add(mark, Drawn::note, what_was_agreed(record_.tls));
    // Where the exchange that waited for the connection is drawn, that has its own step at this instant.
    if (mark == ConnectionMark::ready && is_part_) return;
    if (mark == ConnectionMark::first_byte && is_first_byte_drawn()) return;
    const auto found = std::ranges::find(kRows, mark, &Row::mark);
    if (found == kRows.end()) return add(mark, Drawn::note, words(timeline::name(mark)));
    const bool is_client = record_.side == Side::client;
    add(mark, is_client ? found->client : found->upstream, std::string(is_client ? found->text : found->upstream_text));
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
      case ExchangeMark::routed: return;  // of no interest by itself: what follows has a step
      case ExchangeMark::upstream_asked: return record_.lost_in_attempts() ? add(mark, Lane::gladhand, Lane::gladhand, "upstream asked again") : void();
      case ExchangeMark::upstream_ready: return add(mark, Lane::gladhand, Lane::gladhand, record_.is_first_of_upstream ? "upstream ready" : "upstream ready, reused");
      case ExchangeMark::head_sent: return add(mark, Lane::gladhand, upstream_, request());
      case ExchangeMark::request_ended: return has_request_body ? add(mark, Lane::client, Lane::gladhand, "end of request") : void();
      case ExchangeMark::resolved: return add(mark, Lane::gladhand, Lane::gladhand, "name resolved");
      // What a CONNECT's target says is for the client: nothing answers us but its side of the three-way handshake.
      case ExchangeMark::reply_head_received: return record_.purpose == Purpose::connect ? void() : add(mark, upstream_, Lane::gladhand, reply());
      case ExchangeMark::reply_head_sent: return add(mark, Lane::gladhand, Lane::client, reply());
      case ExchangeMark::reply_ended:
        if (!is_relayed) return record_.status ? add(mark, Lane::gladhand, Lane::client, reply()) : void();
        return has_reply_body ? add(mark, upstream_, Lane::gladhand, "end of response") : void();
      case ExchangeMark::finished: return add(mark, Lane::gladhand, Lane::gladhand, end());
      default: return add(mark, Lane::gladhand, Lane::gladhand, words(timeline::name(mark)));
    }
  }

 private:
  std::string request() const {
    const std::string_view wish = record_.purpose == Purpose::websocket ? ", Upgrade to WebSocket" : record_.purpose == Purpose::upgrade ? ", Upgrade" : "";
    return fmt::format("{} {}{}", record_.method, record_.target, wish);
  }
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
    own.add_end(subject_.summary.failed == 0);
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
