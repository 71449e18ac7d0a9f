// Whom a listener serves: by the name that they ask for, and by the certificate that they show.
#include "support/client_certificate.h"
#include "unit/tls/server_rig.h"

namespace gladhand::tls {
namespace {

using timeline::SniClass;

const CertificatePair& authority() {
  static const CertificatePair made = make_authority("Clients", 2);
  return made;
}

TEST(ServerContextNames, a_stranger_is_refused_where_it_is_said_so) {
  ServerRig rig;
  rig.listener.tls.refuse_unknown_names = true;
  EXPECT_EQ(rig.connect({.server_name = "other.example"}), Code::unknown_sni);
  EXPECT_EQ(rig.record.tls.sni_class, SniClass::unknown);
  EXPECT_EQ(rig.record.sni, "other.example");
  EXPECT_EQ(rig.connect({.server_name = "origin.example"}), Code::ok) << rig.detail();
  EXPECT_EQ(rig.connect({.server_name = ""}), Code::ok) << "who names nobody has not asked for a stranger";
}

// A session that began without a certificate must not go on where one is demanded.
TEST(ServerContextClients, a_ticket_of_a_listener_that_demands_nothing_is_no_certificate) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    ServerRig rig;
    ASSERT_EQ(rig.connect({.min = version, .max = version}), Code::ok) << rig.detail();
    const test::SessionPtr ticket = rig.client->session();
    ASSERT_EQ(rig.connect({.min = version, .max = version, .resumes = ticket}), Code::ok);
    ASSERT_TRUE(rig.record.tls.resumed) << "it is good where it comes from";
    rig.client_authorities = authority().chain_pem;
    rig.begin_again();
    EXPECT_EQ(rig.connect({.min = version, .max = version, .resumes = ticket}), Code::missing_client_certificate);
  }
}

TEST(ServerContextClients, a_ticket_stands_for_the_certificate_with_which_it_was_earned) {
  ServerRig rig;
  rig.client_authorities = authority().chain_pem;
  const CertificatePair own = test::make_client_leaf(authority(), 2);
  ASSERT_EQ(rig.connect({.certificate = own}), Code::ok) << rig.detail();
  ASSERT_EQ(rig.connect({.resumes = rig.client->session()}), Code::ok) << rig.detail();
  EXPECT_TRUE(rig.record.tls.resumed);
}

}  // namespace
}  // namespace gladhand::tls
