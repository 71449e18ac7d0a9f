// The certificates that a server showed, as text for a person.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tls/openssl.h"

namespace gladhand::tls {

// The names are those of strangers: any bytes, to be escaped by whoever shows them.
struct ShownCertificate {
  std::string subject;             // "CN=example.com, O=Example"
  std::string issuer;              // the same of who signed it
  std::vector<std::string> names;  // whose it is: DNS names and addresses (RFC 5280 section 4.2.1.6)
  std::chrono::sys_seconds not_before;
  std::chrono::sys_seconds not_after;
  std::string key;          // "EC prime256v1", "RSA 2048"
  std::string signature;    // algorithm: "ecdsa-with-SHA256"
  std::string fingerprint;  // SHA-256 of it, in hexadecimal, as `openssl x509 -fingerprint` groups it
};

// Those of a PEM text, in its order; what follows one that cannot be read is left out.
std::vector<ShownCertificate> read_certificates(const std::string& pem);

// As they were sent, the server's own first. Kept during the handshake, which it must not delay, and read later.
class ShownChain {
 public:
  ShownChain() = default;
  explicit ShownChain(STACK_OF(X509) * certificates) : certificates_(X509_chain_up_ref(certificates)) {}

  std::vector<ShownCertificate> read() const;

 private:
  struct Release {
    void operator()(STACK_OF(X509) * certificates) const { sk_X509_pop_free(certificates, X509_free); }
  };
  std::unique_ptr<STACK_OF(X509), Release> certificates_;
};

// Who wants to see what a server shows, and has the last word on it.
class Judge {
 public:
  virtual ~Judge() = default;
  // `problem` is an X509_V_ERR_..., X509_V_OK where there is none, and `reason` the library's static text for it. False ends
  // the handshake; a problem that is let pass is forgotten.
  virtual bool on_chain(ShownChain chain, int problem, const char* reason) = 0;
};

}  // namespace gladhand::tls
