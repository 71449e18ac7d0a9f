// The configuration as plain values: what a reload publishes as one immutable snapshot.
//
// The structs know nothing of TOML. Keys, defaults, ranges and help stand in describe.h; checks across values in
// validate.h. References between tables are by name in the file and by index here, resolved by validate().
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gladhand::config {

using Millis = std::chrono::milliseconds;

// Where a value came from: "file:line:column" of an error message. Line 0: a default or a command line option.
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  // Values are the same wherever they stand.
  bool operator==(const Place&) const { return true; }
};

enum class LogLevel : std::uint8_t { error, warning, info, debug };
enum class AccessFormat : std::uint8_t { off, json };
enum class TlsMinimum : std::uint8_t { tls1_2, tls1_3 };
enum class Balance : std::uint8_t { round_robin, least_request };
// What ALPN may agree on (RFC 7301).
enum class Protocol : std::uint8_t { h2, http1_1 };
// How an endpoint is spoken to.
enum class Scheme : std::uint8_t {
  http,   // HTTP/1.1 in the clear
  https,  // under TLS, which agrees on the protocol
  h2c,    // HTTP/2 in the clear, with prior knowledge (RFC 9113 section 3.3)
};
constexpr std::uint16_t default_port(Scheme scheme) { return scheme == Scheme::https ? 443 : 80; }
// What the clients of a listener think that they talk to.
enum class Mode : std::uint8_t {
  reverse,  // the server itself: routes say which upstream answers
  forward,  // a proxy: each request names its target
};
// Where a listener sends its clients instead of serving them.
enum class Redirect : std::uint8_t { none, https };
// Which fields tell the upstream who the client is.
enum class Forwarded : std::uint8_t { none, x_forwarded, rfc7239, both };

// What came of an attempt that may be worth another.
enum class RetryOn : std::uint8_t {
  connect,  // no connection
  reset,    // a connection that broke before there was an answer
  bad_gateway,
  unavailable,
  gateway_timeout,
};

struct Server {
  std::uint32_t workers = 0;  // 0: one for each core
  Millis shutdown_delay{0};
  Millis drain_timeout{25'000};
  std::string admin = "127.0.0.1:9900";  // empty: no admin listener
  std::vector<std::string> admin_hosts;  // names that the admin listener answers to, besides its own and every address
  std::string admin_token;       // what whoever asks it for a change must show; empty: see the file
  std::string admin_token_file;  // that holds the token; empty, too: nothing must be shown
  Place admin_place;
  Place admin_token_place;
  Place admin_token_file_place;
};

inline constexpr std::size_t kMostLogged = 16;         // names of each list of AccessLog
inline constexpr std::size_t kMostLoggedBytes = 512;  // of one value in the log

struct AccessLog {
  AccessFormat format = AccessFormat::json;
  std::string file = "stdout";  // or a path
  // Names of header fields, in lower case, whose values are written down; of `redact`, that they were there.
  std::vector<std::string> request_headers;
  std::vector<std::string> response_headers;
  std::vector<std::string> redact = {"authorization", "cookie", "proxy-authorization", "set-cookie"};
};

struct Log {
  LogLevel level = LogLevel::info;
  AccessLog access;
};

struct Limits {
  std::uint32_t header_bytes = 32 * 1024;
  std::uint32_t header_fields = 100;
  std::uint32_t line_bytes = 8 * 1024;
  std::uint64_t body_bytes = 0;  // 0: no limit
  std::uint32_t connection_requests = 10'000;
  std::uint32_t streams = 100;  // of one HTTP/2 connection, at once
  std::uint32_t early_data_bytes = 16 * 1024;  // of one TLS 1.3 connection; counts where tls.early_data is on
};

struct ListenerTimeouts {
  Millis handshake{10'000};   // accept to TLS done, a PROXY header included
  Millis header{10'000};      // first byte of a head to its last; a total
  Millis body{30'000};        // between two pieces of a request body
  Millis keep_alive{60'000};  // between two requests
  Millis send{30'000};        // while the client takes no byte of a response
};

struct Tls {
  TlsMinimum min = TlsMinimum::tls1_2;
  std::vector<std::string> certificates;         // names of [certificate.NAME]
  std::vector<std::uint16_t> certificate_index;  // the same, resolved
  bool self_signed = false;                      // a certificate of our own making, for trying things out
  bool refuse_unknown_names = false;             // a server name that no certificate is for; false: the first one is shown
  bool ja4 = false;                              // clients are fingerprinted
  bool early_data = false;                       // clients that come back may ask before the handshake is over (RFC 8470)
  std::string tickets;                           // path of ticket keys that replicas share; empty: keys of the process's own
  std::string client_ca;                         // path of PEM certificates; empty: clients need to show none
  Place client_ca_place;
  Place tickets_place;
  Place place;
};

struct UpstreamTimeouts {
  Millis connect{3'000};
  Millis first_byte{30'000};  // request sent to response head
  Millis idle{60'000};        // between two pieces of a response body, or while it takes no byte of a request
  Millis tunnel{3'600'000};   // between two pieces of a tunnel in either direction
  Millis pool_idle{30'000};   // an unused connection is kept this long

  bool operator==(const UpstreamTimeouts&) const = default;
};

// The targets that clients of a forward proxy may ask for, and how they are dialled. The rules are those of target_rule.h.
struct Forward {
  std::vector<std::string> allow = {"*"};
  std::vector<std::string> deny = {"private"};
  std::string auth;  // path of an htpasswd file; empty: whoever can connect may ask
  UpstreamTimeouts timeouts;
  std::uint32_t max_connections = 1'024;  // of each worker
  std::uint16_t upstream_index = 0;       // of the upstream that stands for all targets; resolved
  Place auth_place;
  Place place;
};

// An option of a plugin as it was written. What it means, the plugin knows.
struct PluginOption {
  enum class Kind : std::uint8_t { text, integer, boolean, list, table, other };

  std::string key;  // empty in a list
  Kind kind = Kind::text;
  std::string text;
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<PluginOption> items;  // of a list or table
  Place key_place;
  Place place;  // of the value
};

// One of `plugins`.
struct PluginUse {
  std::string name;
  std::vector<PluginOption> options;  // without the name
  std::string folder;                 // that paths among the options are relative to, with its last slash; empty: the current one
  Place place;                        // of the name
};

// A plugin that is not shipped with the program.
struct PluginFile {
  std::string name;
  std::string path;  // of a shared object
  Place path_place;
  Place place;
};

struct Listener {
  std::string name;     // default: the address
  std::string address;  // "host:port", ":port" (every address), "[v6]:port"; port 0 lets the kernel choose
  Mode mode = Mode::reverse;
  Redirect redirect = Redirect::none;
  std::uint16_t redirect_port = 0;  // that clients are sent to; resolved
  std::vector<Protocol> protocols = {Protocol::h2, Protocol::http1_1};  // the preferred one first
  bool has_tls = false;
  Tls tls;
  Forwarded forwarded = Forwarded::both;
  bool has_forward = false;  // the table was given; a forward proxy without it has the defaults
  Forward forward;
  std::vector<std::string> trusted_proxies;  // CIDRs whose X-Forwarded-*, Forwarded and X-Real-IP are believed
  std::vector<std::string> proxy_protocol;  // CIDRs from which every connection begins with a PROXY header, and from elsewhere none
  Limits limits;
  ListenerTimeouts timeouts;
  std::uint32_t backlog = 4096;
  std::uint32_t fast_open = 0;  // connections that may wait with data of their SYN; 0: no TCP Fast Open
  std::string fast_open_key;    // path; empty: the kernel's own key
  bool saved_syn = false;
  std::vector<PluginUse> plugins;  // in the order in which requests pass them; before those of routes
  Place fast_open_place;
  Place fast_open_key_place;
  Place place;
};

struct Certificate {
  std::string name;
  std::string cert;  // path of a PEM chain, leaf first
  std::string key;   // path of its PEM private key
  std::string ocsp;  // path of a DER response to staple; empty: none
  Place cert_place;
  Place key_place;
  Place ocsp_place;
};

struct Endpoint {
  std::string url;  // as written
  Scheme scheme = Scheme::http;
  std::string host;  // without brackets
  std::uint16_t port = 80;
  Place place;

  bool operator==(const Endpoint&) const = default;
};

// Towards the https:// endpoints of an upstream, where we are the client.
struct UpstreamTls {
  bool verify = true;
  std::string ca;           // path of PEM certificates that are trusted; empty: those of the system
  std::string server_name;  // empty: the endpoint's host
  TlsMinimum min = TlsMinimum::tls1_2;
  std::string certificate;  // name of the [certificate.NAME] that is shown to a server that asks; empty: none
  std::optional<std::uint16_t> certificate_index;  // the same, resolved
  Place ca_place;
  Place place;

  bool operator==(const UpstreamTls&) const = default;
};

// Requests that carry what an earlier response gave them return to the endpoint that answered then.
struct Sticky {
  std::string cookie;  // its name; empty: off

  bool operator==(const Sticky&) const = default;
};

// Statuses from the first to the last, both included.
struct StatusRange {
  std::uint16_t first = 200;
  std::uint16_t last = 399;

  bool contains(std::uint16_t status) const { return status >= first && status <= last; }
  bool operator==(const StatusRange&) const = default;
};

// How endpoints are asked whether they are well.
struct HealthCheck {
  std::string path;  // empty: who can be connected to is well
  std::string host;  // empty: the endpoint's own
  std::vector<std::string> status = {"200-399"};
  std::vector<StatusRange> healthy = {{}};  // the same, resolved
  Millis interval{5'000};  // from the beginning of one check to that of the next
  Millis timeout{2'000};   // of one check, from the dial to the end of its answer
  std::uint32_t unhealthy_after = 3;  // failures in a row
  std::uint32_t healthy_after = 2;    // successes in a row

  bool operator==(const HealthCheck&) const = default;
};

struct Upstream {
  // Of [upstream.NAME]. A route with a URL makes an upstream named after that URL, a forward listener one named
  // "forward:" and the listener's name.
  std::string name;
  std::vector<Endpoint> endpoints;  // empty only for a forward listener
  bool has_tls = false;  // the table was given; whether TLS is spoken is each endpoint's own
  UpstreamTls tls;
  std::vector<Protocol> protocols = {Protocol::h2, Protocol::http1_1};  // offered to https:// endpoints, in this order
  Balance balance = Balance::round_robin;
  Sticky sticky;
  bool has_health = false;  // the table was given; without it nobody is asked
  HealthCheck health;
  UpstreamTimeouts timeouts;
  bool fast_open = false;  // TCP Fast Open
  std::uint32_t max_connections = 1'024;  // of each worker and endpoint
  std::uint32_t max_pending = 1'024;      // requests of each worker that wait for a connection
  Place place;

  bool operator==(const Upstream&) const = default;
};

struct Match {
  std::vector<std::string> host;  // "example.com", "*.example.com"; empty: every host. Compared without case or port
  std::vector<std::string> path;  // "/api/*" (prefix) or "/exact"; empty: every path
};

// What becomes of a path on its way to the upstream. Both are empty or "/api", "/api/v2": no slash at the end.
struct Rewrite {
  std::string strip_prefix;
  std::string add_prefix;
};

// Of which attempts another one is made.
struct Retry {
  std::uint32_t attempts = 2;  // at most, the first one included
  std::vector<RetryOn> on = {RetryOn::connect, RetryOn::reset};
};

struct Route {
  Match match;
  std::string upstream;
  std::uint16_t upstream_index = 0;
  Rewrite rewrite;
  bool has_retry = false;     // the table was given; without it, what never reached an endpoint is sent to others
  Retry retry;
  bool preserve_host = true;  // the upstream sees the client's Host; false: the endpoint's own
  bool push = false;          // as HTTP/2 server push (RFC 9113 section 8.4), what Link fields say to preload
  bool server_timing = false;  // responses say how they came about
  std::vector<std::string> timing_allow_origin;  // whose pages may read it, besides the response's own origin's
  std::vector<PluginUse> plugins;  // in the order in which requests pass them
  Place place;
};

struct Config {
  std::vector<std::string> include;  // patterns of further files, whose tables stand behind those of the main file
  Server server;
  Log log;
  std::vector<Listener> listeners;
  std::vector<Certificate> certificates;
  std::vector<Upstream> upstreams;
  std::vector<Route> routes;
  std::vector<PluginFile> plugins;
};

}  // namespace gladhand::config
