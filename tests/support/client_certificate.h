// Certificates that clients show.
#pragma once

#include "tls/certificate.h"
#include "tls/openssl.h"

namespace gladhand::test {

// As make_leaf(), but good for every use: a leaf of ours is for servers alone.
inline tls::CertificatePair make_client_leaf(const tls::CertificatePair& authority, int days) {
  const auto reading = [](const std::string& pem) { return tls::BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))); };
  tls::CertificatePair pair = tls::make_leaf(authority, {"client.example"}, days);
  const tls::CertificatePtr leaf = tls::read_certificate(reading(pair.chain_pem).get(), nullptr);
  X509_EXTENSION_free(X509_delete_ext(leaf.get(), X509_get_ext_by_NID(leaf.get(), NID_ext_key_usage, -1)));
  const tls::KeyPtr key(PEM_read_bio_PrivateKey(reading(authority.key_pem).get(), nullptr, nullptr, nullptr));
  X509_sign(leaf.get(), key.get(), EVP_sha256());
  const tls::BioPtr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), leaf.get());
  pair.chain_pem.resize(BIO_ctrl_pending(out.get()));
  BIO_read(out.get(), pair.chain_pem.data(), static_cast<int>(pair.chain_pem.size()));
  return pair;
}

}  // namespace gladhand::test
