// What is known of one connection and of one exchange: the product of this program.
//
// A record is filled in place by the object that owns it and handed to the Recorder by reference when it is over.
// Strings are views into memory of that owner; whoever keeps a record copies them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/error.h"
#include "timeline/timeline.h"
#include "timeline/tls_message.h"

namespace gladhand::timeline {

// What became of TCP Fast Open (RFC 7413) on one connection. A client's connection knows the first three only.
enum class FastOpen : std::uint8_t {
  unasked,
  accepted,           // data came in the SYN, or left in ours and was acknowledged with it: a round trip was saved
  empty,              // the cookie was good, and the SYN carried nothing
  no_cookie,          // none was known yet; the SYN asked for one
  not_acknowledged,   // the SYN was answered and its data was not: the server has another key, or no Fast Open
  syn_retransmitted,  // the SYN with data was lost, or is not let through; without data it was
  refused,            // the connection was refused, perhaps for the data
  unanswered,         // no connection came of it
  backed_off,         // not asked for, because it failed lately
  unsupported,        // not asked for, because the kernel does not let us
  count_,
};
inline constexpr std::array<std::string_view, static_cast<std::size_t>(FastOpen::count_)> kFastOpenNames{
    "unasked",           "accepted", "empty",      "no_cookie",  "not_acknowledged",
    "syn_retransmitted", "refused",  "unanswered", "backed_off", "unsupported"};
constexpr std::string_view name(FastOpen outcome) { return kFastOpenNames[index(outcome)]; }

// Why the kernel's round trip of a handshake is no measurement, and was withheld.
enum class RttDoubt : std::uint8_t {
  none,
  fast_open,          // the connection was handed over before its round trip was over
  syn_retransmitted,  // which of the two was answered cannot be told
  syn_cookies,        // the figure is a guess in whole milliseconds: the kernel kept no note of when it sent its SYN-ACK
  not_measured,       // the kernel has no figure, or one that holds what the client waited
  count_,
};
inline constexpr std::array<std::string_view, static_cast<std::size_t>(RttDoubt::count_)> kRttDoubtNames{
    "none", "fast_open", "syn_retransmitted", "syn_cookies", "not_measured"};
constexpr std::string_view name(RttDoubt doubt) { return kRttDoubtNames[index(doubt)]; }

// What the kernel tells of a TCP connection (net/tcp_facts.h says how, and when a figure cannot be trusted).
struct TcpFacts {
  std::optional<Nanos> handshake_rtt;  // SYN-ACK to ACK (client) or SYN to SYN-ACK (upstream); unset: not trustworthy
  std::optional<Nanos> accept_wait;    // established to accepted; granularity of a jiffy
  std::uint32_t retransmits = 0;       // SYN-ACKs (client) or SYNs (upstream) sent again
  std::uint32_t data_retransmits = 0;  // segments sent again after that; known when the connection is over
  RttDoubt doubt = RttDoubt::none;     // why handshake_rtt is unset
  FastOpen fast_open = FastOpen::unasked;
  bool is_known = false;  // the kernel was asked, and the following is its answer
  bool timestamps = false;
  bool sack = false;
  bool window_scaling = false;
  bool ecn = false;
  std::uint8_t window_scale_sent = 0;  // of the windows that we announce
  std::uint8_t window_scale_received = 0;
  std::uint32_t mss = 0;       // bytes of the largest segment that we send
  std::uint32_t path_mtu = 0;  // bytes
};

// The queue in front of accept(), in connections.
struct AcceptQueue {
  std::uint64_t depth = 0;
  std::uint64_t limit = 0;
  std::uint16_t listener = 0;  // its id
};

// A client's SYN as it was on the wire: where the listener keeps them. Such figures tell kinds of devices apart.
struct SynFacts {
  static constexpr std::size_t kMostOptions = 16;

  std::uint8_t ttl = 0;  // what was left of it, or of the hop limit
  std::uint16_t window = 0;
  std::uint16_t data_bytes = 0;  // that came in it
  std::optional<std::uint16_t> mss;
  std::optional<std::uint8_t> window_scale;
  bool sack = false;
  bool timestamps = false;
  bool ecn = false;  // it asked for it
  std::uint8_t options_size = 0;
  std::array<std::uint8_t, kMostOptions> options{};  // their kinds in the order in which they came, padding included
};

enum class TlsVersion : std::uint8_t { none, tls1_2, tls1_3 };
inline constexpr std::array<std::string_view, 3> kTlsVersionNames{"none", "1.2", "1.3"};

// How a session came about.
enum class Resumption : std::uint8_t {
  full,        // with a key exchange and a certificate
  ticket,      // TLS 1.2, by what the server had sealed (RFC 5077)
  session_id,  // TLS 1.2, by what the server had kept (RFC 5246 section 7.3)
  psk,         // TLS 1.3, by a pre-shared key of an earlier session (RFC 8446 section 2.2)
};
inline constexpr std::array<std::string_view, 4> kResumptionNames{"full", "ticket", "session_id", "psk"};

// What became of a client's early data (RFC 8446 section 2.3).
enum class EarlyData : std::uint8_t {
  not_sent,
  accepted,  // what it held was read before the handshake was over
  rejected,  // it was skipped, and the client has to say it again
};
inline constexpr std::array<std::string_view, 3> kEarlyDataNames{"not_sent", "accepted", "rejected"};

// What a client's server_name (RFC 6066 section 3) is to us.
enum class SniClass : std::uint8_t {
  unasked,  // no ClientHello was understood, or we are the client
  absent,   // it names nobody
  served,   // one of the listener's certificates is for it
  unknown,  // none is
};
inline constexpr std::array<std::string_view, 4> kSniClassNames{"unasked", "absent", "served", "unknown"};

// A client's fingerprint (tls/ja4.h), by value: its text has no other owner.
class Ja4 {
 public:
  Ja4() = default;
  explicit Ja4(std::string_view text) { text.copy(text_.data(), text_.size()); }
  // Empty: nobody asked for it, or no ClientHello was understood.
  std::string_view view() const { return {text_.data(), text_[0] ? text_.size() : 0}; }

 private:
  std::array<char, 36> text_{};
};

// What OpenSSL tells of a session, once its handshake is over. The views are static text of the library.
struct TlsFacts {
  TlsVersion version = TlsVersion::none;
  bool resumed = false;
  bool retried = false;  // by a HelloRetryRequest; known of handshakes that fail, too
  Resumption resumption = Resumption::full;
  SniClass sni_class = SniClass::unasked;  // known of handshakes that fail, too
  EarlyData early_data = EarlyData::not_sent;  // known of handshakes that fail, too
  std::string_view cipher;
  std::string_view group;
  std::string_view alpn;
  std::string_view signature = {};  // with which the server proved itself: "ecdsa_sha256"; empty: a resumed session needs none
  // The last alert of either direction (alerts.h), at any time; close_notify, which is a goodbye, does not count.
  std::optional<std::uint8_t> alert_sent = {};
  std::optional<std::uint8_t> alert_received = {};
  bool truncated = false;  // the peer ended an open connection, to which we still listened, without close_notify
  bool stapled = false;  // we sent an OCSP response, which the client had asked for
  Ja4 ja4 = {};  // known of handshakes that fail, too
  // What the handshake put on the wire, records with their headers and protection; known of handshakes that fail, too. What a
  // server gives along when it is done (session tickets) counts, and so does early data.
  std::uint32_t bytes_received = 0;
  std::uint32_t bytes_sent = 0;
  Nanos compute{};  // wall time inside OpenSSL, summed over the handshake
  std::optional<Nanos> verify = {};  // of that, what it took to check the peer's certificate; unset: none was checked
};

// How a connection was taken down: who said first that no more would come, and in what manner.
struct CloseFacts {
  enum class Closer : std::uint8_t { unknown, us, peer };
  enum class Manner : std::uint8_t { fin, rst, lost };  // lost: the network gave up

  Closer closer = Closer::unknown;  // unknown: it has not been closed
  Manner manner = Manner::fin;
  bool is_complete = false;  // the end of both directions was seen; else the peer's came later, or never
  bool is_dated = true;      // false: the first sign had come before anybody looked
  bool is_idle = false;      // nothing was under way when it began, and more might have come: kept in vain
};
inline constexpr std::array<std::string_view, 3> kCloserNames{"unknown", "self", "peer"};
inline constexpr std::array<std::string_view, 3> kMannerNames{"fin", "rst", "lost"};

enum class Family : std::uint8_t { ipv4, ipv6 };
inline constexpr std::array<std::string_view, 2> kFamilyNames{"ipv4", "ipv6"};

// What became of an attempt to connect. Where an endpoint has several addresses they race (RFC 8305), and one attempt wins.
enum class Dial : std::uint8_t {
  undecided,  // given up before it was known; or nobody dialled
  won,        // it was connected, alone or before the others; TLS may have failed behind it
  lost,       // another was connected before it
  failed,
};
inline constexpr std::array<std::string_view, 4> kDialNames{"undecided", "won", "lost", "failed"};

// What is always there stands first, then what some connections have, and the texts last: who keeps a copy need not move all of it.
struct ConnectionRecord {
  std::uint64_t id = 0;
  Side side = Side::client;
  std::uint16_t owner = 0;  // id of the listener (client) or of the upstream (upstream); see observe/names.h
  bool is_tls = false;
  Family family = Family::ipv4;  // of an upstream's address
  Dial dial = Dial::undecided;
  Timeline<ConnectionMark> timeline;
  TcpFacts tcp;
  CloseFacts close;
  Code result = Code::ok;  // of the handshake
  ConnectionMark stage = ConnectionMark::started;  // the last mark when the handshake ended
  Code ended_by = Code::ok;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint32_t exchanges = 0;
  std::optional<SynFacts> syn;
  TlsFacts tls;
  TlsMessages messages;  // of the TLS handshake, whatever came of it
  std::string_view peer;      // "address:port"; of a client, as a PROXY header names it
  std::string_view tcp_peer;  // who sent that header, where it named a peer; else empty
  std::string_view sni;   // as the client sent it; empty when none came
  std::string_view tag;   // what a plugin of the listener thinks of it; empty: nothing
};

// What passed through a CONNECT tunnel at its beginning, as far as it can be seen without decrypting.
struct TunnelFacts {
  enum class Inside : std::uint8_t { unknown, opaque, tls };
  enum class ServerName : std::uint8_t { absent, same, other };  // compared with the tunnel's target

  Inside inside = Inside::unknown;
  std::uint16_t offered = 0;  // TLS versions as on the wire; the client's highest, and
  std::uint16_t version = 0;  // what the server chose; 0: none was seen
  ServerName server_name = ServerName::absent;
  bool offers_h2 = false;
  bool offers_http1_1 = false;
  bool was_retried = false;         // by a HelloRetryRequest
  std::optional<bool> resumed;      // unset: it cannot be seen
  std::optional<Nanos> tls;         // the handshake, if it ended well
};
inline constexpr std::array<std::string_view, 3> kInsideNames{"unknown", "opaque", "tls"};
inline constexpr std::array<std::string_view, 3> kServerNameNames{"absent", "same", "other"};

inline constexpr std::uint16_t kNone = 0xffff;

// What an exchange is for, as its request says.
enum class Purpose : std::uint8_t {
  any,        // a response
  websocket,  // a WebSocket
  upgrade,    // another protocol on the same connection
  connect,    // a tunnel to a target
};

// What became of a request that came before its client's handshake was over.
enum class Early : std::uint8_t {
  no,         // it came later
  forwarded,  // at once: a replay of it does no harm
  held,       // until the handshake was over
};
inline constexpr std::array<std::string_view, 3> kEarlyNames{"no", "forwarded", "held"};

// A header field that the access log was asked to tell: its name in lower case, and its value or a word in its stead.
struct LoggedField {
  std::string_view name;
  std::string_view value;
};

// In the order of ConnectionRecord.
struct ExchangeRecord {
  Timeline<ExchangeMark> timeline;
  std::uint16_t listener = 0;  // ids, all three
  std::uint16_t route = kNone;
  std::uint16_t upstream_index = kNone;
  bool is_first_of_client = false;    // this exchange pays for its client connection's handshake
  bool is_first_of_upstream = false;  // this exchange waited for its upstream connection's handshake
  std::uint16_t status = 0;           // of the final response; 0: none was sent
  Purpose purpose = Purpose::any;
  Early early = Early::no;
  std::uint8_t attempts = 0;          // upstream streams asked for
  Code error = Code::ok;
  std::uint64_t request_body_bytes = 0;
  std::uint64_t response_body_bytes = 0;
  std::optional<TunnelFacts> tunnel;  // of CONNECT alone
  const ConnectionRecord* client = nullptr;
  const ConnectionRecord* upstream = nullptr;  // null: none was reached
  std::string_view method;
  std::string_view scheme;
  std::string_view authority;
  std::string_view target;
  std::string_view version;
  std::string_view user_agent;
  std::string_view referer;
  std::string_view endpoint;  // "address:port" of the upstream that answered
  // As the client sent them, and was sent them, in the order in which the configuration names them; what was not there is left out.
  std::span<const LoggedField> request_fields;
  std::span<const LoggedField> response_fields;

  // What was spent on upstreams whose answer was not the one, if it is anything.
  std::optional<Nanos> lost_in_attempts() const {
    const auto lost = timeline.between(ExchangeMark::routed, ExchangeMark::upstream_asked);
    return lost && *lost > Nanos::zero() ? lost : std::nullopt;
  }
};

}  // namespace gladhand::timeline
