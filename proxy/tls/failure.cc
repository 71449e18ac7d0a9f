#include "tls/failure.h"

#include <openssl/x509_vfy.h>

namespace gladhand::tls {
namespace {

Code code_of(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return Code::protocol_error;
  const int reason = ERR_GET_REASON(error);
  if (reason >= SSL_AD_REASON_OFFSET) return Code::alert_received;
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST: return Code::plaintext_http;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_UNSUPPORTED_SSL_VERSION:
    case SSL_R_INAPPROPRIATE_FALLBACK: return Code::unsupported_version;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_CIPHERS_SPECIFIED: return Code::no_shared_cipher;
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM: return Code::no_shared_group;
    case SSL_R_NO_APPLICATION_PROTOCOL: return Code::no_shared_alpn;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return Code::missing_client_certificate;
    case SSL_R_CERTIFICATE_VERIFY_FAILED: return Code::bad_client_certificate;
    case SSL_R_CALLBACK_FAILED: return Code::unknown_sni;  // of our callbacks, on_server_name alone refuses
    case ERR_R_MALLOC_FAILURE:
    case ERR_R_INTERNAL_ERROR: return Code::local_error;
    default: return Code::protocol_error;
  }
}

// Of a server's certificate. What is wrong in another way than these (its key is too weak, it is not for servers, its
// signature is broken) leaves it without anybody who vouches for it; the detail tells.
Code code_of_certificate(long result) {
  switch (result) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED: return Code::expired_certificate;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return Code::hostname_mismatch;
    default: return Code::unknown_ca;
  }
}

// Of a client's. It has no name to prove.
Code code_of_client_certificate(long result) {
  switch (result) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED: return Code::expired_certificate;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return Code::unknown_ca;
    default: return Code::bad_client_certificate;
  }
}

}  // namespace

Error explain(const SSL* ssl, unsigned long error) {
  const long judgement = SSL_get_verify_result(ssl);
  const bool is_refused = judgement != X509_V_OK && (SSL_get_verify_mode(ssl) & SSL_VERIFY_PEER) != 0;
  if (is_refused) {
    const Code code = SSL_is_server(ssl) ? code_of_client_certificate(judgement) : code_of_certificate(judgement);
    return {code, X509_verify_cert_error_string(judgement)};
  }
  const char* reason = ERR_reason_error_string(error);
  return {code_of(error), reason ? reason : "the peer broke the TLS protocol"};
}

}  // namespace gladhand::tls
