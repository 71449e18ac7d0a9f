// A recent connection as JSON.
//
//   {"id":"2","side":"client","name":"secure","state":"closed","began":"2026-07-01T12:00:00.123456Z","duration":79000.000,
//    "handshake":54000.000,"result":"ok","stage":"ready","ended_by":"client_closed","peer":"192.0.2.1:50001",
//    "sni":"example.com","tag":"…","bytes_in":900,"bytes_out":4000,
//    "close":{"closer":"peer","manner":"fin","is_complete":true,"is_dated":true,"is_idle":false},
//    "tcp":{"fast_open":"accepted","tcp_rtt_withheld":"fast_open","mss":1460,"path_mtu":1500,"window_scale_sent":7,
//           "window_scale_received":7,"tcp_timestamps":true,"sack":true,"ecn":false,"syn":{"ttl":64,…}},
//    "tls":{"version":"1.3","resumed":false,"resumption":"full","bytes_received":620,"bytes_sent":1400,"cipher":"…",
//           "group":"X25519","alpn":"h2","signature":"ecdsa_sha256","sni_class":"served","ja4":"t13d…",
//           "messages":[{"type":"ClientHello","is_sent":false,"bytes":517,"at":30000.000},…]},
//    "phases":{"tcp":20000.000,…},"marks":{"started":0.000,"connected":0.000,"first_byte":30000.000,…},
//    "exchanges":{"begun":3,"ended":3,"failed":0,
//                 "first":{"client":"2","upstream":"3","upstream_name":"api","endpoint":"10.0.0.1:80","is_first_of_client":true,
//                          "is_first_of_upstream":true,"route":"/api/*","method":"GET","authority":"example.com","path":"/api/1",
//                          "version":"2","status":200,"attempts":1,"request_body_bytes":0,"response_body_bytes":512,
//                          "phases":{"upstream":{"pool_wait":5000.000,…}},
//                          "marks":{"head_received":59000.000,…}},
//                 "latest":{…}}}
//
// Times are microseconds with three decimals: exact to the nanosecond of the clock. Marks count from the connection's
// `started`, an exchange's too. Phases and marks have the names of timeline/phases.h and marks.h, and come in their order.
// What is unknown, empty or did not happen is left out. `handshake` reaches from the beginning to the stage at which the
// handshakes ended, and `duration` to the end of the connection. Ids are strings: they have more digits than a number of
// JavaScript keeps. "latest" is there once there is one beside the first. Members of "tcp", "tls" and "close" mean what
// timeline/records.h says of them, as "tcp_peer" does, those of a message what tls_message.h does; bytes are those of the message itself.
#pragma once

#include <span>

#include "observe/log_line.h"
#include "observe/moment.h"
#include "observe/recents.h"

namespace gladhand::observe {

class HandshakeJson {
 public:
  explicit HandshakeJson(const Recents& recents) : recents_(recents) {}

  // Valid until the next call.
  std::string_view write(const Recent& recent, const Moment& moment);

 private:
  template <class Writer>
  friend void tell_tcp(const timeline::ConnectionRecord& record, Writer& to);
  template <class Writer>
  friend void tell_syn(const timeline::SynFacts& syn, Writer& to);

  void connection(const Recent& recent, const Moment& moment);
  void closing(const timeline::CloseFacts& facts);
  void tls(const timeline::ConnectionRecord& record, Nanos zero);
  void messages(const timeline::TlsMessages& all, Nanos zero);
  void exchange(std::string_view key, const KeptExchange& kept, Nanos zero);
  void phases(const timeline::ConnectionRecord& record);
  void phases(const KeptExchange& kept);
  template <class Mark>
  void marks(const timeline::Timeline<Mark>& timeline, Nanos zero);

  // An object as a member.
  void open(std::string_view name);
  void close();
  void key(std::string_view key);
  void number(std::string_view key, std::uint64_t n);
  void id(std::string_view key, std::uint64_t id);
  void text(std::string_view key, std::string_view value);
  void flag(std::string_view key, bool value);
  void numbers(std::string_view name, std::span<const std::uint8_t> all);
  void time(std::string_view key, Nanos time);

  const Recents& recents_;
  LogLine line_;
  bool is_at_start_ = false;  // of an object: no comma comes next
};

}  // namespace gladhand::observe
