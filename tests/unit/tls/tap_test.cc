// What a handshake's messages were, how long, and when: of our server and of our client.
#include "tls/tap.h"

#include "support/tls_messages.h"
#include "unit/tls/client_rig.h"
#include "unit/tls/server_rig.h"

namespace gladhand::tls {
namespace {

using std::chrono::milliseconds;
using test::script;
using timeline::ConnectionMark;
using timeline::TlsMessage;
using timeline::TlsMessageType;

const TlsMessage& nth(const timeline::ConnectionRecord& record, std::size_t n) { return record.messages.kept()[n]; }

TEST(ServerTap, tells_the_messages_of_tls_1_3) {
  ServerRig rig;
  ASSERT_EQ(rig.connect({.min = TLS1_3_VERSION}), Code::ok) << rig.detail();
  EXPECT_EQ(script(rig.record.messages),
            "<ClientHello >ServerHello >EncryptedExtensions >Certificate >CertificateVerify >Finished <Finished >NewSessionTicket");
}

TEST(ServerTap, tells_the_messages_of_tls_1_2) {
  ServerRig rig;
  ASSERT_EQ(rig.connect({.max = TLS1_2_VERSION}), Code::ok) << rig.detail();
  EXPECT_EQ(script(rig.record.messages),
            "<ClientHello >ServerHello >Certificate >ServerKeyExchange >ServerHelloDone <ClientKeyExchange <Finished >NewSessionTicket >Finished");
}

TEST(ServerTap, tells_a_hello_retry_request_from_a_server_hello) {
  ServerRig rig;
  ASSERT_EQ(rig.connect({.min = TLS1_3_VERSION, .groups = "P-521:P-256"}), Code::ok) << rig.detail();
  EXPECT_TRUE(script(rig.record.messages).starts_with("<ClientHello >HelloRetryRequest <ClientHello >ServerHello "));
  EXPECT_EQ(rig.record.timeline.at(ConnectionMark::client_hello) - rig.record.timeline.at(ConnectionMark::hello_retry), ServerRig::kOnTheWay);
}

TEST(ServerTap, tells_a_resumed_handshake_by_the_certificate_that_it_does_not_need) {
  ServerRig rig;
  ASSERT_EQ(rig.connect({}), Code::ok) << rig.detail();
  ASSERT_EQ(rig.connect({.resumes = rig.client->session()}), Code::ok) << rig.detail();
  EXPECT_EQ(script(rig.record.messages), "<ClientHello >ServerHello >EncryptedExtensions >Finished <Finished >NewSessionTicket");
}

TEST(ServerTap, dates_what_came_by_its_arrival_and_what_leaves_by_its_making) {
  ServerRig rig;
  const Nanos begun = rig.clock.now();
  ASSERT_EQ(rig.connect({.min = TLS1_3_VERSION}), Code::ok) << rig.detail();
  constexpr Nanos kRound = ServerRig::kOnTheWay + ServerRig::kUnprocessed;
  EXPECT_EQ(nth(rig.record, 0).at - begun, ServerRig::kOnTheWay);
  for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(nth(rig.record, i).at - begun, kRound) << i;
  EXPECT_EQ(nth(rig.record, 6).at - begun, kRound + ServerRig::kOnTheWay) << "the client's Finished";
  EXPECT_EQ(nth(rig.record, 6).at, rig.record.timeline.at(ConnectionMark::client_finished));
  EXPECT_EQ(nth(rig.record, 7).at - begun, 2 * kRound);
}

TEST(ServerTap, counts_the_bytes_on_the_wire) {
  ServerRig rig;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    ASSERT_EQ(rig.connect({.min = version, .max = version}), Code::ok) << rig.detail();
    EXPECT_EQ(rig.record.tls.bytes_received, rig.received);
    EXPECT_EQ(rig.record.tls.bytes_sent, rig.sent);
  }
  const std::uint32_t full = rig.record.tls.bytes_sent;
  ASSERT_EQ(rig.connect({.resumes = rig.client->session()}), Code::ok) << rig.detail();
  EXPECT_EQ(rig.record.tls.bytes_sent, rig.sent);
  EXPECT_LT(rig.record.tls.bytes_sent, full) << "without a certificate";
  ASSERT_NE(rig.connect({.max = TLS1_1_VERSION}), Code::ok);
  EXPECT_EQ(rig.record.tls.bytes_received, rig.received) << "of one that fails, too";
}

TEST(ServerTap, tells_sizes_without_what_protects_them) {
  ServerRig rig;
  ASSERT_EQ(rig.connect({.min = TLS1_3_VERSION}), Code::ok) << rig.detail();
  constexpr std::uint32_t kFinished = 4 + 32;  // header and an HMAC-SHA-256
  EXPECT_EQ(nth(rig.record, 5).bytes, kFinished);
  EXPECT_EQ(nth(rig.record, 6).bytes, kFinished);
  EXPECT_GT(nth(rig.record, 3).bytes, 300u) << "a certificate";
}

TEST(ServerTap, tells_the_alert_that_ends_a_handshake) {
  ServerRig rig;
  EXPECT_EQ(rig.connect({.alpn = "gopher"}), Code::no_shared_alpn);
  EXPECT_EQ(script(rig.record.messages), "<ClientHello >Alert");
  ServerRig doubted;
  EXPECT_EQ(doubted.connect({.min = TLS1_3_VERSION, .verifies = true}), Code::alert_received);
  EXPECT_TRUE(script(doubted.record.messages).ends_with(">Finished <Alert"));
}

TEST(ClientTap, tells_the_messages_of_tls_1_3_but_not_the_tickets_behind_them) {
  ClientRig rig;
  rig.server_options.min = TLS1_3_VERSION;
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_EQ(script(rig.record.messages), ">ClientHello <ServerHello <EncryptedExtensions <Certificate <CertificateVerify <Finished >Finished");
  EXPECT_EQ(nth(rig.record, 1).at, rig.record.timeline.at(ConnectionMark::server_hello));
}

TEST(ClientTap, dates_each_message_by_its_own_last_byte) {
  ClientRig rig;
  rig.piece = 1;
  rig.server_options.max = TLS1_2_VERSION;
  ASSERT_EQ(rig.connect(), Code::ok) << rig.detail();
  EXPECT_EQ(script(rig.record.messages),
            ">ClientHello <ServerHello <Certificate <ServerKeyExchange <ServerHelloDone >ClientKeyExchange >Finished <NewSessionTicket <Finished");
  for (std::size_t i = 1; i < rig.record.messages.kept().size(); ++i) EXPECT_GE(nth(rig.record, i).at, nth(rig.record, i - 1).at) << i;
}

}  // namespace
}  // namespace gladhand::tls
