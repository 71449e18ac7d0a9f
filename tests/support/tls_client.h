// A TLS client as a byte machine.
#pragma once

#include <memory>
#include <optional>

#include "support/tls_peer.h"
#include "tls/certificate.h"

namespace gladhand::test {

using SessionPtr = std::shared_ptr<SSL_SESSION>;

struct TlsOptions {
  int min = TLS1_2_VERSION;
  int max = TLS1_3_VERSION;
  const char* groups = "X25519:P-256";  // the first one gets the key share
  std::string alpn = "http/1.1";        // empty: none is offered
  std::string server_name = "localhost";  // empty: nobody is named
  bool verifies = false;  // then the proxy's self-signed certificate is refused with an alert
  SessionPtr resumes = {};
  bool sends_early = false;  // what is written before the server has answered, which nothing is too soon for; again, if it is refused
  bool asks_for_status = false;  // an OCSP response about the server's certificate
  const char* ciphers = nullptr;  // of TLS 1.2; null: OpenSSL's own choice
  std::optional<tls::CertificatePair> certificate = {};  // shown to a server that asks
};

class TlsClient final : public TlsPeer {
 public:
  explicit TlsClient(const TlsOptions& options);

  // For another connection: of the newest ticket. Null before one has come.
  SessionPtr session() const { return session_; }
  // The server's certificate as PEM.
  std::string shown() const;
  // The OCSP response that came with the server's certificate; empty: none.
  std::string staple() const;
  // Early data of a resumed session whose ticket allows it; to be called before the first feed().
  void write_early(std::string_view text);

  bool is_early_accepted() const { return SSL_get_early_data_status(ssl_.get()) == SSL_EARLY_DATA_ACCEPTED; }

 private:
  int handshake() override;
  void write_before(std::string_view text) override;
  void on_open() override;

  SessionPtr session_;
  bool sends_early_;
  std::string sent_early_;
};

}  // namespace gladhand::test
