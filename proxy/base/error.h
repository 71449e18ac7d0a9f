// Errors as values: one small struct, one table.
//
// Leaf functions return std::expected<T, Error>. `Code` says what went wrong in a closed set; its row in `kErrors` is the
// only place that knows the name, the HTTP status of a local reply, the RFC 9209 Proxy-Status error type, and whether a
// request that met it may be sent again. `detail` is a literal or text that outlives the error: an Error never allocates.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string_view>

namespace gladhand {

enum class Code : std::uint8_t {
  ok,
  // What a client sent.
  bad_request,
  request_header_too_large,
  uri_too_long,
  body_too_large,
  request_timeout,
  expectation_failed,
  method_not_allowed,
  not_implemented,
  version_not_supported,
  no_route,
  proxy_authentication_required,
  authentication_overload,
  target_denied,
  misdirected_request,
  answered_by_plugin,
  plugin_overload,
  // What became of the client's connection.
  client_closed,
  client_reset,
  client_idle,
  send_timeout,
  client_protocol_error,
  // What an upstream did.
  dns_failure,
  refused,
  unreachable,
  connect_timeout,
  lost_race,
  response_timeout,
  upstream_closed,
  upstream_reset,
  upstream_idle,
  tunnel_idle,
  stream_refused,
  unsolicited_bytes,
  bad_response,
  response_header_too_large,
  truncated_response,
  no_endpoint,
  pool_overflow,
  out_of_descriptors,
  // Handshakes. The rows of the table that are handshake results are the closed set of them.
  timeout,
  reset,
  client_eof_before_hello,
  client_eof_in_handshake,
  missing_proxy_header,
  bad_proxy_header,
  proxy_header_timeout,
  plaintext_http,
  unsupported_version,
  no_shared_cipher,
  no_shared_group,
  no_shared_alpn,
  unknown_sni,
  bad_client_certificate,
  missing_client_certificate,
  expired_certificate,
  unknown_ca,
  hostname_mismatch,
  alert_received,
  protocol_error,
  local_error,
  refused_by_plugin,
  truncated_tls,
  // Ourselves.
  draining,
  internal,
  count_,
};

struct ErrorRow {
  Code code;
  std::string_view name;
  std::uint16_t status;           // of the local reply; 0: no reply can be made of it
  std::string_view proxy_status;  // RFC 9209 section 2.3 error type; empty: none fits
  bool retryable;                 // nothing of the request can have been acted on
  bool handshake;                 // a result that a handshake can end with: a metric label
  std::string_view help;
};

// clang-format off
inline constexpr std::array<ErrorRow, static_cast<std::size_t>(Code::count_)> kErrors{{
    {Code::ok, "ok", 0, "", false, true, "Nothing went wrong."},
    {Code::bad_request, "bad_request", 400, "http_request_error", false, false, "The request breaks HTTP's grammar or framing rules."},
    {Code::request_header_too_large, "request_header_too_large", 431, "http_request_error", false, false, "The header section is past limits.header_bytes or limits.header_fields."},
    {Code::uri_too_long, "uri_too_long", 414, "http_request_error", false, false, "The request line is past limits.line_bytes."},
    {Code::body_too_large, "body_too_large", 413, "http_request_error", false, false, "The request body is past limits.body_bytes."},
    {Code::request_timeout, "request_timeout", 408, "http_request_error", false, false, "The request did not arrive in time."},
    {Code::expectation_failed, "expectation_failed", 417, "http_request_error", false, false, "Expect names something other than 100-continue."},
    {Code::method_not_allowed, "method_not_allowed", 405, "http_request_error", false, false, "TRACE, or CONNECT on a listener that is no forward proxy."},
    {Code::not_implemented, "not_implemented", 501, "http_request_error", false, false, "The method or transfer coding is not one this listener serves."},
    {Code::version_not_supported, "version_not_supported", 505, "http_request_error", false, false, "The request names an HTTP version other than 1.0 or 1.1."},
    {Code::no_route, "no_route", 404, "destination_not_found", false, false, "No route matches the request's host and path."},
    {Code::proxy_authentication_required, "proxy_authentication_required", 407, "http_request_denied", false, false, "The forward proxy serves those who are in forward.auth, and the client did not show that it is."},
    {Code::authentication_overload, "authentication_overload", 503, "proxy_internal_response", false, false, "Too many passwords wait to be verified."},
    {Code::target_denied, "target_denied", 403, "destination_ip_prohibited", false, false, "The rules of the forward proxy do not allow the target."},
    {Code::misdirected_request, "misdirected_request", 421, "http_request_error", false, false, "The request's host has another certificate than the one this connection was shown."},
    {Code::answered_by_plugin, "answered_by_plugin", 0, "", false, false, "A plugin of the route or listener answered in the upstream's place."},
    {Code::plugin_overload, "plugin_overload", 503, "proxy_internal_response", false, false, "Too many requests wait for the slow work of plugins."},
    {Code::client_closed, "client_closed", 0, "", false, false, "The client closed before its exchange had ended."},
    {Code::client_reset, "client_reset", 0, "", false, false, "The client reset its connection."},
    {Code::client_idle, "client_idle", 0, "", false, false, "The client's connection was idle for timeouts.keep_alive."},
    {Code::send_timeout, "send_timeout", 0, "", false, false, "The client took no bytes for timeouts.send."},
    {Code::client_protocol_error, "client_protocol_error", 0, "", false, false, "The client broke the rules of the connection that its requests shared."},
    {Code::dns_failure, "dns_failure", 502, "dns_error", true, true, "The endpoint's name did not resolve."},
    {Code::refused, "refused", 502, "connection_refused", true, true, "The endpoint refused the connection."},
    {Code::unreachable, "unreachable", 502, "destination_ip_unroutable", true, true, "No route leads to the endpoint."},
    {Code::connect_timeout, "connect_timeout", 504, "connection_timeout", true, false, "The endpoint did not answer the connection attempt in time."},
    {Code::lost_race, "lost_race", 0, "", false, true, "Another address of the endpoint was connected to before it."},
    {Code::response_timeout, "response_timeout", 504, "http_response_timeout", false, false, "The endpoint did not answer the request in time."},
    {Code::upstream_closed, "upstream_closed", 502, "connection_terminated", false, true, "The endpoint closed before it had answered."},
    {Code::upstream_reset, "upstream_reset", 502, "connection_terminated", false, false, "The endpoint reset the connection."},
    {Code::upstream_idle, "upstream_idle", 504, "connection_read_timeout", false, false, "The endpoint stopped in the middle of its answer."},
    {Code::tunnel_idle, "tunnel_idle", 0, "", false, false, "Neither side of a tunnel sent anything for timeouts.tunnel."},
    {Code::stream_refused, "stream_refused", 502, "connection_limit_reached", true, false, "The endpoint refused the request before it looked at it."},
    {Code::unsolicited_bytes, "unsolicited_bytes", 502, "http_protocol_error", false, false, "The endpoint spoke on a connection on which nobody had asked."},
    {Code::bad_response, "bad_response", 502, "http_protocol_error", false, false, "The answer breaks HTTP's grammar or framing rules."},
    {Code::response_header_too_large, "response_header_too_large", 502, "http_response_header_section_size", false, false, "The answer's header section is past the limits."},
    {Code::truncated_response, "truncated_response", 502, "http_response_incomplete", false, false, "The answer ended before its framing said so."},
    {Code::no_endpoint, "no_endpoint", 503, "destination_unavailable", true, false, "The upstream has no endpoint that can be dialled."},
    {Code::pool_overflow, "pool_overflow", 503, "connection_limit_reached", true, false, "The upstream has as many connections as limits allow."},
    {Code::out_of_descriptors, "out_of_descriptors", 503, "proxy_internal_error", false, false, "The process has no file descriptor left for a connection to an upstream."},
    {Code::timeout, "timeout", 0, "connection_timeout", true, true, "The handshake did not end in time."},
    {Code::reset, "reset", 502, "connection_terminated", true, true, "The peer reset the connection during the handshake."},
    {Code::client_eof_before_hello, "client_eof_before_hello", 0, "", false, true, "The client closed before it had sent a byte."},
    {Code::client_eof_in_handshake, "client_eof_in_handshake", 0, "", false, true, "The client closed during the handshake."},
    {Code::missing_proxy_header, "missing_proxy_header", 0, "", false, true, "A connection from one of the networks of proxy_protocol began with something else than a PROXY header."},
    {Code::bad_proxy_header, "bad_proxy_header", 0, "", false, true, "The PROXY header is malformed, or longer than the limits."},
    {Code::proxy_header_timeout, "proxy_header_timeout", 0, "", false, true, "The PROXY header was not complete when timeouts.handshake had passed."},
    {Code::plaintext_http, "plaintext_http", 400, "http_request_error", false, true, "The client spoke HTTP without TLS on a TLS listener."},
    {Code::unsupported_version, "unsupported_version", 502, "tls_protocol_error", false, true, "No TLS version is shared with the peer."},
    {Code::no_shared_cipher, "no_shared_cipher", 502, "tls_protocol_error", false, true, "No cipher suite is shared with the peer."},
    {Code::no_shared_group, "no_shared_group", 502, "tls_protocol_error", false, true, "No key exchange group is shared with the peer."},
    {Code::no_shared_alpn, "no_shared_alpn", 502, "tls_protocol_error", false, true, "No application protocol is shared with the peer."},
    {Code::unknown_sni, "unknown_sni", 0, "tls_protocol_error", false, true, "The server name is none that this listener serves."},
    {Code::bad_client_certificate, "bad_client_certificate", 0, "tls_certificate_error", false, true, "The client's certificate was not accepted."},
    {Code::missing_client_certificate, "missing_client_certificate", 0, "tls_certificate_error", false, true, "The client sent no certificate where one is required."},
    {Code::expired_certificate, "expired_certificate", 502, "tls_certificate_error", false, true, "A certificate is out of its validity period."},
    {Code::unknown_ca, "unknown_ca", 502, "tls_certificate_error", false, true, "A certificate's issuer is not trusted."},
    {Code::hostname_mismatch, "hostname_mismatch", 502, "tls_certificate_error", false, true, "A certificate is for another name."},
    {Code::alert_received, "alert_received", 502, "tls_alert_received", false, true, "The peer ended the handshake with an alert."},
    {Code::protocol_error, "protocol_error", 502, "tls_protocol_error", false, true, "The peer broke the handshake protocol."},
    {Code::local_error, "local_error", 500, "proxy_internal_error", false, true, "The handshake failed on our side."},
    {Code::refused_by_plugin, "refused_by_plugin", 0, "", false, true, "A plugin of the listener refused the connection when its handshake was over."},
    {Code::truncated_tls, "truncated_tls", 502, "connection_terminated", false, false, "TLS ended without close_notify where the message needed it."},
    {Code::draining, "draining", 503, "proxy_internal_response", true, false, "The proxy is shutting down."},
    {Code::internal, "internal", 500, "proxy_internal_error", false, false, "A defect of the proxy."},
}};
// clang-format on

constexpr const ErrorRow& row(Code code) { return kErrors[static_cast<std::size_t>(code)]; }

static_assert([] {
  for (std::size_t i = 0; i < kErrors.size(); ++i) {
    if (static_cast<std::size_t>(kErrors[i].code) != i || kErrors[i].name.empty() || kErrors[i].help.empty()) return false;
  }
  return true;
}(), "every Code has its row, in the order of the enum");

struct Error {
  Code code = Code::ok;
  std::string_view detail = {};

  std::string_view name() const { return row(code).name; }
};

template <class T>
using Expected = std::expected<T, Error>;

// Not a member of any class's flow, just the short way to write `return std::unexpected(Error{...})`.
inline std::unexpected<Error> failure(Code code, std::string_view detail = {}) { return std::unexpected(Error{code, detail}); }

}  // namespace gladhand
