#include "tls/staple.h"

#include <openssl/ocsp.h>

#include <cstring>
#include <ctime>
#include <vector>

#include "tls/openssl.h"
#include "tls/read_file.h"

namespace gladhand::tls {
namespace {

using ResponsePtr = std::unique_ptr<OCSP_RESPONSE, Freer<OCSP_RESPONSE_free>>;
using AnswerPtr = std::unique_ptr<OCSP_BASICRESP, Freer<OCSP_BASICRESP_free>>;
struct StackFreer {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), StackFreer>;  // borrows what it holds

constexpr long kClocksDiffer = 300;  // seconds
constexpr const char* kAskAgain = "ask the responder again (`openssl ocsp ... -respout FILE`), or remove `ocsp`";

std::vector<CertificatePtr> read_chain(const std::string& pem) {
  const BioPtr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<CertificatePtr> chain;
  while (CertificatePtr certificate = read_certificate(text.get(), nullptr)) chain.push_back(std::move(certificate));
  ERR_clear_error();  // "no start line" behind the last one
  return chain;
}

// By its serial number and its issuer's name, in the digest that the responder chose.
bool is_about(X509* leaf, OCSP_SINGLERESP* single) {
  ASN1_OCTET_STRING* issuer = nullptr;
  ASN1_OBJECT* digest = nullptr;
  ASN1_INTEGER* serial = nullptr;
  OCSP_id_get0_info(&issuer, &digest, nullptr, &serial, const_cast<OCSP_CERTID*>(OCSP_SINGLERESP_get0_id(single)));
  unsigned char of_leaf[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  const EVP_MD* algorithm = EVP_get_digestbyobj(digest);
  if (!algorithm || X509_NAME_digest(X509_get_issuer_name(leaf), algorithm, of_leaf, &size) != 1) return false;
  return ASN1_INTEGER_cmp(serial, X509_get0_serialNumber(leaf)) == 0 && ASN1_STRING_length(issuer) == static_cast<int>(size) &&
         std::memcmp(ASN1_STRING_get0_data(issuer), of_leaf, size) == 0;
}

OCSP_SINGLERESP* find(OCSP_BASICRESP* answer, X509* leaf) {
  for (int i = 0; i < OCSP_resp_count(answer); ++i) {
    if (is_about(leaf, OCSP_resp_get0(answer, i))) return OCSP_resp_get0(answer, i);
  }
  return nullptr;
}

X509* issuer_of(const std::vector<CertificatePtr>& chain) {
  for (const CertificatePtr& candidate : chain) {
    if (X509_check_issued(candidate.get(), chain.front().get()) == X509_V_OK) return candidate.get();
  }
  return nullptr;
}

bool is_signed_for(X509* issuer, OCSP_BASICRESP* answer) {
  const TrustPtr trusted(X509_STORE_new());
  X509_STORE_add_cert(trusted.get(), issuer);
  const StackPtr known(sk_X509_new_null());
  sk_X509_push(known.get(), issuer);
  return OCSP_basic_verify(answer, known.get(), trusted.get(), OCSP_PARTIAL_CHAIN) == 1;
}

std::int64_t seconds(const ASN1_GENERALIZEDTIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  return timegm(&parts);
}

}  // namespace

std::expected<Staple, StapleProblem> load_staple(const std::string& path, const std::string& chain_pem) {
  auto der = read_file(path);
  if (!der) return std::unexpected(StapleProblem{true, der.error(), "fetch it (`openssl ocsp ... -respout FILE`), or remove `ocsp`"});
  const auto problem = [&path](const std::string& what, std::string cure = kAskAgain) {
    ERR_clear_error();
    return std::unexpected(StapleProblem{false, "the OCSP response in `" + path + "` " + what, std::move(cure)});
  };
  const auto* at = reinterpret_cast<const unsigned char*>(der->data());
  const ResponsePtr response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der->size())));
  if (!response) return problem("cannot be read", "it must be DER, as `openssl ocsp ... -respout FILE` writes it");
  if (const int status = OCSP_response_status(response.get()); status != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
    return problem(std::string("is a refusal: ") + OCSP_response_status_str(status));
  }
  const AnswerPtr answer(OCSP_response_get1_basic(response.get()));
  const std::vector<CertificatePtr> chain = read_chain(chain_pem);
  OCSP_SINGLERESP* single = answer && !chain.empty() ? find(answer.get(), chain.front().get()) : nullptr;
  if (!single) return problem("is about another certificate");
  X509* issuer = issuer_of(chain);
  if (issuer && !is_signed_for(issuer, answer.get())) return problem("is not signed by the certificate's issuer, or by whom it appointed");

  ASN1_GENERALIZEDTIME *from = nullptr, *until = nullptr;
  const int status = OCSP_single_get0_status(single, nullptr, nullptr, &from, &until);
  if (status == V_OCSP_CERTSTATUS_REVOKED) return problem("says that the certificate is revoked", "get a new certificate");
  if (status != V_OCSP_CERTSTATUS_GOOD) return problem("says that the responder does not know the certificate");
  if (!until) return problem("does not say until when it is good", "ask for one with a next update (`-ndays` of a responder of your own), or remove `ocsp`");
  if (X509_cmp_current_time(until) < 0) return problem("has expired");
  if (OCSP_check_validity(from, until, kClocksDiffer, -1) != 1) return problem("is not good yet", "set the clock, or ask the responder again");
  return Staple{std::move(*der), seconds(until)};
}

}  // namespace gladhand::tls
