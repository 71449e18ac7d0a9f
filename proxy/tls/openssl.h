// Owners for OpenSSL's objects, and its error queue as text.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <string>

namespace gladhand::tls {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using LibraryPtr = std::unique_ptr<OSSL_LIB_CTX, Freer<OSSL_LIB_CTX_free>>;
using ContextPtr = std::unique_ptr<SSL_CTX, Freer<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Freer<SSL_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, Freer<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free>>;
using CipherPtr = std::unique_ptr<EVP_CIPHER, Freer<EVP_CIPHER_free>>;
using MacPtr = std::unique_ptr<EVP_MAC, Freer<EVP_MAC_free>>;
using MacContextPtr = std::unique_ptr<EVP_MAC_CTX, Freer<EVP_MAC_CTX_free>>;
using SessionPtr = std::unique_ptr<SSL_SESSION, Freer<SSL_SESSION_free>>;
using TrustPtr = std::unique_ptr<X509_STORE, Freer<X509_STORE_free>>;

// The next certificate of a PEM text; null behind the last one, with an error in the queue.
inline CertificatePtr read_certificate(BIO* text, OSSL_LIB_CTX* library) {
  X509* certificate = X509_new_ex(library, nullptr);
  if (!PEM_read_bio_X509(text, &certificate, nullptr, nullptr)) {
    X509_free(certificate);
    certificate = nullptr;
  }
  return CertificatePtr(certificate);
}

// When a session was agreed on.
inline std::time_t made_at(const SSL_SESSION* session) {
#if OPENSSL_VERSION_NUMBER >= 0x30300000L  // the older function counts in what may be 32 bits
  return SSL_SESSION_get_time_ex(session);
#else
  return SSL_SESSION_get_time(session);
#endif
}

// The newest reason in the error queue, which is emptied.
inline std::string take_openssl_error() {
  char text[256] = "unknown error";
  if (const unsigned long error = ERR_peek_last_error()) {
    const char* reason = ERR_reason_error_string(error);
    if (reason) {
      ERR_clear_error();
      return reason;
    }
    ERR_error_string_n(error, text, sizeof text);
  }
  ERR_clear_error();
  return text;
}

}  // namespace gladhand::tls
