// What every context has in common, whichever end of the connection it serves.
#pragma once

#include <expected>
#include <span>
#include <string>

#include "config/config.h"
#include "tls/certificate.h"
#include "tls/openssl.h"

namespace gladhand::tls {

// Versions, cipher suites, groups, signatures and options. A library context of our own reads no system configuration:
// everything that matters is said here.
void protect(SSL_CTX* context, config::TlsMinimum min);

// Protocols in ALPN's own form: each behind a byte that holds its length (RFC 7301 section 3.1).
std::string alpn_list(std::span<const config::Protocol> protocols);

// Trusts exactly the certificates of a PEM text. A chain must end in one of them, and that one be self-signed: OpenSSL
// refuses partial chains unless told otherwise.
std::expected<TrustPtr, std::string> trust(OSSL_LIB_CTX* library, std::string_view pem);

// Clients must show a certificate for which one of the authorities vouches.
std::expected<void, std::string> demand_certificate(SSL_CTX* context, OSSL_LIB_CTX* library, std::string_view authorities_pem);

// The certificate that is shown to the peer, its chain, and its key. Returns the leaf, which belongs to the context.
std::expected<X509*, std::string> use_certificate(SSL_CTX* context, OSSL_LIB_CTX* library, const CertificatePair& pair);

}  // namespace gladhand::tls
