// Every duration Gladhand publishes, once.
//
// Metrics, access log and reference page read these rows; adding a phase is adding a row. A phase is the distance between
// two marks, or a figure that only the kernel or the TLS library can know (a fact).
#pragma once

#include "timeline/records.h"

namespace gladhand::timeline {

enum class Fact : std::uint8_t { tcp_handshake_rtt, accept_wait, tls_compute, tls_verify, close, tunnel_tcp, tunnel_tls };

// When a phase is known, and therefore reported.
enum class Known : std::uint8_t {
  at_handshake_end,   // once for each connection
  at_settings,        // once for each connection whose ends tell each other what they allow
  at_first_exchange,  // once for each connection that carried an exchange, when that exchange is over
  at_close,           // once for each connection, when it is gone
  at_exchange_end,    // once for each exchange
  at_tunnel_opened,   // once for each exchange that became a tunnel
  at_tunnel_secured,  // once for each tunnel in which a TLS handshake ended well
};

struct Phase {
  enum class Source : std::uint8_t { connection_marks, exchange_marks, fact };

  std::string_view name;
  Side side;
  Known known;
  bool tls_only;
  Source source;
  std::uint8_t from;  // index of a mark, or a Fact
  std::uint8_t to;
  std::string_view help;
  Purpose purpose = Purpose::any;  // of the exchanges that have it
};

namespace detail {
using C = ConnectionMark;
using X = ExchangeMark;

constexpr Phase marks(std::string_view name, Side side, Known known, bool tls_only, ConnectionMark from, ConnectionMark to,
                      std::string_view help) {
  return {name, side, known, tls_only, Phase::Source::connection_marks, std::uint8_t(from), std::uint8_t(to), help};
}
constexpr Phase marks(std::string_view name, Side side, Known known, ExchangeMark from, ExchangeMark to, std::string_view help,
                      Purpose purpose = Purpose::any) {
  return {name, side, known, false, Phase::Source::exchange_marks, std::uint8_t(from), std::uint8_t(to), help, purpose};
}
constexpr Phase fact(std::string_view name, Side side, bool tls_only, Fact fact, std::string_view help) {
  return {name, side, Known::at_handshake_end, tls_only, Phase::Source::fact, std::uint8_t(fact), 0, help};
}
constexpr Phase fact(std::string_view name, Side side, Known known, Fact fact, std::string_view help) {
  return {name, side, known, false, Phase::Source::fact, std::uint8_t(fact), 0, help};
}
}  // namespace detail

// clang-format off
inline constexpr std::array kPhases{
    detail::fact ("tcp", Side::client, false, Fact::tcp_handshake_rtt, "SYN-ACK to ACK of the three-way handshake, as the kernel measured it"),
    detail::fact ("accept_wait", Side::client, false, Fact::accept_wait, "established to accepted: the wait in the kernel's accept queue"),
    detail::marks("proxy_protocol", Side::client, Known::at_handshake_end, false, detail::C::started, detail::C::proxy_header, "accepted to the end of the PROXY header, where the listener awaits one"),
    detail::marks("client_hello_wait", Side::client, Known::at_handshake_end, true, detail::C::connected, detail::C::first_byte, "accepted, or the end of the PROXY header, to the first byte of the ClientHello"),
    detail::marks("tls_retry", Side::client, Known::at_handshake_end, true, detail::C::hello_retry, detail::C::client_hello, "HelloRetryRequest sent to the second ClientHello received: the round trip that a key share of a group we speak would have saved"),
    detail::marks("tls_server_flight", Side::client, Known::at_handshake_end, true, detail::C::client_hello, detail::C::server_flight, "ClientHello complete to our flight in the kernel's hands: our certificate choice, key exchange and signature"),
    detail::marks("tls_client_flight", Side::client, Known::at_handshake_end, true, detail::C::server_flight, detail::C::client_finished, "our flight sent to the client's Finished: one round trip plus the client's own work"),
    detail::marks("tls", Side::client, Known::at_handshake_end, true, detail::C::first_byte, detail::C::secured, "first byte of the ClientHello to the end of the TLS handshake"),
    detail::fact ("tls_compute", Side::client, true, Fact::tls_compute, "wall time inside the TLS library, summed over the handshake"),
    detail::marks("h2_preface", Side::client, Known::at_settings, false, detail::C::ready, detail::C::settings_received, "connection ready to the client's HTTP/2 SETTINGS, which follow its preface; none where they came in early data"),
    detail::marks("h2_settings", Side::client, Known::at_settings, false, detail::C::settings_sent, detail::C::settings_acknowledged, "our HTTP/2 SETTINGS sent to the client's acknowledgement: one round trip plus the client's own work"),
    detail::marks("first_request", Side::client, Known::at_first_exchange, false, detail::C::ready, detail::C::first_head, "connection ready to the first complete request head; none where that came in early data"),
    detail::marks("websocket_upgrade", Side::client, Known::at_tunnel_opened, detail::X::head_received, detail::X::reply_head_sent, "WebSocket opening handshake: request head complete to our answer sent, the upstream's part included", Purpose::websocket),
    detail::marks("connect_tunnel", Side::client, Known::at_tunnel_opened, detail::X::head_received, detail::X::reply_head_sent, "CONNECT complete to our 2xx sent, finding and reaching the target included", Purpose::connect),
    detail::marks("h2_drain", Side::client, Known::at_close, false, detail::C::drain_begun, detail::C::drained, "GOAWAY of either end, where requests were under way, to the end of the last of them"),
    detail::fact ("close", Side::client, Known::at_close, Fact::close, "first FIN, RST or close_notify of either end to the end of both directions, where both were seen"),
    detail::marks("pool_wait", Side::upstream, Known::at_exchange_end, detail::X::upstream_asked, detail::X::upstream_ready, "asking the pool to having a stream, a new connection's handshake included"),
    detail::marks("dns", Side::upstream, Known::at_exchange_end, detail::X::upstream_asked, detail::X::resolved, "finding the addresses of a forward proxy's target, where they were not known"),
    detail::marks("tcp", Side::upstream, Known::at_handshake_end, false, detail::C::started, detail::C::connected, "dialling to connected: the three-way handshake as the dialling side sees it"),
    detail::marks("tls_server_reply", Side::upstream, Known::at_handshake_end, true, detail::C::client_hello, detail::C::server_hello, "ClientHello sent to ServerHello received: one round trip, or two where the hello had to be repeated, plus the upstream's own work"),
    detail::fact ("tls_verify", Side::upstream, true, Fact::tls_verify, "checking the upstream's certificate; a resumed session brings none"),
    detail::marks("tls", Side::upstream, Known::at_handshake_end, true, detail::C::client_hello, detail::C::secured, "ClientHello sent to the end of the TLS handshake"),
    detail::fact ("tls_compute", Side::upstream, true, Fact::tls_compute, "wall time inside the TLS library, summed over the handshake and the making of the ClientHello before it"),
    detail::marks("h2_settings", Side::upstream, Known::at_settings, false, detail::C::settings_sent, detail::C::settings_received, "our HTTP/2 preface sent to the upstream's SETTINGS"),
    detail::marks("websocket_upgrade", Side::upstream, Known::at_tunnel_opened, detail::X::head_sent, detail::X::reply_head_received, "WebSocket opening handshake: request sent to the upstream's 101", Purpose::websocket),
    detail::marks("first_byte", Side::upstream, Known::at_exchange_end, detail::X::head_sent, detail::X::reply_head_received, "request head sent to response head received"),
    detail::marks("h2_drain", Side::upstream, Known::at_close, false, detail::C::drain_begun, detail::C::drained, "GOAWAY of either end, where requests were under way, to the end of the last of them"),
    detail::fact ("close", Side::upstream, Known::at_close, Fact::close, "first FIN, RST or close_notify of either end to the end of both directions, where both were seen"),
    detail::marks("dns", Side::tunnel, Known::at_tunnel_opened, detail::X::upstream_asked, detail::X::resolved, "finding the addresses of a CONNECT's target, where they were not known", Purpose::connect),
    detail::fact ("tcp", Side::tunnel, Known::at_tunnel_opened, Fact::tunnel_tcp, "the three-way handshake with a CONNECT's target, as the dialling side sees it"),
    detail::fact ("tls", Side::tunnel, Known::at_tunnel_secured, Fact::tunnel_tls, "inside a CONNECT tunnel, by looking on: first byte of the ClientHello to the first byte that the client sent protected"),
};
// clang-format on

// Where a phase between marks of a connection begins: what may follow `connected` cannot before a PROXY header is complete.
inline ConnectionMark beginning(const Phase& phase, const ConnectionRecord& record) {
  const auto from = ConnectionMark(phase.from);
  return from == ConnectionMark::connected && record.timeline.has(ConnectionMark::proxy_header) ? ConnectionMark::proxy_header : from;
}

inline std::optional<Nanos> duration(const Phase& phase, const ConnectionRecord& record) {
  switch (phase.source) {
    case Phase::Source::connection_marks:
      return record.timeline.between(beginning(phase, record), ConnectionMark(phase.to));
    case Phase::Source::fact:
      switch (Fact(phase.from)) {
        case Fact::tcp_handshake_rtt: return record.tcp.handshake_rtt;
        case Fact::accept_wait: return record.tcp.accept_wait;
        case Fact::tls_compute: return record.tls.compute;
        case Fact::tls_verify: return record.tls.verify;
        case Fact::close: return record.close.is_complete && record.close.is_dated ? record.timeline.between(ConnectionMark::closing, ConnectionMark::closed) : std::nullopt;
        case Fact::tunnel_tcp:
        case Fact::tunnel_tls: return std::nullopt;
      }
      return std::nullopt;
    case Phase::Source::exchange_marks: return std::nullopt;
  }
  return std::nullopt;
}

inline std::optional<Nanos> duration(const Phase& phase, const ExchangeRecord& record) {
  if (phase.purpose != Purpose::any && phase.purpose != record.purpose) return std::nullopt;
  if (phase.source == Phase::Source::exchange_marks) return record.timeline.between(ExchangeMark(phase.from), ExchangeMark(phase.to));
  if (phase.source != Phase::Source::fact) return std::nullopt;
  if (Fact(phase.from) == Fact::tunnel_tls && record.tunnel) return record.tunnel->tls;
  const bool has_dialled = record.purpose == Purpose::connect && record.upstream && record.is_first_of_upstream;
  if (Fact(phase.from) == Fact::tunnel_tcp && has_dialled) return record.upstream->timeline.between(ConnectionMark::started, ConnectionMark::connected);
  return std::nullopt;
}

}  // namespace gladhand::timeline
