// Looks on at what passes through a tunnel and times the TLS handshake inside, if there is one.
//
// It decrypts, alters and delays nothing: its owner shows it the bytes of both directions in the order in which they were
// read, in pieces of any size, until is_done(). Nothing after that is of interest, so the rest may take any short cut.
// Every instant is one that the owner gave: that of the read which brought the byte in question to this process.
//
// RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2; those before it look the same from outside).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "tls/message_reader.h"
#include "tls/record_reader.h"

namespace gladhand::tls {

class TunnelWatch {
 public:
  enum class Kind : std::uint8_t {
    unknown,  // too little was said
    opaque,   // the client did not begin with a ClientHello (of at most 16 KiB), or the upstream spoke before it
    tls,      // a complete ClientHello passed, or the upstream answered the beginning of one with an alert
  };
  enum class Outcome : std::uint8_t {
    none,            // not TLS, or cut off in the handshake, if nothing more comes
    secured,         // the client has sent the first record of its own that is protected
    client_alert,    // one of them gave up
    upstream_alert,
    broken,          // somebody said what TLS does not allow
    hidden,          // early data did not let the handshake's end be seen
  };
  enum class ServerName : std::uint8_t {
    absent,
    same,   // as the tunnel's target; case and one dot at the end do not count
    other,  // or no host name
  };
  struct Marks {
    std::optional<Nanos> client_hello;  // the client's first byte
    std::optional<Nanos> server_hello;  // the last byte of the upstream's ServerHello; a HelloRetryRequest is none
    // The first byte of the client's first protected record after the ServerHello: in TLS 1.2 of what follows its
    // ChangeCipherSpec (its Finished), in TLS 1.3 of its first application_data record that is neither an alert nor early data.
    // Those two are known by their length, as the type is encrypted: an alert that is padded passes for the end, and so does
    // early data that is still on its way and happens to be as long as an EndOfEarlyData (4 bytes) or Finished (36 or 52 bytes).
    std::optional<Nanos> secured;
  };
  // Versions are as on the wire: 0x0304 is TLS 1.3; 0: none is known.
  struct Facts {
    std::uint16_t offered = 0;  // the client's highest
    std::uint16_t version = 0;  // that the upstream chose
    ServerName server_name = ServerName::absent;
    bool offers_h2 = false;
    bool offers_http1_1 = false;
    bool offers_encrypted_hello = false;  // or pretends to; server_name is then the outer one
    bool offers_early_data = false;
    bool was_retried = false;             // the upstream sent a HelloRetryRequest, which costs one round trip
    std::optional<bool> resumed;          // TLS 1.3: by a pre-shared key; TLS 1.2: an abbreviated handshake
    std::optional<std::uint8_t> alert;    // its number (RFC 8446 section 6), if it was in the clear
  };

  // `target_host` is what the client asked to be connected to: a name or an address, without a port. It is copied.
  explicit TunnelWatch(std::string_view target_host) : target_(target_host) {}

  void from_client(std::string_view bytes, Nanos at) { follow(client_, bytes, at); }
  void from_upstream(std::string_view bytes, Nanos at) { follow(upstream_, bytes, at); }

  bool is_done() const { return state_ == State::over; }
  Kind kind() const { return kind_; }
  Outcome outcome() const { return outcome_; }
  const Marks& marks() const { return marks_; }
  const Facts& facts() const { return facts_; }
  // The `tls` phase: marks().client_hello to marks().secured. Nothing: it was not secured.
  std::optional<Nanos> duration() const;

 private:
  enum class State : std::uint8_t { quiet, hello, answer, tls13, tls12, tls12_changed, over };
  struct Half {
    RecordReader records;
    MessageReader messages;
    std::array<std::uint8_t, 2> alert{};
    std::uint8_t alert_bytes = 0;
    bool is_encrypted = false;  // TLS 1.2, after ChangeCipherSpec
  };

  void follow(Half& half, std::string_view bytes, Nanos at);
  void on_client_record();
  void on_upstream_record();
  void on_body(Half& half, std::string_view body, Nanos at);
  void on_client_message(std::string_view body);
  void on_upstream_message(std::string_view body, Nanos at);
  void on_client_hello();
  void on_server_hello(Nanos at);
  void on_protected_record();
  void on_alert_record(Half& half);
  void on_alert_bytes(Half& half, std::string_view body);
  void recognize();
  void secure();
  void lose();
  void end(Outcome outcome);
  Outcome alert_of(const Half& half) const { return &half == &client_ ? Outcome::client_alert : Outcome::upstream_alert; }

  State state_ = State::quiet;
  Kind kind_ = Kind::unknown;
  Outcome outcome_ = Outcome::none;
  std::uint8_t early_records_ = 0;  // after the ServerHello
  Marks marks_;
  Facts facts_;
  Nanos hello_began_{};
  Half client_;
  Half upstream_;
  std::string target_;
};

}  // namespace gladhand::tls
