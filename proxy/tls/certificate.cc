#include "tls/certificate.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "tls/openssl.h"
#include "tls/read_file.h"

namespace gladhand::tls {
namespace {

BioPtr reading(const std::string& text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

std::string written(auto write) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  if (X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str())) {
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    unsigned char address[16];
    const bool is_address = inet_pton(AF_INET, name.c_str(), address) == 1 || inet_pton(AF_INET6, name.c_str(), address) == 1;
    list += (list.empty() ? "" : ",") + std::string(is_address ? "IP:" : "DNS:") + name;
  }
  return list;
}

CertificatePtr unsigned_certificate(EVP_PKEY* key, const std::string& common_name, int days) {
  CertificatePtr certificate(X509_new());
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);  // clocks of clients differ
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86400L * days);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

CertificatePair signed_pair(CertificatePtr certificate, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer));
  X509_sign(certificate.get(), issuer_key, EVP_sha256());
  return {written([&](BIO* bio) { PEM_write_bio_X509(bio, certificate.get()); }),
          written([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); })};
}

void make_it_a_server(X509* certificate, X509* issuer, const std::vector<std::string>& names) {
  add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(certificate, issuer, NID_ext_key_usage, "serverAuth");
  add_extension(certificate, issuer, NID_subject_alt_name, alternative_names(names));
}

}  // namespace

std::expected<CertificatePair, CertificateProblem> load_certificate(const std::string& chain_path, const std::string& key_path) {
  const auto problem = [](bool is_key, std::string message) { return std::unexpected(CertificateProblem{is_key, std::move(message)}); };
  CertificatePair pair;
  if (auto text = read_file(chain_path)) pair.chain_pem = std::move(*text); else return problem(false, text.error());
  if (auto text = read_file(key_path)) pair.key_pem = std::move(*text); else return problem(true, text.error());
  const CertificatePtr leaf(PEM_read_bio_X509(reading(pair.chain_pem).get(), nullptr, nullptr, nullptr));
  if (!leaf) return problem(false, "`" + chain_path + "` holds no PEM certificate: " + take_openssl_error());
  const KeyPtr key(PEM_read_bio_PrivateKey(reading(pair.key_pem).get(), nullptr, nullptr, nullptr));
  if (!key) return problem(true, "`" + key_path + "` holds no unencrypted PEM private key: " + take_openssl_error());
  if (X509_check_private_key(leaf.get(), key.get()) != 1) {
    ERR_clear_error();
    return problem(true, "the key in `" + key_path + "` does not belong to the certificate in `" + chain_path + "`");
  }
  if (X509_cmp_current_time(X509_get0_notAfter(leaf.get())) < 0) return problem(false, "the certificate in `" + chain_path + "` has expired");
  return pair;
}

std::int64_t not_after(const std::string& chain_pem) {
  const CertificatePtr leaf(PEM_read_bio_X509(reading(chain_pem).get(), nullptr, nullptr, nullptr));
  std::tm utc{};
  if (!leaf || ASN1_TIME_to_tm(X509_get0_notAfter(leaf.get()), &utc) != 1) return 0;
  return timegm(&utc);
}

std::optional<std::string> doubt_of_system(const std::string& chain_pem) {
  const BioPtr pem = reading(chain_pem);
  const CertificatePtr leaf = read_certificate(pem.get(), nullptr);
  const auto free_all = [](STACK_OF(X509) * certificates) { sk_X509_pop_free(certificates, X509_free); };
  const std::unique_ptr<STACK_OF(X509), decltype(free_all)> between(sk_X509_new_null(), free_all);
  while (CertificatePtr next = read_certificate(pem.get(), nullptr)) sk_X509_push(between.get(), next.release());
  const TrustPtr trust(X509_STORE_new());
  X509_STORE_set_default_paths(trust.get());
  const std::unique_ptr<X509_STORE_CTX, Freer<X509_STORE_CTX_free>> judge(X509_STORE_CTX_new());
  X509_STORE_CTX_init(judge.get(), trust.get(), leaf.get(), between.get());
  X509_STORE_CTX_set_default(judge.get(), "ssl_server");
  const bool is_good = X509_verify_cert(judge.get()) == 1;
  ERR_clear_error();
  if (is_good) return std::nullopt;
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(judge.get()));
}

std::expected<std::string, AuthoritiesProblem> load_authorities(const std::string& path) {
  auto text = read_file(path);
  if (!text) return std::unexpected(AuthoritiesProblem{true, text.error()});
  const BioPtr pem = reading(*text);
  std::size_t found = 0;
  while (read_certificate(pem.get(), nullptr)) ++found;
  const bool is_at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string reason = take_openssl_error();
  if (found > 0 && is_at_end) return *std::move(text);
  if (is_at_end) return std::unexpected(AuthoritiesProblem{false, "`" + path + "` holds no PEM certificate"});
  return std::unexpected(AuthoritiesProblem{false, "`" + path + "` holds a certificate that cannot be read: " + reason});
}

CertificatePair make_authority(const std::string& common_name, int days) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  CertificatePtr certificate = unsigned_certificate(key.get(), common_name, days);
  X509* self = certificate.get();
  add_extension(self, self, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(self, self, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(self, self, NID_subject_key_identifier, "hash");
  return signed_pair(std::move(certificate), key.get(), self, key.get());
}

CertificatePair make_leaf(const CertificatePair& authority, const std::vector<std::string>& names, int days) {
  const CertificatePtr issuer(PEM_read_bio_X509(reading(authority.chain_pem).get(), nullptr, nullptr, nullptr));
  const KeyPtr issuer_key(PEM_read_bio_PrivateKey(reading(authority.key_pem).get(), nullptr, nullptr, nullptr));
  const KeyPtr key(EVP_EC_gen("P-256"));
  CertificatePtr certificate = unsigned_certificate(key.get(), names.front(), days);
  make_it_a_server(certificate.get(), issuer.get(), names);
  add_extension(certificate.get(), issuer.get(), NID_authority_key_identifier, "keyid");
  return signed_pair(std::move(certificate), key.get(), issuer.get(), issuer_key.get());
}

CertificatePair make_self_signed(const std::vector<std::string>& names, int days) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  CertificatePtr certificate = unsigned_certificate(key.get(), names.front(), days);
  X509* self = certificate.get();
  make_it_a_server(self, self, names);
  return signed_pair(std::move(certificate), key.get(), self, key.get());
}

}  // namespace gladhand::tls
