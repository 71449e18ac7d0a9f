// The instants that are kept of every connection and every exchange.
//
// A mark names a moment; a phase (phases.h) names the distance between two. Both sides share the connection marks: the
// client's connection is accepted, the upstream's is dialled, and what follows is the same handshake seen from two ends.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gladhand::timeline {

enum class Side : std::uint8_t {
  client,
  upstream,
  tunnel,  // between the two, looking on: no connection is of this side
};
inline constexpr std::array<std::string_view, 3> kSideNames{"client", "upstream", "tunnel"};

enum class ConnectionMark : std::uint8_t {
  started,            // client: accept() returned. upstream: the dial began
  resolved,           // upstream: the endpoint's addresses are known
  connected,          // the three-way handshake is over, as far as this process can tell
  proxy_header,       // client: the PROXY header is complete that a load balancer sent in front
  first_byte,         // the peer's first byte was read, a PROXY header's apart; under TLS, the first byte of its ClientHello
  hello_retry,        // a HelloRetryRequest is in the kernel's hands (client) or was read (upstream)
  client_hello,       // a whole ClientHello was read (client) or written (upstream); of two, the client's second one
  server_hello,       // the ServerHello was written (client) or read (upstream)
  server_flight,      // our flight, ServerHello to Finished or ServerHelloDone, is in the kernel's hands
  client_finished,    // the client's Finished arrived
  cert_verified,      // the peer's certificate was found to be good
  secured,            // TLS is done
  ready,              // HTTP may flow
  settings_sent,      // our first SETTINGS went to the kernel
  settings_received,  // the peer's first SETTINGS arrived; unset where they came in early data
  settings_acknowledged,  // the peer has applied ours
  first_head,         // the first request's head is complete; unset where it came in early data, before `ready`
  drain_begun,        // either end wants no more streams, while some were open
  drained,            // the last of them has ended
  closing,            // the first close signal, from either end
  closed,             // the connection is gone
  count_,
};
inline constexpr std::array<std::string_view, static_cast<std::size_t>(ConnectionMark::count_)> kConnectionMarkNames{
    "started",       "resolved",        "connected", "proxy_header", "first_byte", "hello_retry", "client_hello", "server_hello",
    "server_flight", "client_finished", "cert_verified", "secured",   "ready",      "settings_sent",
    "settings_received", "settings_acknowledged", "first_head", "drain_begun",
    "drained",       "closing",         "closed"};

// Of a request that was sent to several upstreams, `upstream_asked` to `head_sent` are those of the last: what the others took
// lies between `routed` and `upstream_asked`, and is charged to nobody.
enum class ExchangeMark : std::uint8_t {
  head_received,        // the request's head is complete
  filtered,             // all plugins have let it pass; unset where there are none
  routed,               // an upstream was chosen
  upstream_asked,       // the pool was asked for a stream
  resolved,             // the addresses of a target that was not known yet were found
  upstream_ready,       // the pool gave one
  head_sent,            // the request's head went to the upstream's codec
  request_ended,        // the last byte of the request came
  reply_head_received,  // the final response's head is complete
  reply_head_sent,      // the final response's head went to the client's codec
  reply_ended,          // the last byte of the response came
  finished,             // both halves are over
  count_,
};
inline constexpr std::array<std::string_view, static_cast<std::size_t>(ExchangeMark::count_)> kExchangeMarkNames{
    "head_received", "filtered",      "routed",              "upstream_asked",  "resolved",        "upstream_ready",
    "head_sent",     "request_ended", "reply_head_received", "reply_head_sent", "reply_ended", "finished"};

template <class Mark>
constexpr std::size_t index(Mark mark) {
  return static_cast<std::size_t>(mark);
}
constexpr std::string_view name(Side side) { return kSideNames[index(side)]; }
constexpr std::string_view name(ConnectionMark mark) { return kConnectionMarkNames[index(mark)]; }
constexpr std::string_view name(ExchangeMark mark) { return kExchangeMarkNames[index(mark)]; }

}  // namespace gladhand::timeline
