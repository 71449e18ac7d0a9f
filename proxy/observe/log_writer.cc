#include "observe/log_writer.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <memory>
#include <span>
#include <utility>

#include "observe/access_log.h"
#include "observe/outcome.h"
#include "observe/phase_slots.h"
#include "observe/tcp_text.h"
#include "timeline/alerts.h"

namespace gladhand::observe {
namespace {

using timeline::ConnectionMark;
using timeline::ConnectionRecord;
using timeline::ExchangeMark;
using timeline::ExchangeRecord;
using timeline::Known;
using timeline::kPhases;
using timeline::Side;

// What is there already may be read at this moment.
template <class Entry>
void add_new(Growing<std::string>& texts, std::size_t& known, const std::vector<Entry>& entries) {
  const auto line = std::make_unique<LogLine>();
  texts.grow_to(entries.size());
  for (; known < entries.size(); ++known) {
    line->clear();
    line->text(entries[known].name);
    texts[known] = line->view();
  }
}

}  // namespace

void LogNames::learn(const Names& names) {
  add_new(listeners, known_listeners_, names.listeners);
  add_new(upstreams, known_upstreams_, names.upstreams);
  add_new(routes, known_routes_, names.routes);
}

void LogWriter::exchange_ended(const ExchangeRecord& record) {
  const auto took =
      record.timeline.between(ExchangeMark::head_received, ExchangeMark::finished).value_or(Nanos::zero());
  begin("exchange", record.listener, took);
  if (record.route != timeline::kNone) {
    line_.raw(",\"route\":");
    line_.raw(names_.routes[record.route]);
  }
  request(record);
  if (record.status) number(",\"status\":", record.status);
  if (record.error != Code::ok) text(",\"error\":", row(record.error).name);
  if (is_local_reply(record)) line_.raw(",\"local_reply\":true");
  number(",\"request_body_bytes\":", record.request_body_bytes);
  number(",\"response_body_bytes\":", record.response_body_bytes);
  fields(",\"response_headers\":{", record.response_fields);
  if (record.attempts) number(",\"attempts\":", record.attempts);
  if (record.early != timeline::Early::no) text(",\"early\":", timeline::kEarlyNames[timeline::index(record.early)]);
  duration(",\"duration\":", took);
  if (record.client) client(record);
  if (record.upstream_index != timeline::kNone) upstream(record);
  if (record.tunnel) tunnel(record);
  end();
}

void LogWriter::connection_ended(const ConnectionRecord& record) {
  if (record.side != Side::client || record.exchanges > 0) return;
  const auto took = record.timeline.between(ConnectionMark::started, ConnectionMark::closed).value_or(Nanos::zero());
  begin("connection", record.owner, took);
  text(",\"result\":", row(record.result).name);
  text(",\"stage\":", timeline::name(record.stage));
  if (record.ended_by != Code::ok) text(",\"ended_by\":", row(record.ended_by).name);
  number(",\"bytes_in\":", record.bytes_in);
  number(",\"bytes_out\":", record.bytes_out);
  duration(",\"duration\":", took);
  number(",\"client\":{\"id\":", record.id);
  text(",\"peer\":", record.peer);
  text(",\"tcp_peer\":", record.tcp_peer);
  text(",\"tag\":", record.tag);
  tls(record);
  phases<Known::at_handshake_end>(Side::client, record);
  phases<Known::at_close>(Side::client, record);
  tcp(record);
  line_.raw("}");
  end();
}

// The records are handed over as soon as they are complete, so the wall clock minus how long it took is when it began.
void LogWriter::begin(std::string_view event, std::uint16_t listener, Nanos ago) {
  line_.clear();
  line_.raw("{\"time\":");
  line_.timestamp(std::chrono::system_clock::now() - ago);
  text(",\"event\":", event);
  line_.raw(",\"listener\":");
  line_.raw(names_.listeners[listener]);
}

void LogWriter::end() {
  line_.raw("}\n");
  assert(line_.is_whole() && "all texts of a record fit, even if each is as long as one may be");
  if (line_.is_whole()) log_.publish(worker_, line_.view());
}

void LogWriter::number(std::string_view key, std::uint64_t n) {
  line_.raw(key);
  line_.number(n);
}

void LogWriter::text(std::string_view key, std::string_view value) {
  if (value.empty()) return;
  line_.raw(key);
  line_.text(value);
}

void LogWriter::duration(std::string_view key, Nanos took) {
  number(key, static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0) + 500) / 1000);
}

void LogWriter::request(const ExchangeRecord& record) {
  text(",\"method\":", record.method);
  text(",\"scheme\":", record.scheme);
  text(",\"authority\":", record.authority);
  text(",\"target\":", record.target);
  text(",\"version\":", record.version);
  text(",\"user_agent\":", record.user_agent);
  text(",\"referer\":", record.referer);
  fields(",\"request_headers\":{", record.request_fields);
}

void LogWriter::fields(std::string_view key, std::span<const timeline::LoggedField> fields) {
  if (fields.empty()) return;
  line_.raw(key);
  for (const timeline::LoggedField& field : fields) {
    if (&field != fields.data()) line_.raw(",");
    line_.text(field.name);
    line_.raw(":");
    line_.text(field.value, config::kMostLoggedBytes);
  }
  line_.raw("}");
}

void LogWriter::client(const ExchangeRecord& record) {
  const ConnectionRecord& connection = *record.client;
  number(",\"client\":{\"id\":", connection.id);
  text(",\"peer\":", connection.peer);
  text(",\"tcp_peer\":", connection.tcp_peer);
  text(",\"tag\":", connection.tag);
  reused(!record.is_first_of_client);
  if (record.is_first_of_client) {
    tls(connection);
    opening(connection);
    tcp(connection);
  }
  phases<Known::at_tunnel_opened>(Side::client, record);
  line_.raw("}");
}

// Nothing, where the exchange began in early data and has ended before the handshake: it is not known yet how long that takes.
void LogWriter::opening(const ConnectionRecord& connection) {
  if (!connection.timeline.has(ConnectionMark::ready)) return;
  phases<Known::at_handshake_end>(Side::client, connection);
  phases<Known::at_settings>(Side::client, connection);
  phases<Known::at_first_exchange>(Side::client, connection);
}

void LogWriter::upstream(const ExchangeRecord& record) {
  line_.raw(",\"upstream\":{\"name\":");
  line_.raw(names_.upstreams[record.upstream_index]);
  text(",\"endpoint\":", record.endpoint);
  if (record.upstream) {
    number(",\"id\":", record.upstream->id);
    reused(!record.is_first_of_upstream);
    if (record.is_first_of_upstream) {
      tls(*record.upstream);
      phases<Known::at_handshake_end>(Side::upstream, *record.upstream);
      phases<Known::at_settings>(Side::upstream, *record.upstream);
      phases<Known::at_first_exchange>(Side::upstream, *record.upstream);
      tcp(*record.upstream);
    }
  }
  phases<Known::at_tunnel_opened>(Side::upstream, record);
  phases<Known::at_exchange_end>(Side::upstream, record);
  line_.raw("}");
}

void LogWriter::tunnel(const ExchangeRecord& record) {
  const timeline::TunnelFacts& facts = *record.tunnel;
  const auto version = [&](std::string_view key, std::uint16_t wire) {
    constexpr std::uint16_t kTls1_0 = 0x0301;
    constexpr std::array<std::string_view, 4> kNames{"1.0", "1.1", "1.2", "1.3"};
    if (wire >= kTls1_0 && wire < kTls1_0 + kNames.size()) text(key, kNames[wire - kTls1_0]);
  };
  text(",\"tunnel\":{\"inside\":", timeline::kInsideNames[static_cast<std::size_t>(facts.inside)]);
  if (facts.inside == timeline::TunnelFacts::Inside::tls) {
    version(",\"tls_offered\":", facts.offered);
    version(",\"tls_version\":", facts.version);
    text(",\"server_name\":", timeline::kServerNameNames[static_cast<std::size_t>(facts.server_name)]);
    line_.raw(facts.offers_h2 ? ",\"offers_h2\":true" : ",\"offers_h2\":false");
    line_.raw(facts.offers_http1_1 ? ",\"offers_http1_1\":true" : ",\"offers_http1_1\":false");
    if (facts.was_retried) line_.raw(",\"retried\":true");
    if (facts.resumed) line_.raw(*facts.resumed ? ",\"resumed\":true" : ",\"resumed\":false");
  }
  phases<Known::at_tunnel_opened>(Side::tunnel, record);
  phases<Known::at_tunnel_secured>(Side::tunnel, record);
  line_.raw("}");
}

void LogWriter::reused(bool is_reused) { line_.raw(is_reused ? ",\"reused\":true" : ",\"reused\":false"); }

void LogWriter::tls(const ConnectionRecord& record) {
  text(",\"sni\":", record.sni);
  if (record.tls.sni_class != timeline::SniClass::unasked) text(",\"sni_class\":", timeline::kSniClassNames[timeline::index(record.tls.sni_class)]);
  text(",\"ja4\":", record.tls.ja4.view());
  if (record.tls.retried) line_.raw(",\"retried\":true");
  if (record.tls.early_data != timeline::EarlyData::not_sent) text(",\"early_data\":", timeline::kEarlyDataNames[timeline::index(record.tls.early_data)]);
  if (record.tls.alert_sent) text(",\"alert_sent\":", timeline::alert_name(*record.tls.alert_sent));
  if (record.tls.alert_received) text(",\"alert_received\":", timeline::alert_name(*record.tls.alert_received));
  if (record.tls.truncated) line_.raw(",\"truncated\":true");
  if (record.tls.version == timeline::TlsVersion::none) return;
  text(",\"tls_version\":", timeline::kTlsVersionNames[static_cast<std::size_t>(record.tls.version)]);
  text(",\"cipher\":", record.tls.cipher);
  text(",\"group\":", record.tls.group);
  text(",\"alpn\":", record.tls.alpn);
  text(",\"signature\":", record.tls.signature);
  if (record.tls.stapled) line_.raw(",\"stapled\":true");
  if (record.tls.bytes_received) number(",\"tls_bytes_received\":", record.tls.bytes_received);
  if (record.tls.bytes_sent) number(",\"tls_bytes_sent\":", record.tls.bytes_sent);
  line_.raw(record.tls.resumed ? ",\"resumed\":true" : ",\"resumed\":false");
  if (record.tls.resumed) text(",\"resumption\":", timeline::kResumptionNames[timeline::index(record.tls.resumption)]);
}

// Members of the object that a line is in the middle of.
struct LogWriter::Members {
  LogWriter& to;
  bool is_first = false;

  void key(std::string_view name) {
    to.line_.raw(std::exchange(is_first, false) ? "\"" : ",\"");
    to.line_.raw(name);
    to.line_.raw("\":");
  }
  void text(std::string_view name, std::string_view value) {
    key(name);
    to.line_.text(value);
  }
  void time(std::string_view name, Nanos took) {
    key(name);
    to.duration("", took);
  }
  void number(std::string_view name, std::uint64_t n) {
    key(name);
    to.line_.number(n);
  }
  void flag(std::string_view name, bool value) {
    key(name);
    to.line_.raw(value ? "true" : "false");
  }
  void numbers(std::string_view name, std::span<const std::uint8_t> all) {
    key(name);
    to.line_.raw("[");
    for (std::size_t i = 0; i < all.size(); ++i) to.number(i > 0 ? "," : "", all[i]);
    to.line_.raw("]");
  }
  void open(std::string_view name) {
    key(name);
    to.line_.raw("{");
    is_first = true;
  }
  void close() { to.line_.raw("}"); }
};

void LogWriter::tcp(const ConnectionRecord& record) {
  Members members{*this};
  tell_tcp(record, members);
}

// Of a handshake that failed, as many phases as it got through.
template <Known known, class Record>
void LogWriter::phases(Side side, const Record& record) {
  each_phase<known>(side, [&]<std::size_t row>() {
    if constexpr (requires { record.is_tls; }) {
      if (kPhases[row].tls_only && !record.is_tls) return;
    }
    const auto took = timeline::duration(kPhases[row], record);
    if (!took) return;
    line_.raw(",\"");
    line_.raw(kPhases[row].name);
    duration("\":", *took);
  });
}

}  // namespace gladhand::observe
