#include "observe/handshake_json.h"

#include <fmt/format.h>

#include <cassert>
#include <utility>

#include "observe/outcome.h"
#include "timeline/phases.h"

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
  text("sni", record.sni);
  // While a connection is open nobody tells what went through it since its handshake.
  if (recent.summary.is_closed) {
    number("bytes_in", record.bytes_in);
    number("bytes_out", record.bytes_out);
  }
  number("retransmits", record.tcp.retransmits);
  if (record.tcp.degraded) flag("round_trip_withheld", true);
  if (record.tls.version != timeline::TlsVersion::none) tls(record);
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

void HandshakeJson::tls(const ConnectionRecord& record) {
  open("tls");
  text("version", timeline::kTlsVersionNames[static_cast<std::size_t>(record.tls.version)]);
  flag("resumed", record.tls.resumed);
  text("cipher", record.tls.cipher);
  text("group", record.tls.group);
  text("alpn", record.tls.alpn);
  close();
}

void HandshakeJson::exchange(std::string_view name, const KeptExchange& kept, Nanos zero) {
  const ExchangeRecord& record = kept.record;
  const Names& names = recents_.names();
  open(name);
  if (kept.client) id("client", kept.client);
  if (kept.upstream) id("upstream", kept.upstream);
  if (record.upstream_index != timeline::kNone) text("upstream_name", names.upstreams[record.upstream_index]);
  text("endpoint", record.endpoint);
  flag("is_first_of_client", record.is_first_of_client);
  if (kept.upstream) flag("is_first_of_upstream", record.is_first_of_upstream);
  if (record.route != timeline::kNone) text("route", names.routes[record.route]);
  text("method", record.method);
  text("authority", record.authority);
  text("path", record.target);
  text("version", record.version);
  if (record.status) number("status", record.status);
  if (record.error != Code::ok) text("error", row(record.error).name);
  if (is_local_reply(record)) flag("local_reply", true);
  number("attempts", record.attempts);
  number("request_body_bytes", record.request_body_bytes);
  number("response_body_bytes", record.response_body_bytes);
  if (record.tunnel) text("inside", timeline::kInsideNames[static_cast<std::size_t>(record.tunnel->inside)]);
  phases(record);
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
void HandshakeJson::phases(const ExchangeRecord& record) {
  open("phases");
  for (std::size_t side = 0; side < timeline::kSideNames.size(); ++side) {
    bool is_open = false;
    for (const timeline::Phase& phase : kPhases) {
      if (timeline::index(phase.side) != side) continue;
      const auto took = duration(phase, record);
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
