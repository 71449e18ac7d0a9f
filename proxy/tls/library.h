// A worker's OpenSSL: a library context of its own, with what is costly to fetch fetched once.
//
// Nothing in it is shared with other threads but the ring of ticket keys: OpenSSL 3.0 takes locks on whatever is.
#pragma once

#include "tls/openssl.h"
#include "tls/tickets.h"

namespace gladhand::tls {

class Library {
 public:
  explicit Library(const TicketKeys& ticket_keys);

  OSSL_LIB_CTX* get() const { return library_.get(); }
  const TicketKeys& ticket_keys() const { return ticket_keys_; }
  const EVP_CIPHER* ticket_cipher() const { return ticket_cipher_.get(); }
  // The authorities that this machine trusts, where OpenSSL looks for them ($SSL_CERT_FILE and $SSL_CERT_DIR, else its own
  // folder). Read when it is first asked for: it is over a hundred certificates, and most workers need none.
  X509_STORE* system_trust() const;

 private:
  LibraryPtr library_;
  CipherPtr ticket_cipher_;
  const TicketKeys& ticket_keys_;
  mutable TrustPtr system_trust_;
};

}  // namespace gladhand::tls
