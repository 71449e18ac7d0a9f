#include <gtest/gtest.h>

#include "unit/tls/client_rig.h"

namespace gladhand::tls {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using timeline::ConnectionMark;
using timeline::TlsVersion;

// ---- Both versions, and any way in which the bytes may come

struct Way {
  int version;
  std::size_t piece;
};

class ClientSession : public testing::TestWithParam<Way> {
 protected:
  ClientSession() {
    rig.server_options.min = rig.server_options.max = GetParam().version;
    rig.piece = GetParam().piece;
  }
  bool is_1_3() const { return GetParam().version == TLS1_3_VERSION; }
  ClientRig rig;
};

std::string way_name(const testing::TestParamInfo<Way>& info) {
  return std::string(info.param.version == TLS1_3_VERSION ? "tls_1_3" : "tls_1_2") + (info.param.piece == 1 ? "_byte_by_byte" : "_at_once");
}
INSTANTIATE_TEST_SUITE_P(all, ClientSession,
                         testing::Values(Way{TLS1_2_VERSION, 1}, Way{TLS1_2_VERSION, SIZE_MAX}, Way{TLS1_3_VERSION, 1}, Way{TLS1_3_VERSION, SIZE_MAX}),
                         way_name);

TEST_P(ClientSession, a_server_that_proves_its_name_is_spoken_to) {
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_EQ(rig.server->server_name(), "origin.example");
  EXPECT_TRUE(rig.server->is_open());
  EXPECT_FALSE(rig.server->has_client_certificate());
  rig.send("a question");
  rig.server->write("an answer");
  rig.step();
  rig.step();
  EXPECT_EQ(rig.server->plaintext, "a question");
  EXPECT_EQ(rig.received(), "an answer");
}

TEST_P(ClientSession, what_was_agreed_on_is_recorded) {
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_EQ(rig.record.tls.version, is_1_3() ? TlsVersion::tls1_3 : TlsVersion::tls1_2);
  EXPECT_EQ(rig.record.tls.cipher, is_1_3() ? "TLS_AES_128_GCM_SHA256" : "ECDHE-ECDSA-AES128-GCM-SHA256");
  EXPECT_EQ(rig.record.tls.group, "X25519");
  EXPECT_EQ(rig.record.tls.alpn, "http/1.1");
  EXPECT_EQ(rig.session().alpn(), "http/1.1");
  EXPECT_FALSE(rig.record.tls.resumed);
  EXPECT_FALSE(rig.record.tls.retried);
  EXPECT_TRUE(rig.record.tls.verify.has_value());
  EXPECT_EQ(rig.record.tls.signature, "ecdsa_sha256");
  EXPECT_EQ(rig.record.tls.resumption, timeline::Resumption::full);
  EXPECT_EQ(rig.record.tls.sni_class, timeline::SniClass::unasked);
  EXPECT_EQ(rig.record.sni, "origin.example");
}

TEST_P(ClientSession, its_moments_are_marked_in_their_order) {
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  Nanos before{};
  for (const auto mark : {ConnectionMark::client_hello, ConnectionMark::first_byte, ConnectionMark::server_hello, ConnectionMark::cert_verified,
                          ConnectionMark::secured}) {
    ASSERT_TRUE(rig.record.timeline.has(mark)) << name(mark);
    EXPECT_GE(rig.record.timeline.at(mark), before) << name(mark);
    before = rig.record.timeline.at(mark);
  }
  EXPECT_GT(rig.record.timeline.at(ConnectionMark::server_hello), rig.record.timeline.at(ConnectionMark::client_hello));
  for (const auto mark : {ConnectionMark::server_flight, ConnectionMark::client_finished}) {
    EXPECT_FALSE(rig.record.timeline.has(mark)) << name(mark) << " is a server's";
  }
}

TEST_P(ClientSession, a_second_connection_resumes_the_first) {
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_GE(rig.remote().sessions.size(), 1u);
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_TRUE(rig.record.tls.resumed);
  EXPECT_TRUE(rig.server->is_resumed());
  EXPECT_EQ(rig.record.tls.resumption, is_1_3() ? timeline::Resumption::psk : timeline::Resumption::ticket);
  EXPECT_EQ(rig.record.tls.signature, "");
  EXPECT_EQ(rig.record.tls.verify, std::nullopt) << "no certificate came";
  EXPECT_FALSE(rig.record.timeline.has(ConnectionMark::cert_verified));
}

TEST_P(ClientSession, a_session_that_ended_without_a_goodbye_is_resumed_all_the_same) {
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  rig.drop();
  const std::size_t kept = rig.remote().sessions.size();
  for (std::size_t i = 0; i < kept; ++i) {
    ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
    EXPECT_TRUE(rig.record.tls.resumed) << "connection " << i;
    rig.drop();
  }
}

TEST_P(ClientSession, a_server_that_forgot_the_session_gets_a_full_handshake) {
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  rig.server_options.forgets_sessions = true;
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_FALSE(rig.record.tls.resumed);
  EXPECT_TRUE(rig.record.timeline.has(ConnectionMark::cert_verified));
}

// Each as a server that is wrong in one way.
struct Wrong {
  const char* what;
  Code code;
  const char* detail;
};

void be_wrong(ClientRig& rig, std::string_view what) {
  auto& server = rig.server_options;
  if (what == "expired") server.certificate = make_leaf(authority(), {"origin.example"}, -1);
  if (what == "another name") server.certificate = make_leaf(authority(), {"other.example"}, 2);
  if (what == "another authority") server.certificate = make_leaf(make_authority("Somebody", 2), {"origin.example"}, 2);
  if (what == "self-signed") server.certificate = make_self_signed({"origin.example"}, 2);
  if (what == "another address") rig.name = "192.0.2.8";
}

TEST_P(ClientSession, a_server_that_cannot_prove_its_name_is_refused_with_the_reason) {
  for (const Wrong& wrong : {Wrong{"expired", Code::expired_certificate, "certificate has expired"},
                             Wrong{"another name", Code::hostname_mismatch, "hostname mismatch"},
                             Wrong{"another authority", Code::unknown_ca, "unable to get local issuer certificate"},
                             Wrong{"self-signed", Code::unknown_ca, "self-signed certificate"},
                             Wrong{"another address", Code::hostname_mismatch, "IP address mismatch"}}) {
    ClientRig fresh;
    fresh.server_options = rig.server_options;
    fresh.piece = rig.piece;
    be_wrong(fresh, wrong.what);
    EXPECT_EQ(fresh.connect(), wrong.code) << wrong.what;
    EXPECT_EQ(fresh.detail(), wrong.detail) << wrong.what;
    EXPECT_FALSE(fresh.session().is_open()) << wrong.what;
    EXPECT_EQ(fresh.record.timeline.last(), ConnectionMark::server_hello) << wrong.what;
    EXPECT_TRUE(fresh.record.tls.verify.has_value()) << wrong.what;
    EXPECT_FALSE(fresh.server->is_open()) << wrong.what << ": the server learns of it by an alert";
    EXPECT_TRUE(fresh.server->has_failed()) << wrong.what;
    EXPECT_EQ(fresh.remote().sessions.size(), 0u) << wrong.what;
  }
}

TEST_P(ClientSession, without_verification_anybody_will_do_and_nothing_is_said_to_be_verified) {
  for (const char* what : {"expired", "another name", "another authority", "self-signed", "another address"}) {
    ClientRig fresh;
    fresh.server_options = rig.server_options;
    fresh.piece = rig.piece;
    fresh.settings.verify = false;
    be_wrong(fresh, what);
    EXPECT_EQ(fresh.connect(), Code::ok) << what << ": " << fresh.detail();
    EXPECT_FALSE(fresh.record.timeline.has(ConnectionMark::cert_verified)) << what;
    EXPECT_EQ(fresh.record.tls.verify, std::nullopt) << what;
  }
}

TEST_P(ClientSession, a_server_that_asks_is_shown_the_certificate) {
  rig.server_options.client_authority_pem = authority().chain_pem;
  rig.own_certificate = make_leaf(authority(), {"proxy.example"}, 2);
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_TRUE(rig.server->is_open()) << rig.server->failure();
  EXPECT_TRUE(rig.server->has_client_certificate());
}

TEST_P(ClientSession, a_server_that_asks_in_vain_ends_it_with_an_alert) {
  rig.server_options.client_authority_pem = authority().chain_pem;
  EXPECT_EQ(rig.connect(), Code::alert_received);
  EXPECT_THAT(rig.detail(), HasSubstr("alert"));
  // In TLS 1.3 the client is done before the server has looked at what it sent.
  EXPECT_EQ(rig.session().is_open(), is_1_3());
}

TEST_P(ClientSession, garbage_is_a_protocol_error) {
  rig.server_options.certificate = good_leaf();
  ASSERT_EQ(rig.connect(), Code::ok);
  timeline::ConnectionRecord record;
  Tap tap(rig.clock, record);
  Session session(rig.remote(), tap);
  ASSERT_TRUE(session.handshake());
  session.feed("HTTP/1.1 400 Bad Request\r\n\r\n");
  const auto done = session.handshake();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::protocol_error);
}

// ---- Names

TEST(ClientSessionNames, a_wildcard_stands_for_one_label) {
  ClientRig fits;
  fits.name = "a.wild.example";
  EXPECT_EQ(fits.connect(), Code::ok) << fits.detail();
  for (const char* name : {"wild.example", "a.b.wild.example"}) {
    ClientRig other;
    other.name = name;
    EXPECT_EQ(other.connect(), Code::hostname_mismatch) << name;
  }
}

TEST(ClientSessionNames, an_address_is_verified_and_not_told) {
  ClientRig rig;
  rig.name = "192.0.2.7";
  EXPECT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_EQ(rig.server->server_name(), "");
}

CertificatePtr parsed(const std::string& pem) {
  const BioPtr text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return read_certificate(text.get(), nullptr);
}

// Signed by the authority, for an address alone, with "origin.example" as its common name.
CertificatePair leaf_with_a_common_name() {
  CertificatePair pair = make_leaf(authority(), {"192.0.2.7"}, 2);
  const CertificatePtr leaf = parsed(pair.chain_pem);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(leaf.get()), "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>("origin.example"), -1, 0, 0);
  const BioPtr key_text(BIO_new_mem_buf(authority().key_pem.data(), -1));
  const KeyPtr key(PEM_read_bio_PrivateKey(key_text.get(), nullptr, nullptr, nullptr));
  X509_sign(leaf.get(), key.get(), EVP_sha256());
  const BioPtr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), leaf.get());
  pair.chain_pem.resize(BIO_ctrl_pending(out.get()));
  BIO_read(out.get(), pair.chain_pem.data(), static_cast<int>(pair.chain_pem.size()));
  return pair;
}

TEST(ClientSessionNames, the_common_name_proves_nothing) {
  ClientRig rig;
  rig.server_options.certificate = leaf_with_a_common_name();
  EXPECT_EQ(rig.connect(), Code::hostname_mismatch);
  ClientRig by_address;
  by_address.server_options.certificate = rig.server_options.certificate;
  by_address.name = "192.0.2.7";
  EXPECT_EQ(by_address.connect(), Code::ok) << by_address.detail();
}

// ---- Trust

TEST(ClientSessionTrust, a_self_signed_certificate_is_trusted_where_it_is_named_as_the_authority) {
  ClientRig rig;
  rig.server_options.certificate = make_self_signed({"origin.example"}, 2);
  rig.authorities = rig.server_options.certificate.chain_pem;
  EXPECT_EQ(rig.connect(), Code::ok) << rig.detail();
}

TEST(ClientSessionTrust, a_chain_that_does_not_end_in_a_root_is_refused) {
  ClientRig rig;
  rig.authorities = good_leaf().chain_pem;
  EXPECT_EQ(rig.connect(), Code::unknown_ca);
}

TEST(ClientSessionTrust, each_of_several_authorities_is_trusted) {
  ClientRig rig;
  rig.authorities = make_authority("Another", 2).chain_pem + authority().chain_pem;
  EXPECT_EQ(rig.connect(), Code::ok) << rig.detail();
}

TEST(ClientSessionTrust, the_authorities_of_the_system_are_those_of_openssl) {
  ClientRig rig;
  rig.authorities.clear();
  EXPECT_EQ(rig.connect(), Code::unknown_ca) << "nobody vouches for the test's own authority";
}

// ---- Versions and protocols

TEST(ClientSessionOffer, an_old_server_is_refused_where_the_minimum_is_1_3) {
  ClientRig rig;
  rig.settings.min = config::TlsMinimum::tls1_3;
  rig.server_options.max = TLS1_2_VERSION;
  EXPECT_EQ(rig.connect(), Code::alert_received) << "it is the server that finds nothing in common";
  EXPECT_EQ(rig.record.timeline.last(), ConnectionMark::first_byte);
}

TEST(ClientSessionOffer, both_protocols_are_offered_in_the_order_of_the_configuration) {
  ClientRig rig;
  rig.server_options.alpn = "h2";
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_EQ(rig.server->offered(), "h2,http/1.1");
  EXPECT_EQ(rig.session().alpn(), "h2");
  EXPECT_EQ(rig.record.tls.alpn, "h2");
  ClientRig turned;
  turned.protocols = {config::Protocol::http1_1, config::Protocol::h2};
  ASSERT_EQ(turned.connect(), Code::ok) << turned.detail();
  EXPECT_EQ(turned.server->offered(), "http/1.1,h2");
}

TEST(ClientSessionOffer, a_server_that_ignores_the_question_speaks_http_1_1) {
  ClientRig rig;
  rig.server_options.alpn = "";
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_EQ(rig.session().alpn(), "");
  ClientRig demanding;
  demanding.protocols = {config::Protocol::h2};
  demanding.server_options.alpn = "";
  EXPECT_EQ(demanding.connect(), Code::no_shared_alpn);
}

TEST(ClientSessionOffer, a_server_that_chooses_what_was_not_offered_is_refused) {
  ClientRig rig;
  rig.protocols = {config::Protocol::http1_1};
  rig.server_options.alpn = "h2";
  EXPECT_NE(rig.connect(), Code::ok);
}

TEST(ClientSessionOffer, a_hello_that_must_be_repeated_is_one_handshake_from_the_first_on) {
  ClientRig rig;
  rig.server_options.groups = "P-384";
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_EQ(rig.record.tls.group, "secp384r1");
  const auto& timeline = rig.record.timeline;
  // Each round trip is a millisecond.
  EXPECT_EQ(timeline.between(ConnectionMark::client_hello, ConnectionMark::server_hello), std::chrono::milliseconds(2));
  EXPECT_TRUE(rig.record.tls.retried);
  EXPECT_EQ(timeline.at(ConnectionMark::hello_retry) - timeline.at(ConnectionMark::client_hello), std::chrono::milliseconds(1));
}

// ---- Resumption

TEST(ClientSessionResumption, a_ticket_of_tls_1_3_is_used_once) {
  ClientRig rig;
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_EQ(rig.remote().sessions.size(), 2u) << "as many as the server gave";
  EXPECT_TRUE(rig.remote().sessions.take());
  EXPECT_TRUE(rig.remote().sessions.take());
  EXPECT_FALSE(rig.remote().sessions.take());
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_FALSE(rig.record.tls.resumed);
}

TEST(ClientSessionResumption, a_handful_of_tickets_is_kept_at_most) {
  ClientRig rig;
  rig.server_options.tickets = SessionCache::kKept + 3;
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_EQ(rig.remote().sessions.size(), SessionCache::kKept);
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_TRUE(rig.record.tls.resumed);
}

TEST(ClientSessionResumption, a_session_of_tls_1_2_is_used_again_and_again) {
  ClientRig rig;
  rig.server_options.max = TLS1_2_VERSION;
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
    EXPECT_TRUE(rig.record.tls.resumed) << i;
    EXPECT_EQ(rig.remote().sessions.size(), 1u) << i;
  }
  rig.server_options.forgets_sessions = true;
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_FALSE(rig.record.tls.resumed);
  EXPECT_EQ(rig.remote().sessions.size(), 1u) << "a newer one takes the place of the one that was forgotten";
}

TEST(ClientSessionResumption, a_dial_that_never_connects_costs_no_ticket) {
  ClientRig rig;
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  const std::size_t kept = rig.remote().sessions.size();
  Tap tap(rig.clock, rig.record);
  { Session never_begun(rig.remote(), tap); }
  EXPECT_EQ(rig.remote().sessions.size(), kept);
}

TEST(ClientSessionResumption, a_refused_certificate_leaves_nothing_to_resume) {
  ClientRig rig;
  rig.name = "other.example";
  EXPECT_EQ(rig.connect(), Code::hostname_mismatch);
  EXPECT_EQ(rig.connect(), Code::hostname_mismatch);
  EXPECT_FALSE(rig.record.tls.resumed);
}

}  // namespace
}  // namespace gladhand::tls
