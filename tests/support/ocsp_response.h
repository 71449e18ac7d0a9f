// What an OCSP responder says of a certificate, right or wrong.
#pragma once

#include <openssl/ocsp.h>

#include <optional>
#include <string>

#include "tls/certificate.h"
#include "tls/openssl.h"

namespace gladhand::test {

struct OcspAnswer {
  int status = V_OCSP_CERTSTATUS_GOOD;
  long from = -3600;                  // seconds from now
  std::optional<long> until = 3600;   // unset: it does not say
};

// In DER. `issuer` is who issued `about`; `signer` is who signs.
inline std::string ocsp_response(const tls::CertificatePair& about, const tls::CertificatePair& issuer, const tls::CertificatePair& signer,
                                 const OcspAnswer& answer = {}) {
  const auto reading = [](const std::string& pem) { return tls::BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); };
  const auto certificate = [&](const tls::CertificatePair& pair) { return tls::read_certificate(reading(pair.chain_pem).get(), nullptr); };
  using TimePtr = std::unique_ptr<ASN1_TIME, tls::Freer<ASN1_TIME_free>>;
  const TimePtr from(X509_gmtime_adj(nullptr, answer.from)), until(answer.until ? X509_gmtime_adj(nullptr, *answer.until) : nullptr);
  const std::unique_ptr<OCSP_CERTID, tls::Freer<OCSP_CERTID_free>> id(OCSP_cert_to_id(EVP_sha1(), certificate(about).get(), certificate(issuer).get()));
  const std::unique_ptr<OCSP_BASICRESP, tls::Freer<OCSP_BASICRESP_free>> basic(OCSP_BASICRESP_new());
  OCSP_basic_add1_status(basic.get(), id.get(), answer.status, OCSP_REVOKED_STATUS_NOSTATUS, from.get(), from.get(), until.get());
  const tls::KeyPtr key(PEM_read_bio_PrivateKey(reading(signer.key_pem).get(), nullptr, nullptr, nullptr));
  OCSP_basic_sign(basic.get(), certificate(signer).get(), key.get(), EVP_sha256(), nullptr, 0);
  const std::unique_ptr<OCSP_RESPONSE, tls::Freer<OCSP_RESPONSE_free>> response(OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
  std::string der(static_cast<std::size_t>(i2d_OCSP_RESPONSE(response.get(), nullptr)), '\0');
  auto* at = reinterpret_cast<unsigned char*>(der.data());
  i2d_OCSP_RESPONSE(response.get(), &at);
  return der;
}

}  // namespace gladhand::test
