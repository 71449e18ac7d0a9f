#include "tls/protection.h"

#include <openssl/pem.h>

namespace gladhand::tls {
namespace {

// Cheapest first: what both ends are fast at, in the order in which it is offered.
constexpr const char* kSuites13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kSuites12 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* kGroups = "X25519:P-256:P-384";

constexpr int kSecurityLevel = 2;  // 112 bits: no RSA below 2048, no SHA-1 signatures, anywhere in a chain

}  // namespace

void protect(SSL_CTX* context, config::TlsMinimum min) {
  SSL_CTX_set_security_level(context, kSecurityLevel);
  SSL_CTX_set_min_proto_version(context, min == config::TlsMinimum::tls1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_ciphersuites(context, kSuites13);
  SSL_CTX_set_cipher_list(context, kSuites12);
  SSL_CTX_set1_groups_list(context, kGroups);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

std::string alpn_list(std::span<const config::Protocol> protocols) {
  std::string list;
  for (const config::Protocol protocol : protocols) {
    const std::string_view text = protocol == config::Protocol::h2 ? "h2" : "http/1.1";
    list += static_cast<char>(text.size());
    list += text;
  }
  return list;
}

std::expected<TrustPtr, std::string> trust(OSSL_LIB_CTX* library, std::string_view pem) {
  TrustPtr store(X509_STORE_new());
  const BioPtr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (const CertificatePtr authority = read_certificate(text.get(), library)) {
    if (X509_STORE_add_cert(store.get(), authority.get()) != 1) return std::unexpected(take_openssl_error());
  }
  ERR_clear_error();  // "no start line" behind the last one
  return store;
}

std::expected<void, std::string> demand_certificate(SSL_CTX* context, OSSL_LIB_CTX* library, std::string_view authorities_pem) {
  const auto store = trust(library, authorities_pem);
  if (!store) return std::unexpected(store.error());
  SSL_CTX_set1_verify_cert_store(context, store->get());  // not the store of which our own chain would be completed
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const BioPtr text(BIO_new_mem_buf(authorities_pem.data(), static_cast<int>(authorities_pem.size())));
  // Their names are told, so that a client that has several certificates can choose.
  while (const CertificatePtr authority = read_certificate(text.get(), library)) SSL_CTX_add_client_CA(context, authority.get());
  ERR_clear_error();
  return {};
}

std::expected<X509*, std::string> use_certificate(SSL_CTX* context, OSSL_LIB_CTX* library, const CertificatePair& pair) {
  const BioPtr chain(BIO_new_mem_buf(pair.chain_pem.data(), static_cast<int>(pair.chain_pem.size())));
  const CertificatePtr leaf = read_certificate(chain.get(), library);
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) return std::unexpected(take_openssl_error());
  while (CertificatePtr issuer = read_certificate(chain.get(), library)) SSL_CTX_add0_chain_cert(context, issuer.release());
  ERR_clear_error();  // "no start line" behind the last one
  const BioPtr key_text(BIO_new_mem_buf(pair.key_pem.data(), static_cast<int>(pair.key_pem.size())));
  const KeyPtr key(PEM_read_bio_PrivateKey_ex(key_text.get(), nullptr, nullptr, nullptr, library, nullptr));
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) return std::unexpected(take_openssl_error());
  return SSL_CTX_get0_certificate(context);
}

}  // namespace gladhand::tls
