// A TLS server as a byte machine, of any kind that an upstream may be.
#pragma once

#include "support/tls_peer.h"
#include "tls/certificate.h"

namespace gladhand::test {

struct TlsServerOptions {
  tls::CertificatePair certificate = {};
  int min = TLS1_2_VERSION;
  int max = TLS1_3_VERSION;
  const char* groups = "X25519:P-256";
  std::string alpn = "http/1.1";         // the one that it chooses, offered or not; empty: it ignores the question
  std::size_t tickets = 2;               // of TLS 1.3
  std::uint32_t early_data_bytes = 0;    // that its tickets allow, and that it accepts
  bool forgets_sessions = false;         // it opens no ticket of anybody's
  std::string client_authority_pem = {}; // not empty: it demands a certificate of this authority
};

class TlsServer final : public TlsPeer {
 public:
  explicit TlsServer(const TlsServerOptions& options);

  // What the client asked for; empty: it named nobody.
  std::string server_name() const;
  bool has_client_certificate() const;
  // All that the client offered, joined by commas.
  const std::string& offered() const { return offered_; }

 private:
  int handshake() override;
  static int on_alpn(SSL* ssl, const unsigned char** chosen, unsigned char* size, const unsigned char* offered, unsigned offered_size, void*);

  const std::string alpn_;
  bool takes_early_data_;
  std::string offered_;
};

}  // namespace gladhand::test
