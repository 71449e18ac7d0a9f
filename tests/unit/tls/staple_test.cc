#include "tls/staple.h"

#include <ctime>

#include "support/ocsp_response.h"
#include "support/scratch_folder.h"
#include "unit/tls/server_rig.h"

namespace gladhand::tls {
namespace {

using testing::HasSubstr;
using test::OcspAnswer;

class Staples : public testing::Test {
 protected:
  const CertificatePair authority = make_authority("Test authority", 2);
  const CertificatePair leaf = make_leaf(authority, {"origin.example"}, 2);
  const std::string with_issuer = leaf.chain_pem + authority.chain_pem;

  std::string good() const { return test::ocsp_response(leaf, authority, authority); }
  auto load(const std::string& der, const std::string& chain) const { return load_staple(folder_.file("staple.der", der), chain); }
  // The message names the file, and says this.
  void expect_problem(const std::string& der, const std::string& says) const {
    const auto staple = load(der, with_issuer);
    ASSERT_FALSE(staple);
    EXPECT_FALSE(staple.error().is_unreadable);
    EXPECT_THAT(staple.error().message, HasSubstr("staple.der` " + says));
    EXPECT_NE(staple.error().cure, "");
  }

 private:
  test::ScratchFolder folder_;
};

TEST_F(Staples, what_says_good_of_the_leaf_is_taken_until_its_end) {
  for (const std::string& chain : {leaf.chain_pem, with_issuer}) {
    const std::string der = good();
    const auto staple = load(der, chain);
    ASSERT_TRUE(staple) << staple.error().message;
    EXPECT_EQ(staple->der, der);
    EXPECT_NEAR(static_cast<double>(staple->good_until), static_cast<double>(std::time(nullptr) + 3600), 5);
  }
}

TEST_F(Staples, a_file_that_is_not_there_is_named) {
  const auto staple = load_staple("/nowhere/staple.der", leaf.chain_pem);
  ASSERT_FALSE(staple);
  EXPECT_TRUE(staple.error().is_unreadable);
  EXPECT_THAT(staple.error().message, HasSubstr("/nowhere/staple.der"));
}

TEST_F(Staples, what_is_no_response_is_refused) {
  expect_problem("", "cannot be read");
  expect_problem(leaf.chain_pem, "cannot be read");
  expect_problem(good().substr(0, 40), "cannot be read");
  expect_problem(std::string("\x30\x03\x0a\x01\x03", 5), "is a refusal: trylater");
}

TEST_F(Staples, a_response_about_another_certificate_is_refused) {
  const CertificatePair other = make_leaf(authority, {"origin.example"}, 2);
  expect_problem(test::ocsp_response(other, authority, authority), "is about another certificate");
  const CertificatePair namesake = make_authority("Test authority", 2);
  expect_problem(test::ocsp_response(leaf, namesake, authority), "is not signed");
}

TEST_F(Staples, a_response_that_the_issuer_has_not_signed_is_refused_where_the_issuer_is_known) {
  const CertificatePair impostor = make_authority("Test authority", 2);
  const std::string forged = test::ocsp_response(leaf, authority, impostor);
  expect_problem(forged, "is not signed");
  EXPECT_TRUE(load(forged, leaf.chain_pem)) << "clients know the issuer, and will judge it themselves";
}

TEST_F(Staples, a_response_that_does_not_say_good_is_refused) {
  expect_problem(test::ocsp_response(leaf, authority, authority, {.status = V_OCSP_CERTSTATUS_REVOKED}), "says that the certificate is revoked");
  expect_problem(test::ocsp_response(leaf, authority, authority, {.status = V_OCSP_CERTSTATUS_UNKNOWN}), "says that the responder does not know");
}

TEST_F(Staples, a_response_that_is_out_of_date_or_without_one_is_refused) {
  expect_problem(test::ocsp_response(leaf, authority, authority, {.from = -7200, .until = -3600}), "has expired");
  expect_problem(test::ocsp_response(leaf, authority, authority, {.from = 7200, .until = 9000}), "is not good yet");
  expect_problem(test::ocsp_response(leaf, authority, authority, {.until = {}}), "does not say until when");
}

class StapledHandshakes : public Staples {
 protected:
  StapledHandshakes() {
    rig.certificates = {leaf};
    rig.certificates.front().staple = Staple{good(), std::time(nullptr) + 3600};
  }
  ServerRig rig;
};

TEST_F(StapledHandshakes, a_client_that_asks_is_sent_the_response) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    ASSERT_EQ(rig.connect({.min = version, .max = version, .asks_for_status = true}), Code::ok) << rig.detail();
    EXPECT_EQ(rig.client->staple(), rig.certificates.front().staple->der);
    EXPECT_TRUE(rig.record.tls.stapled);
  }
}

TEST_F(StapledHandshakes, a_client_that_does_not_ask_is_sent_none) {
  ASSERT_EQ(rig.connect({}), Code::ok) << rig.detail();
  EXPECT_FALSE(rig.record.tls.stapled);
}

TEST_F(StapledHandshakes, a_session_that_is_resumed_has_no_certificate_to_say_anything_about) {
  ASSERT_EQ(rig.connect({.asks_for_status = true}), Code::ok) << rig.detail();
  ASSERT_EQ(rig.connect({.resumes = rig.client->session(), .asks_for_status = true}), Code::ok) << rig.detail();
  EXPECT_TRUE(rig.record.tls.resumed);
  EXPECT_FALSE(rig.record.tls.stapled);
}

TEST_F(StapledHandshakes, a_response_that_has_expired_since_is_not_sent) {
  rig.certificates.front().staple->good_until = std::time(nullptr) - 1;
  ASSERT_EQ(rig.connect({.asks_for_status = true}), Code::ok) << rig.detail();
  EXPECT_EQ(rig.client->staple(), "");
  EXPECT_FALSE(rig.record.tls.stapled);
}

TEST_F(StapledHandshakes, each_certificate_has_its_own) {
  const CertificatePair other = make_leaf(authority, {"other.example"}, 2);
  rig.certificates.push_back(other);
  rig.certificates.back().staple = Staple{test::ocsp_response(other, authority, authority), std::time(nullptr) + 3600};
  ASSERT_EQ(rig.connect({.server_name = "other.example", .asks_for_status = true}), Code::ok) << rig.detail();
  EXPECT_EQ(rig.client->staple(), rig.certificates.back().staple->der);
}

}  // namespace
}  // namespace gladhand::tls
