// The messages of one TLS handshake: what was said, how long it was, and when.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.h"

namespace gladhand::timeline {

// The numbers are those on the wire (RFC 8446 appendix B.3, RFC 5246 section 7.4), with two exceptions: a
// HelloRetryRequest, which poses as a ServerHello, has the number that drafts gave it, and an alert, which is no handshake
// message, one that is nobody's.
enum class TlsMessageType : std::uint8_t {
  client_hello = 1,
  server_hello = 2,
  new_session_ticket = 4,
  end_of_early_data = 5,
  hello_retry_request = 6,
  encrypted_extensions = 8,
  certificate = 11,
  server_key_exchange = 12,
  certificate_request = 13,
  server_hello_done = 14,
  certificate_verify = 15,
  client_key_exchange = 16,
  finished = 20,
  certificate_status = 22,
  key_update = 24,
  alert = 255,
};

constexpr std::string_view name(TlsMessageType type) {
  switch (type) {
    case TlsMessageType::client_hello: return "ClientHello";
    case TlsMessageType::server_hello: return "ServerHello";
    case TlsMessageType::new_session_ticket: return "NewSessionTicket";
    case TlsMessageType::end_of_early_data: return "EndOfEarlyData";
    case TlsMessageType::hello_retry_request: return "HelloRetryRequest";
    case TlsMessageType::encrypted_extensions: return "EncryptedExtensions";
    case TlsMessageType::certificate: return "Certificate";
    case TlsMessageType::server_key_exchange: return "ServerKeyExchange";
    case TlsMessageType::certificate_request: return "CertificateRequest";
    case TlsMessageType::server_hello_done: return "ServerHelloDone";
    case TlsMessageType::certificate_verify: return "CertificateVerify";
    case TlsMessageType::client_key_exchange: return "ClientKeyExchange";
    case TlsMessageType::finished: return "Finished";
    case TlsMessageType::certificate_status: return "CertificateStatus";
    case TlsMessageType::key_update: return "KeyUpdate";
    case TlsMessageType::alert: return "Alert";
  }
  return "unknown";
}

struct TlsMessage {
  TlsMessageType type{};
  bool is_sent = false;     // by us
  std::uint32_t bytes = 0;  // its header of four bytes included, its records' headers and protection not
  // Received: when its last byte was read from the socket. Sent: when it was made; it leaves with the rest of its flight.
  Nanos at{};
};

// In the order in which they were made and understood. The longest handshake has 13 of them, an alert among them 14.
// What a peer adds to that is not kept.
class TlsMessages {
 public:
  static constexpr std::size_t kMost = 16;

  void add(const TlsMessage& message) {
    if (count_ < kMost) kept_[count_] = message;
    if (count_ < UINT8_MAX) ++count_;
  }
  std::span<const TlsMessage> kept() const { return {kept_.data(), std::min<std::size_t>(count_, kMost)}; }
  // More than were kept: those that follow are missing.
  bool is_cut_short() const { return count_ > kMost; }

 private:
  std::uint8_t count_ = 0;
  std::array<TlsMessage, kMost> kept_{};
};

}  // namespace gladhand::timeline
