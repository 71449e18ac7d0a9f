#include "tls/shown_chain.h"

#include <arpa/inet.h>
#include <openssl/x509v3.h>

#include <ctime>

namespace gladhand::tls {
namespace {

constexpr int kMostCertificates = 16;  // a server may send any number

std::string text(const X509_NAME* name) {
  const BioPtr to(BIO_new(BIO_s_mem()));
  if (X509_NAME_print_ex(to.get(), name, 0, XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_DN_REV | XN_FLAG_FN_SN) < 0) return {};
  char* data = nullptr;
  const long size = BIO_get_mem_data(to.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::chrono::sys_seconds instant(const ASN1_TIME* time) {
  std::tm utc{};
  if (ASN1_TIME_to_tm(time, &utc) != 1) return {};
  return std::chrono::sys_seconds(std::chrono::seconds(timegm(&utc)));
}

std::string address(const ASN1_OCTET_STRING* bytes) {
  char text[INET6_ADDRSTRLEN] = "";
  const int family = ASN1_STRING_length(bytes) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(bytes) != 16) return {};
  return inet_ntop(family, ASN1_STRING_get0_data(bytes), text, sizeof text) ? text : "";
}

std::vector<std::string> names(const X509* certificate) {
  std::vector<std::string> found;
  const std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>> list(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(list.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list.get(), i);
    if (name->type == GEN_DNS) {
      const ASN1_STRING* dns = name->d.dNSName;
      found.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(dns)), static_cast<std::size_t>(ASN1_STRING_length(dns)));
    } else if (name->type == GEN_IPADD) {
      if (std::string ip = address(name->d.iPAddress); !ip.empty()) found.push_back(std::move(ip));
    }
  }
  return found;
}

std::string key_text(const X509* certificate) {
  EVP_PKEY* key = X509_get0_pubkey(certificate);
  if (!key) return "unknown";
  const char* type = EVP_PKEY_get0_type_name(key);
  char group[64] = "";
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, group, sizeof group, &length) == 1) return std::string(type) + " " + group;
  return std::string(type ? type : "unknown") + " " + std::to_string(EVP_PKEY_get_bits(key));
}

std::string fingerprint(const X509* certificate) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1) return {};
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    if (i > 0) text += ':';
    text += {kDigits[digest[i] >> 4], kDigits[digest[i] & 15]};
  }
  return text;
}

ShownCertificate shown(const X509* one) {
  const char* algorithm = OBJ_nid2ln(X509_get_signature_nid(one));
  return {text(X509_get_subject_name(one)), text(X509_get_issuer_name(one)), names(one), instant(X509_get0_notBefore(one)), instant(X509_get0_notAfter(one)),
          key_text(one), algorithm ? algorithm : "unknown", fingerprint(one)};
}

}  // namespace

std::vector<ShownCertificate> ShownChain::read() const {
  std::vector<ShownCertificate> chain;
  for (int i = 0; i < sk_X509_num(certificates_.get()) && i < kMostCertificates; ++i) {
    chain.push_back(shown(sk_X509_value(certificates_.get(), i)));
  }
  ERR_clear_error();  // of names that could not be read
  return chain;
}

std::vector<ShownCertificate> read_certificates(const std::string& pem) {
  std::vector<ShownCertificate> chain;
  const BioPtr bytes(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  while (const CertificatePtr one = read_certificate(bytes.get(), nullptr)) chain.push_back(shown(one.get()));
  ERR_clear_error();  // of the end
  return chain;
}

}  // namespace gladhand::tls
