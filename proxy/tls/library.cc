#include "tls/library.h"

namespace gladhand::tls {

Library::Library(const TicketKeys& ticket_keys)
    : library_(OSSL_LIB_CTX_new()), ticket_cipher_(EVP_CIPHER_fetch(library_.get(), "AES-256-CBC", nullptr)), ticket_keys_(ticket_keys) {}

X509_STORE* Library::system_trust() const {
  if (!system_trust_) {
    system_trust_.reset(X509_STORE_new());
    X509_STORE_set_default_paths_ex(system_trust_.get(), library_.get(), nullptr);
    ERR_clear_error();  // a machine without authorities trusts nobody, which each handshake will say
  }
  return system_trust_.get();
}

}  // namespace gladhand::tls
