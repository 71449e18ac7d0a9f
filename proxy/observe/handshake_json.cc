#include "observe/handshake_json.h"

#include <fmt/format.h>

#include <cassert>
#include <utility>

#include "observe/outcome.h"
#include "observe/tcp_text.h"
#include "timeline/alerts.h"

namespace gladhand::observe {

using timeline::ConnectionMark;
using timeline::ConnectionRecord;
using timeline::ExchangeRecord;
using timeline::kPhases;

std::string_view HandshakeJson::write(const Recent& recent, const Moment& moment) {
  line_.clear();
  line_.raw("{");
  is_at_start_ = true;
  connection(recent, moment);
  close();
  assert(line_.is_whole() && "texts of a kept record are short");
  return line_.view();
}

void HandshakeJson::connection(const Recent& recent, const Moment& moment) {
  const ConnectionRecord& record = recent.record();
  const Nanos zero = record.timeline.at(ConnectionMark::started);
  id("id", record.id);
  text("side", timeline::name(record.side));
  text("name", recents_.name_of(record));
  text("state", recent.summary.is_closed ? "closed" : "open");
  key("began");
  line_.timestamp(moment.wall_time(zero));
  if (const auto took = record.timeline.between(ConnectionMark::started, ConnectionMark::closed)) time("duration", *took);
  if (const auto took = handshake_duration(record)) time("handshake", *took);
  text("result", row(handshake_result(record.result)).name);
  text("stage", timeline::name(record.stage));
  if (recent.summary.is_closed && record.ended_by != Code::ok) text("ended_by", row(record.ended_by).name);
  text("peer", record.peer);
  text("tcp_peer", record.tcp_peer);
  text("sni", record.sni);
  text("tag", record.tag);
  // While a connection is open nobody tells what went through it since its handshake.
  if (recent.summary.is_closed) {
    number("bytes_in", record.bytes_in);
    number("bytes_out", record.bytes_out);
    if (record.close.closer != timeline::CloseFacts::Closer::unknown) closing(record.close);
  }
  open("tcp");
  tell_tcp(record, *this);
  close();
  if (record.is_tls) tls(record, zero);
  phases(record);
  marks(record.timeline, zero);

  open("exchanges");
  if (recent.summary.is_closed) number("begun", record.exchanges);
  number("ended", recent.summary.exchanges);
  number("failed", recent.summary.failed);
  if (recent.summary.has_first) exchange("first", recent.first, zero);
  if (recent.summary.has_latest) exchange("latest", recent.latest, zero);
  close();
}

void HandshakeJson::closing(const timeline::CloseFacts& facts) {
  open("close");
  text("closer", timeline::kCloserNames[timeline::index(facts.closer)]);
  text("manner", timeline::kMannerNames[timeline::index(facts.manner)]);
  flag("is_complete", facts.is_complete);
  flag("is_dated", facts.is_dated);
  flag("is_idle", facts.is_idle);
  close();
}

void HandshakeJson::numbers(std::string_view name, std::span<const std::uint8_t> all) {
  key(name);
  line_.raw("[");
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i > 0) line_.raw(",");
    line_.number(all[i]);
  }
  line_.raw("]");
}

void HandshakeJson::tls(const ConnectionRecord& record, Nanos zero) {
  const timeline::TlsFacts& facts = record.tls;
  open("tls");
  if (facts.version != timeline::TlsVersion::none) {
    text("version", timeline::kTlsVersionNames[timeline::index(facts.version)]);
    flag("resumed", facts.resumed);
    text("resumption", timeline::kResumptionNames[timeline::index(facts.resumption)]);
  }
  if (facts.bytes_received) number("bytes_received", facts.bytes_received);
  if (facts.bytes_sent) number("bytes_sent", facts.bytes_sent);
  text("cipher", facts.cipher);
  text("group", facts.group);
  text("alpn", facts.alpn);
  text("signature", facts.signature);
  if (facts.sni_class != timeline::SniClass::unasked) text("sni_class", timeline::kSniClassNames[timeline::index(facts.sni_class)]);
  text("ja4", facts.ja4.view());
  if (facts.early_data != timeline::EarlyData::not_sent) text("early_data", timeline::kEarlyDataNames[timeline::index(facts.early_data)]);
  if (facts.retried) flag("retried", true);
  if (facts.stapled) flag("stapled", true);
  if (facts.alert_sent) text("alert_sent", timeline::alert_name(*facts.alert_sent));
  if (facts.alert_received) text("alert_received", timeline::alert_name(*facts.alert_received));
  if (facts.truncated) flag("truncated", true);
  messages(record.messages, zero);
  close();
}

void HandshakeJson::messages(const timeline::TlsMessages& all, Nanos zero) {
  if (all.kept().empty()) return;
  key("messages");
  line_.raw("[");
  for (const timeline::TlsMessage& message : all.kept()) {
    if (&message != &all.kept().front()) line_.raw(",");
    line_.raw("{");
    is_at_start_ = true;
    text("type", name(message.type));
    if (name(message.type) == "unknown") number("number", static_cast<std::uint64_t>(message.type));
    flag("is_sent", message.is_sent);
    number("bytes", message.bytes);
    time("at", message.at - zero);
    close();
  }
  line_.raw("]");
  if (all.is_cut_short()) flag("messages_are_cut_short", true);
}

void HandshakeJson::exchange(std::string_view name, const KeptExchange& kept, Nanos zero) {
  const ExchangeRecord& record = kept.record;
  const Names& names = recents_.names();
  open(name);
  if (kept.client) id("client", kept.client);
  if (kept.upstream) id("upstream", kept.upstream);
  if (record.upstream_index != timeline::kNone) text("upstream_name", names.upstreams[record.upstream_index].name);
  text("endpoint", record.endpoint);
  flag("is_first_of_client", record.is_first_of_client);
  if (kept.upstream) flag("is_first_of_upstream", record.is_first_of_upstream);
  if (record.route != timeline::kNone) text("route", names.routes[record.route].name);
  text("method", record.method);
  text("authority", record.authority);
  text("path", record.target);
  text("version", record.version);
  if (record.early != timeline::Early::no) text("early", timeline::kEarlyNames[timeline::index(record.early)]);
  if (record.status) number("status", record.status);
  if (record.error != Code::ok) text("error", row(record.error).name);
  if (is_local_reply(record)) flag("local_reply", true);
  number("attempts", record.attempts);
  number("request_body_bytes", record.request_body_bytes);
  number("response_body_bytes", record.response_body_bytes);
  if (record.tunnel) text("inside", timeline::kInsideNames[static_cast<std::size_t>(record.tunnel->inside)]);
  phases(kept);
  marks(record.timeline, zero);
  close();
}

void HandshakeJson::phases(const ConnectionRecord& record) {
  open("phases");
  for (const timeline::Phase& phase : kPhases) {
    if (phase.side != record.side || (phase.tls_only && !record.is_tls)) continue;
    if (const auto took = duration(phase, record)) time(phase.name, *took);
  }
  close();
}

// Those of an exchange may have the same name on both sides.
void HandshakeJson::phases(const KeptExchange& kept) {
  open("phases");
  for (std::size_t side = 0; side < timeline::kSideNames.size(); ++side) {
    bool is_open = false;
    for (const timeline::Phase& phase : kPhases) {
      if (timeline::index(phase.side) != side) continue;
      const auto took = duration(phase, kept);
      if (!took) continue;
      if (!std::exchange(is_open, true)) open(timeline::kSideNames[side]);
      time(phase.name, *took);
    }
    if (is_open) close();
  }
  close();
}

template <class Mark>
void HandshakeJson::marks(const timeline::Timeline<Mark>& timeline, Nanos zero) {
  open("marks");
  for (std::size_t i = 0; i < static_cast<std::size_t>(Mark::count_); ++i) {
    const auto mark = static_cast<Mark>(i);
    if (timeline.has(mark)) time(timeline::name(mark), timeline.at(mark) - zero);
  }
  close();
}

void HandshakeJson::open(std::string_view name) {
  key(name);
  line_.raw("{");
  is_at_start_ = true;
}

void HandshakeJson::close() {
  line_.raw("}");
  is_at_start_ = false;
}

void HandshakeJson::key(std::string_view key) {
  line_.raw(std::exchange(is_at_start_, false) ? "\"" : ",\"");
  line_.raw(key);
  line_.raw("\":");
}

void HandshakeJson::number(std::string_view name, std::uint64_t n) {
  key(name);
  line_.number(n);
}

void HandshakeJson::id(std::string_view name, std::uint64_t id) {
  key(name);
  line_.raw("\"");
  line_.number(id);
  line_.raw("\"");
}

void HandshakeJson::text(std::string_view name, std::string_view value) {
  if (value.empty()) return;
  key(name);
  line_.text(value);
}

void HandshakeJson::flag(std::string_view name, bool value) {
  key(name);
  line_.raw(value ? "true" : "false");
}

// An exchange on a connection that was reused may have begun before an upstream's connection did.
void HandshakeJson::time(std::string_view name, Nanos time) {
  key(name);
  const bool is_negative = time < Nanos::zero();
  const std::int64_t nanos = is_negative ? -time.count() : time.count();
  line_.raw(fmt::format("{}{}.{:03}", is_negative ? "-" : "", nanos / 1000, nanos % 1000));
}

}  // namespace gladhand::observe
