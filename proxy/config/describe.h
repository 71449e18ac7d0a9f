// Every setting, once: its key, its range and its help. The default is the member's initialiser in config.h.
//
// One describe() per struct shows its members to a visitor, in the order in which a reference page lists them. A
// visitor offers these members:
//
//     field(key, member, help)                   bool, std::string, std::vector<std::string>, an enum, a struct
//     field(key, member, constraint, help)       with one of constraint.h; a list of an enum's words is one of them
//     optional(key, is_given, member, help)      a table whose presence alone has a meaning; is_given is a bool&
//     tables(key, vector, help)                  [[key]]
//     named_tables(key, vector, help)            [key.NAME]; the element's `name` is NAME
//     plugins(key, vector, help)                 a list of plugins and their options, of which the plugins know more
//     place(key, place)                          where the value of `key` came from; for readers only
//
// The words of an enum stand in kWords<Enum>, in the order of its enumerators.
#pragma once

#include <array>
#include <string_view>

#include "config/config.h"
#include "config/constraint.h"

namespace gladhand::config {

template <class Enum>
inline constexpr std::array<std::string_view, 0> kWords;

template <>
inline constexpr std::array<std::string_view, 4> kWords<LogLevel>{"error", "warning", "info", "debug"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<AccessFormat>{"off", "json"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<TlsMinimum>{"1.2", "1.3"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<Balance>{"round_robin", "least_request"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<Protocol>{"h2", "http/1.1"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<Mode>{"reverse", "forward"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<Redirect>{"none", "https"};
template <>
inline constexpr std::array<std::string_view, 4> kWords<Forwarded>{"none", "x-forwarded", "rfc7239", "both"};
template <>
inline constexpr std::array<std::string_view, 5> kWords<RetryOn>{"connect", "reset", "502", "503", "504"};

static_assert(kWords<LogLevel>.size() == static_cast<std::size_t>(LogLevel::debug) + 1);
static_assert(kWords<AccessFormat>.size() == static_cast<std::size_t>(AccessFormat::json) + 1);
static_assert(kWords<TlsMinimum>.size() == static_cast<std::size_t>(TlsMinimum::tls1_3) + 1);
static_assert(kWords<Balance>.size() == static_cast<std::size_t>(Balance::least_request) + 1);
static_assert(kWords<Protocol>.size() == static_cast<std::size_t>(Protocol::http1_1) + 1);
static_assert(kWords<Mode>.size() == static_cast<std::size_t>(Mode::forward) + 1);
static_assert(kWords<Redirect>.size() == static_cast<std::size_t>(Redirect::https) + 1);
static_assert(kWords<Forwarded>.size() == static_cast<std::size_t>(Forwarded::both) + 1);
static_assert(kWords<RetryOn>.size() == static_cast<std::size_t>(RetryOn::gateway_timeout) + 1);

// As it is spelled in the file.
template <class Enum>
constexpr std::string_view word(Enum value) {
  return kWords<Enum>[static_cast<std::size_t>(value)];
}

inline constexpr Millis kSecond{1'000};
inline constexpr Millis kHour{3'600'000};
inline constexpr Millis kDay{24 * kHour};
inline constexpr Span kTimeout{Millis{1}, kDay};  // a timeout is never nothing, and never for ever

template <class Visitor>
void describe(Visitor& v, Server& s) {
  v.field("workers", s.workers, Count{0, 1024}, "Event loops, one thread each. 0: one for each core.");
  v.field("shutdown_delay", s.shutdown_delay, Span{Millis{0}, kHour},
          "How long a terminating proxy still accepts connections, while load balancers learn that it is not ready.");
  v.field("drain_timeout", s.drain_timeout, Span{Millis{0}, kDay},
          "How long open exchanges may go on once accepting has stopped; then they are cut.");
  v.field("admin", s.admin,
          "Where the live page, metrics and health checks listen: \"host:port\". \"\" or \"off\": nowhere.");
  v.place("admin", s.admin_place);
  v.field("admin_hosts", s.admin_hosts,
          "Host names by which the admin listener may be asked, such as a service's in a cluster. Addresses, `localhost` and "
          "the host of `admin` need not be named; health checks are answered whatever the name.");
  v.field("admin_token", s.admin_token, secret,
          "What whoever asks the admin listener to change something must show, as `Authorization: Bearer TOKEN`; better "
          "\"${VARIABLE}\" than the token itself. Commands show $GLADHAND_ADMIN_TOKEN.");
  v.place("admin_token", s.admin_token_place);
  v.field("admin_token_file", s.admin_token_file, file_path,
          "File whose first line is the token, relative to this file, instead of admin_token. It is read again when it changes.");
  v.place("admin_token_file", s.admin_token_file_place);
}

template <class Visitor>
void describe(Visitor& v, AccessLog& a) {
  v.field("format", a.format, "How a finished exchange is written down.");
  v.field("file", a.file, non_empty, "\"stdout\" or the path of a file to append to. SIGUSR1 opens it again, under its name.");
  v.field("request_headers", a.request_headers,
          "Names of header fields whose values are written down as the client sent them: at most 16, and 512 bytes of each.");
  v.field("response_headers", a.response_headers, "The same, as the client was sent them.");
  v.field("redact", a.redact,
          "Names of header fields that hold secrets: should they be among the two, \"[redacted]\" stands in the place of their "
          "values. Another list takes the place of this one.");
}

template <class Visitor>
void describe(Visitor& v, Log& l) {
  v.field("level", l.level, "The least important kind of message that is still logged.");
  v.field("access", l.access, "The access log: one line for each exchange and each connection.");
}

template <class Visitor>
void describe(Visitor& v, Limits& l) {
  v.field("header_bytes", l.header_bytes, Bytes{1024, 1 << 20}, "Of one header section; more is answered with 431.");
  v.field("header_fields", l.header_fields, Count{1, 10'000},
          "Fields of one header section; more is answered with 431.");
  v.field("line_bytes", l.line_bytes, Bytes{256, 1 << 20}, "Of a request line; more is answered with 414.");
  v.field("body_bytes", l.body_bytes, Bytes{0, INT64_MAX},
          "Of a request body; more is answered with 413. 0: no limit.");
  v.field("streams", l.streams, Count{1, 10'000}, "HTTP/2 requests that one connection may have open at once.");
  v.field("early_data_bytes", l.early_data_bytes, Bytes{1024, 64 * 1024},
          "Of one connection's TLS early data; more ends it. Counts where tls.early_data is on.");
  v.field("connection_requests", l.connection_requests, Count{1, UINT32_MAX},
          "Requests on one connection; after that many it is closed.");
}

template <class Visitor>
void describe(Visitor& v, ListenerTimeouts& t) {
  v.field("handshake", t.handshake, kTimeout, "From accept to the end of the PROXY header and the TLS handshake.");
  v.field("header", t.header, kTimeout, "From the first byte of a request head to its last; a total.");
  v.field("body", t.body, kTimeout, "Between two pieces of a request body.");
  v.field("keep_alive", t.keep_alive, kTimeout, "Between two requests on one connection.");
  v.field("send", t.send, kTimeout, "While the client takes no byte of a response.");
}

template <class Visitor>
void describe(Visitor& v, Tls& t) {
  v.field("min", t.min, "The oldest TLS version that is spoken.");
  v.field("certificates", t.certificates,
          "Names of [certificate.NAME]. The one that fits the client's server name is shown, else the first.");
  v.field("self_signed", t.self_signed,
          "Use a certificate of our own making, which no client trusts: for trying things out.");
  v.field("refuse_unknown_names", t.refuse_unknown_names,
          "Refuse clients that ask for a name that no certificate is for. false: they are shown the first one.");
  v.field("ja4", t.ja4, "Write the JA4 fingerprint of each client, which tells programs from each other, into the access log.");
  v.field("early_data", t.early_data,
          "Take requests in TLS 1.3 early data (0-RTT), which saves returning clients a round trip. GET, HEAD and OPTIONS "
          "without content are forwarded at once with `Early-Data: 1`, others when the handshake is over. For upstreams "
          "that know that field and answer 425 where a replay would do harm (RFC 8470).");
  v.field("tickets", t.tickets, file_path,
          "File of session ticket keys, relative to the main file, that replicas share, so that each resumes the sessions of "
          "all: what `gladhand tickets new` writes. It is read again when it changes. Default: keys of this process's own.");
  v.place("tickets", t.tickets_place);
  v.field("client_ca", t.client_ca, file_path,
          "PEM file of authorities, relative to the main file: clients must show a certificate that one of them has signed. "
          "Default: clients are asked for none.");
  v.place("client_ca", t.client_ca_place);
}

template <class Visitor>
void describe(Visitor& v, UpstreamTimeouts& t) {
  v.field("connect", t.connect, kTimeout, "For a connection to an endpoint, whichever of its addresses it leads to, its TLS handshake included.");
  v.field("first_byte", t.first_byte, kTimeout, "From the request's last byte to the response head.");
  v.field("idle", t.idle, kTimeout, "Between two pieces of a response body, or while no byte of a request is taken.");
  v.field("tunnel", t.tunnel, kTimeout, "Between two pieces of a tunnel (WebSocket or another upgrade), in either direction.");
  v.field("pool_idle", t.pool_idle, kTimeout, "How long an unused connection is kept.");
}

template <class Visitor>
void describe(Visitor& v, Forward& f) {
  v.field("allow", f.allow, non_empty,
          "Targets that may be asked for: \"*\", \"example.com\", \"*.example.com\", an address or a network, each with "
          "\":port\" or \":*\" for every port. Without a port: 80 and 443.");
  v.field("deny", f.deny,
          "Targets that may not, whatever `allow` says: the same, or \"private\" for every address that the Internet does "
          "not route. Without a port: every port.");
  v.field("auth", f.auth, file_path, "htpasswd file of those who may ask, relative to the main file. Default: everybody.");
  v.place("auth", f.auth_place);
  v.field("timeouts", f.timeouts, "How long a target may take.");
  v.field("max_connections", f.max_connections, Count{1, 1'000'000}, "To targets, of each worker.");
}

template <class Visitor>
void describe(Visitor& v, Listener& l) {
  v.field("name", l.name, non_empty, "What logs and metrics call it. Default: the address.");
  v.field("address", l.address, required,
          "\"host:port\", \"[v6]:port\", or \":port\" for every address of this machine. Port 0: the kernel chooses.");
  v.field("mode", l.mode,
          "\"reverse\": routes say where requests go; \"forward\": clients say it, as they do to a proxy.");
  v.field("redirect", l.redirect,
          "\"https\": answer every request with 308 to the first listener that speaks TLS, same host, path and query.");
  v.field("protocols", l.protocols, non_empty,
          "What clients may speak, the preferred one first. Without TLS, HTTP/2 needs a client that knows (\"prior knowledge\").");
  v.optional("forward", l.has_forward, l.forward, "Which targets a forward proxy reaches, and for whom.");
  v.optional("tls", l.has_tls, l.tls, "Speak TLS. Needs certificates or self_signed.");
  v.field("forwarded", l.forwarded, "Which header fields tell the upstream who the client is.");
  v.field("trusted_proxies", l.trusted_proxies,
          "Networks, such as \"10.0.0.0/8\", whose X-Forwarded-*, Forwarded and X-Real-IP are believed.");
  v.field("proxy_protocol", l.proxy_protocol,
          "Networks, such as \"10.0.0.0/8\", of load balancers: connections from there must begin with a PROXY header, "
          "version 1 or 2, whose client counts as ours. From elsewhere none is accepted.");
  v.field("limits", l.limits, "What a client may send.");
  v.field("timeouts", l.timeouts, "How long a client may take.");
  v.field("backlog", l.backlog, Count{1, 65'535}, "Connections that may wait to be accepted, for each worker.");
  v.field("fast_open", l.fast_open, Count{0, 65'535},
          "TCP Fast Open: connections, of each worker, that may bring data in their SYN before they are established. 0: "
          "off. Needs 2 in net.ipv4.tcp_fastopen.");
  v.place("fast_open", l.fast_open_place);
  v.field("fast_open_key", l.fast_open_key, file_path,
          "File of the key of Fast Open cookies, which replicas share: 32 hexadecimal digits on a line, the previous key "
          "on the next. It is read again when it changes. Default: a key of the kernel's own.");
  v.place("fast_open_key", l.fast_open_key_place);
  v.field("saved_syn", l.saved_syn,
          "Record the TTL, window and options of each client's SYN. They tell kinds of devices apart.");
  v.plugins("plugins", l.plugins,
            "What looks at every handshake and request, in this order: \"name\" or { name = \"name\", option = value }.");
}

template <class Visitor>
void describe(Visitor& v, Certificate& c) {
  v.field("cert", c.cert, required_path, "PEM file of the certificate chain, leaf first; relative to the main file.");
  v.place("cert", c.cert_place);
  v.field("key", c.key, required_path, "PEM file of the leaf's private key; relative to the main file.");
  v.place("key", c.key_place);
  v.field("ocsp", c.ocsp, file_path,
          "DER file of what the OCSP responder says of the certificate, relative to the main file: sent to clients that ask. "
          "Read at start, and no longer sent once it has expired. Default: none.");
  v.place("ocsp", c.ocsp_place);
}

template <class Visitor>
void describe(Visitor& v, UpstreamTls& t) {
  v.field("verify", t.verify, "Refuse endpoints that cannot prove who they are. false: anybody may pose as them.");
  v.field("ca", t.ca, file_path,
          "PEM file of the authorities that are trusted, relative to the main file. Default: those of the system.");
  v.place("ca", t.ca_place);
  v.field("server_name", t.server_name, non_empty,
          "Who an endpoint must prove to be, and which name it is asked for. Default: the host of its URL.");
  v.field("min", t.min, "The oldest TLS version that is spoken.");
  v.field("certificate", t.certificate, non_empty,
          "The name of a [certificate.NAME] to show to endpoints that ask for one. Default: none.");
}

template <class Visitor>
void describe(Visitor& v, Sticky& s) {
  v.field("cookie", s.cookie, required, "The name of the cookie that says which endpoint a client belongs to.");
}

template <class Visitor>
void describe(Visitor& v, HealthCheck& h) {
  v.field("path", h.path, non_empty,
          "What is asked of each endpoint, by GET, as it would be of any request: \"/healthz\". Default: an endpoint that can "
          "be connected to, under TLS where that is spoken, is healthy.");
  v.field("host", h.host, non_empty, "The Host of what is asked. Default: the endpoint's own.");
  v.field("status", h.status, non_empty, "Answers of a healthy endpoint: \"204\", \"200-399\".");
  v.field("interval", h.interval, Span{Millis{100}, kHour}, "From one check of an endpoint to its next.");
  v.field("timeout", h.timeout, Span{Millis{10}, kHour}, "How long a check may take, connecting included. At most the interval.");
  v.field("unhealthy_after", h.unhealthy_after, Count{1, 100}, "Failures in a row after which an endpoint gets no requests.");
  v.field("healthy_after", h.healthy_after, Count{1, 100}, "Successes in a row after which it gets them again.");
}

template <class Visitor>
void describe(Visitor& v, Upstream& u) {
  v.field("endpoints", u.endpoints, required,
          "Where to connect: \"http://host:port\", \"https://host:port\", or \"h2c://host:port\" for HTTP/2 without "
          "TLS. Without a port: 80, or 443 for https.");
  v.optional("tls", u.has_tls, u.tls, "How https:// endpoints are told from impostors.");
  v.field("protocols", u.protocols, non_empty, "What https:// endpoints are offered, the first one first.");
  v.field("balance", u.balance,
          "How the endpoint of a request is chosen: one after the other, or the one with the fewest requests of the worker.");
  v.field("sticky", u.sticky, "Send a client's requests to the endpoint that answered its first one. Default: off.");
  v.optional("health", u.has_health, u.health,
             "Ask endpoints now and then whether they are well, and send requests to those that are. When none is, all get "
             "them. Default: nobody is asked.");
  v.field("timeouts", u.timeouts, "How long an endpoint may take.");
  v.field("fast_open", u.fast_open,
          "TCP Fast Open: once an endpoint has given us a cookie, send the ClientHello in the SYN, or without TLS an "
          "idempotent request that has no body. Needs 1 in net.ipv4.tcp_fastopen.");
  v.field("max_connections", u.max_connections, Count{1, 1'000'000}, "Of each worker to each endpoint.");
  v.field("max_pending", u.max_pending, Count{0, 1'000'000},
          "Requests of each worker that may wait for a connection; more are answered with 503.");
}

template <class Visitor>
void describe(Visitor& v, Match& m) {
  v.field("host", m.host, non_empty, "\"example.com\" or \"*.example.com\". Default: every host.");
  v.field("path", m.path, non_empty, "\"/exact\", or \"/api/*\" for everything below. Default: every path.");
}

template <class Visitor>
void describe(Visitor& v, Rewrite& r) {
  v.field("strip_prefix", r.strip_prefix, non_empty,
          "What paths lose that begin with it: with \"/api\", /api/users becomes /users. Others stay as they are.");
  v.field("add_prefix", r.add_prefix, non_empty, "What stands before every path then: with \"/v2\", /users becomes /v2/users.");
}

template <class Visitor>
void describe(Visitor& v, Retry& r) {
  v.field("attempts", r.attempts, Count{1, 10}, "How often a request is tried in all. 1: never again.");
  v.field("on", r.on, non_empty,
          "After what: \"connect\", no connection came about; \"reset\", it broke before an answer; or the status of an answer. "
          "Once a request was sent, only an idempotent one without a body is sent again (RFC 9110 section 9.2.2), and such "
          "attempts are at most a fifth of the upstream's requests.");
}

template <class Visitor>
void describe(Visitor& v, Route& r) {
  v.field("match", r.match, "Which requests; of several routes that match, the first one wins.");
  v.field("upstream", r.upstream, required, "The name of an [upstream.NAME], or a URL as in its endpoints.");
  v.field("rewrite", r.rewrite, "What the upstream sees of the path. Answers stay as they are: a Location must be right for clients.");
  v.optional("retry", r.has_retry, r.retry,
             "Which requests are tried again, if possible with another endpoint. Default: those that reached none.");
  v.field("preserve_host", r.preserve_host, "Send the client's Host to the upstream; false: the endpoint's own.");
  v.field("push", r.push,
          "Offer what a response's Link fields say to preload as HTTP/2 server push to clients that allow it.");
  v.field("server_timing", r.server_timing,
          "Add Server-Timing to responses: how long TCP, TLS, attempts that came to nothing, the wait for a connection, its making and the upstream took. "
          "Browsers show it, and pages can read it.");
  v.field("timing_allow_origin", r.timing_allow_origin, non_empty,
          "Origins whose pages may read the timing, too, or \"*\". Default: the response's own origin alone.");
  v.plugins("plugins", r.plugins,
            "What looks at its requests and responses, behind those of the listener: \"name\" or { name = \"name\", option = value }.");
}

template <class Visitor>
void describe(Visitor& v, PluginFile& p) {
  v.field("path", p.path, required_path, "The shared object of a plugin that is not shipped with Gladhand, relative to the main file.");
  v.place("path", p.path_place);
}

template <class Visitor>
void describe(Visitor& v, Config& c) {
  v.field("include", c.include, non_empty,
          "Further files, relative to the main file: a path, or a pattern with *, ? and [...]. Their tables stand behind those of the "
          "main file, in the order of this list and, of one pattern, of their names. In the main file only, as [server] and [log] are.");
  v.field("server", c.server, "The process as a whole.");
  v.field("log", c.log, "What is written down.");
  v.tables("listener", c.listeners, "An address that clients connect to.");
  v.named_tables("certificate", c.certificates, "A certificate and its private key.");
  v.named_tables("upstream", c.upstreams, "A service behind the proxy, and its endpoints.");
  v.tables("route", c.routes, "Which requests go to which upstream.");
  v.named_tables("plugin", c.plugins, "A plugin that is not shipped with Gladhand.");
}

}  // namespace gladhand::config
