// Listens to one handshake and marks its moments.
//
// The only place that installs OpenSSL's observation callbacks. OpenSSL tells of a message when it processes it; the bytes
// may have arrived earlier, so messages of the peer are marked with the instant at which their last bytes were read, which
// the owner of the socket notes here.
#pragma once

#include "base/clock.h"
#include "timeline/records.h"
#include "tls/openssl.h"

namespace gladhand::tls {

class Tap {
 public:
  Tap(const Clock& clock, timeline::ConnectionRecord& record) : clock_(clock), record_(record) {}
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  void observe(SSL* ssl);
  // Also of the client, when it has said its hello.
  void take_fingerprint() { wants_ja4_ = true; }
  // Bytes of the peer were read at `now`.
  void arrived(Nanos now) {
    arrived_ = now;
    record_.timeline.mark_first(timeline::ConnectionMark::first_byte, now);
  }
  // All that was written so far is in the kernel's hands at `now`.
  void departed(Nanos now);
  // Time inside the library, from just before a call to now.
  void add_compute(Nanos begun) { record_.tls.compute += clock_.now() - begun; }
  void add_bytes(std::size_t received, std::size_t sent) {
    record_.tls.bytes_received += static_cast<std::uint32_t>(received);
    record_.tls.bytes_sent += static_cast<std::uint32_t>(sent);
  }
  Nanos now() const { return clock_.now(); }
  // The peer's certificate was judged, which began at `begun`.
  void judged(Nanos begun, bool is_trusted);
  // After each step of the handshake: keeps the server's name where it now is, for it may have moved, and how early data fared.
  void stepped(const SSL* ssl);
  // The client's early data was accepted: fills the record's facts, which are agreed on, although the handshake is not over.
  void accepted_early(SSL* ssl) { fill_facts(ssl); }
  // The handshake is over, well: fills the record's facts.
  void secured(SSL* ssl);
  // Sets the marks that had been held back, whatever comes of the handshake.
  void settle();
  // At any time, during the handshake and after it.
  void on_alert(bool is_sent, std::uint8_t number);
  timeline::ConnectionRecord& record() { return record_; }

 private:
  void on_message(bool is_server, bool is_written, const unsigned char* body, std::size_t size);
  void fill_facts(SSL* ssl);
  void fingerprint(std::string_view hello);
  void note(timeline::TlsMessageType type, bool is_written, std::size_t size);
  void on_server_message(timeline::TlsMessageType type, bool is_written);
  void on_client_message(timeline::TlsMessageType type, bool is_written);

  const Clock& clock_;
  timeline::ConnectionRecord& record_;
  Nanos arrived_{};
  Nanos hello_{};  // the last ClientHello; there are two after a HelloRetryRequest
  std::optional<timeline::ConnectionMark> departing_;  // what departed() is to mark
  bool wants_ja4_ = false;
  bool is_over_ = false;
};

}  // namespace gladhand::tls
