// Samples of probes, hand-made so that every figure is known.
#pragma once

#include "cli/probe_attempt.h"

namespace gladhand::cli {

using namespace std::chrono_literals;
using timeline::ConnectionMark;
using timeline::ExchangeMark;

// Noon of a day on which the certificates of these samples are good.
inline constexpr std::chrono::sys_seconds kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 12h;

inline ProbePlan plan_for(std::string_view url) {
  ProbePlan plan;
  plan.url = *parse_probe_url(url);
  plan.timeout = 10s;
  return plan;
}

// Begun at 100 ms: 1 ms for the name, 2 ms for TCP, and an answer 4 ms after the request that left at once.
inline Sample plain_sample(std::uint16_t status = 200) {
  Sample sample;
  sample.begun = 100ms;
  sample.took = 7ms;
  sample.status = status;
  sample.version = "1.1";
  Leg& leg = sample.target;
  leg.peer = "192.0.2.1:80";
  leg.connection.side = timeline::Side::upstream;
  leg.connection.tcp.handshake_rtt = 1500us;
  leg.exchange.status = status;
  leg.exchange.timeline.mark(ExchangeMark::upstream_asked, 100ms);
  leg.exchange.timeline.mark(ExchangeMark::resolved, 101ms);
  leg.connection.timeline.mark(ConnectionMark::started, 101ms);
  leg.connection.timeline.mark(ConnectionMark::connected, 103ms);
  leg.connection.timeline.mark(ConnectionMark::ready, 103ms);
  leg.connection.stage = ConnectionMark::ready;
  leg.exchange.timeline.mark(ExchangeMark::head_sent, 103ms);
  leg.exchange.timeline.mark(ExchangeMark::reply_head_received, 107ms);
  leg.exchange.timeline.mark(ExchangeMark::reply_ended, 107ms);
  return sample;
}

inline tls::ShownCertificate certificate(std::string subject, std::chrono::sys_seconds not_after) {
  return {std::move(subject), "CN=Some authority", {"example.com", "192.0.2.1"}, kNow - 90 * 24h, not_after};
}

// The same under TLS, which is fast enough to fit in: its ServerHello 0.5 ms after the ClientHello, secured after 0.8 ms.
inline Sample tls_sample(bool is_resumed) {
  Sample sample = plain_sample();
  Leg& leg = sample.target;
  leg.connection.is_tls = true;
  leg.connection.timeline.mark(ConnectionMark::client_hello, 103ms);
  leg.connection.timeline.mark(ConnectionMark::server_hello, 103500us);
  leg.connection.timeline.mark(ConnectionMark::secured, 103800us);
  leg.connection.tls.version = timeline::TlsVersion::tls1_3;
  leg.connection.tls.cipher = "TLS_AES_128_GCM_SHA256";
  leg.connection.tls.group = "X25519";
  leg.connection.tls.alpn = "h2";
  leg.connection.tls.compute = 300us;
  leg.connection.tls.resumed = is_resumed;
  leg.connection.tls.resumption = is_resumed ? timeline::Resumption::psk : timeline::Resumption::full;
  if (is_resumed) return sample;
  leg.connection.tls.signature = "ecdsa_sha256";
  leg.connection.tls.verify = 200us;
  leg.connection.timeline.mark(ConnectionMark::cert_verified, 103700us);
  leg.chain = {certificate("CN=example.com", kNow + 90 * 24h)};
  leg.problem = "";
  return sample;
}

// A tunnel that a proxy opened 2 ms after it was asked to, as the first part of `sample`.
inline Sample through_proxy(Sample sample) {
  Leg proxy = plain_sample().target;
  proxy.peer = "192.0.2.9:3128";
  proxy.exchange.purpose = timeline::Purpose::connect;
  sample.proxy = std::move(proxy);
  return sample;
}

}  // namespace gladhand::cli
