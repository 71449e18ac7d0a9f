// Every duration Gladhand publishes, once.
//
// Metrics, access log and reference page read these rows; adding a phase is adding a row. A phase is the distance between
// two marks, or a figure that only the kernel or the TLS library can know (a fact).
#pragma once

#include "timeline/records.h"

namespace gladhand::timeline {

enum class Fact : std::uint8_t { tcp_handshake_rtt, accept_wait, tls_compute, tls_verify, tunnel_tls };

// When a phase is known, and therefore reported.
enum class Known : std::uint8_t {
  at_handshake_end,   // once for each connection
  at_first_exchange,  // once for each connection that carried an exchange, when that exchange is over
  at_exchange_end,    // once for each exchange
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
};

namespace detail {
using C = ConnectionMark;
using X = ExchangeMark;

constexpr Phase marks(std::string_view name, Side side, Known known, bool tls_only, ConnectionMark from, ConnectionMark to,
                      std::string_view help) {
  return {name, side, known, tls_only, Phase::Source::connection_marks, std::uint8_t(from), std::uint8_t(to), help};
}
constexpr Phase marks(std::string_view name, Side side, Known known, ExchangeMark from, ExchangeMark to, std::string_view help) {
  return {name, side, known, false, Phase::Source::exchange_marks, std::uint8_t(from), std::uint8_t(to), help};
}
constexpr Phase fact(std::string_view name, Side side, bool tls_only, Fact fact, std::string_view help) {
  const Known known = side == Side::tunnel ? Known::at_tunnel_secured : Known::at_handshake_end;
  return {name, side, known, tls_only, Phase::Source::fact, std::uint8_t(fact), 0, help};
}
}  // namespace detail

// clang-format off
inline constexpr std::array kPhases{
    detail::fact ("tcp", Side::client, false, Fact::tcp_handshake_rtt, "SYN-ACK to ACK of the three-way handshake, as the kernel measured it"),
    detail::fact ("accept_wait", Side::client, false, Fact::accept_wait, "established to accepted: the wait in the kernel's accept queue"),
    detail::marks("client_hello_wait", Side::client, Known::at_handshake_end, true, detail::C::connected, detail::C::first_byte, "accepted to the first byte of the ClientHello"),
    detail::marks("tls_retry", Side::client, Known::at_handshake_end, true, detail::C::hello_retry, detail::C::client_hello, "HelloRetryRequest sent to the second ClientHello received: the round trip that a key share of a group we speak would have saved"),
    detail::marks("tls_server_flight", Side::client, Known::at_handshake_end, true, detail::C::client_hello, detail::C::server_flight, "ClientHello complete to our flight in the kernel's hands: our certificate choice, key exchange and signature"),
    detail::marks("tls_client_flight", Side::client, Known::at_handshake_end, true, detail::C::server_flight, detail::C::client_finished, "our flight sent to the client's Finished: one round trip plus the client's own work"),
    detail::marks("tls", Side::client, Known::at_handshake_end, true, detail::C::first_byte, detail::C::secured, "first byte of the ClientHello to the end of the TLS handshake"),
    detail::fact ("tls_compute", Side::client, true, Fact::tls_compute, "wall time inside the TLS library, summed over the handshake"),
    detail::marks("first_request", Side::client, Known::at_first_exchange, false, detail::C::ready, detail::C::first_head, "connection ready to the first complete request head"),
    detail::marks("pool_wait", Side::upstream, Known::at_exchange_end, detail::X::upstream_asked, detail::X::upstream_ready, "asking the pool to having a stream, a new connection's handshake included"),
    detail::marks("tcp", Side::upstream, Known::at_handshake_end, false, detail::C::started, detail::C::connected, "dialling to connected: the three-way handshake as the dialling side sees it"),
    detail::marks("tls_server_reply", Side::upstream, Known::at_handshake_end, true, detail::C::client_hello, detail::C::server_hello, "ClientHello sent to ServerHello received: one round trip, or two where the hello had to be repeated, plus the upstream's own work"),
    detail::fact ("tls_verify", Side::upstream, true, Fact::tls_verify, "checking the upstream's certificate; a resumed session brings none"),
    detail::marks("tls", Side::upstream, Known::at_handshake_end, true, detail::C::client_hello, detail::C::secured, "ClientHello sent to the end of the TLS handshake"),
    detail::fact ("tls_compute", Side::upstream, true, Fact::tls_compute, "wall time inside the TLS library, summed over the handshake and the making of the ClientHello before it"),
    detail::marks("first_byte", Side::upstream, Known::at_exchange_end, detail::X::head_sent, detail::X::reply_head_received, "request head sent to response head received"),
    detail::fact ("tls", Side::tunnel, false, Fact::tunnel_tls, "inside a CONNECT tunnel, by looking on: first byte of the ClientHello to the first byte that the client sent protected"),
};
// clang-format on

inline std::optional<Nanos> duration(const Phase& phase, const ConnectionRecord& record) {
  switch (phase.source) {
    case Phase::Source::connection_marks:
      return record.timeline.between(ConnectionMark(phase.from), ConnectionMark(phase.to));
    case Phase::Source::fact:
      switch (Fact(phase.from)) {
        case Fact::tcp_handshake_rtt: return record.tcp.handshake_rtt;
        case Fact::accept_wait: return record.tcp.accept_wait;
        case Fact::tls_compute: return record.tls.compute;
        case Fact::tls_verify: return record.tls.verify;
        case Fact::tunnel_tls: return std::nullopt;
      }
      return std::nullopt;
    case Phase::Source::exchange_marks: return std::nullopt;
  }
  return std::nullopt;
}

inline std::optional<Nanos> duration(const Phase& phase, const ExchangeRecord& record) {
  if (phase.source == Phase::Source::fact && Fact(phase.from) == Fact::tunnel_tls && record.tunnel) return record.tunnel->tls;
  if (phase.source != Phase::Source::exchange_marks) return std::nullopt;
  return record.timeline.between(ExchangeMark(phase.from), ExchangeMark(phase.to));
}

}  // namespace gladhand::timeline
