// What the latest connections have in common, of records whose every figure is known.
#include "observe/summary.h"

#include <gmock/gmock.h>

#include "unit/observe/story_fixture.h"

namespace gladhand::observe {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SummaryTest : public StoryTest {
 protected:
  std::string summary(std::size_t limit = 500) const { return summary_json(recents, {{}, 1s}, limit); }
};

TEST_F(SummaryTest, says_what_each_phase_took) {
  tell_of_one_exchange();
  EXPECT_THAT(summary(), AllOf(HasSubstr(R"({"name":"tls_client_flight","awaited":"client","count":1,"p50":21000.000,"p95":21000.000,"p99":21000.000})"),
                               HasSubstr(R"({"name":"tls_server_flight","awaited":"self","count":1,"p50":2000.000,)"),
                               HasSubstr(R"("handshake":{"count":1,"p50":54000.000,)")));
}

TEST_F(SummaryTest, takes_phases_of_exchanges_from_the_clients_connections_once) {
  tell_of_one_exchange();
  EXPECT_THAT(summary(), HasSubstr(R"({"name":"first_byte","awaited":"upstream","count":1,"p50":7000.000,)"));
}

// 24 ms of TLS: 21 ms for the client's flight, of which TCP's round trip is 20 ms; 0.3 ms of computing.
TEST_F(SummaryTest, says_who_took_the_time_and_leaves_none_of_it_out) {
  tell_of_one_exchange();
  EXPECT_THAT(summary(), HasSubstr(R"("spent":{"connections":1,"total":24000.000,"network":20000.000,"client":1000.000,"self":300.000,"rest":2700.000})"));
}

TEST_F(SummaryTest, does_not_guess_the_network_where_the_kernel_cannot_be_trusted) {
  client.tcp.handshake_rtt.reset();
  tell_of_one_exchange();
  EXPECT_THAT(summary(), Not(HasSubstr(R"("total":24000.000)")));
}

TEST_F(SummaryTest, counts_failures_by_reason_and_stage_beside_all) {
  client.result = Code::no_shared_cipher;
  client.stage = ConnectionMark::client_hello;
  ring().handshake_ended(client);
  EXPECT_THAT(summary(), AllOf(HasSubstr(R"("connections":1,"failed":1,)"), HasSubstr(R"("results":[{"result":"no_shared_cipher","stage":"client_hello","count":1}])"),
                               HasSubstr(R"("handshake":{"count":0})"), HasSubstr(R"("sessions":[])")));
}

TEST_F(SummaryTest, counts_what_was_agreed_on_the_most_frequent_first) {
  for (std::uint64_t id = 10; id < 13; ++id) {
    client.id = id;
    client.tls.resumed = id == 12;
    client.tls.alpn = id == 12 ? "" : "h2";
    ring().handshake_ended(client);
  }
  EXPECT_THAT(summary(), AllOf(HasSubstr(R"("sessions":[{"name":"full","count":2},{"name":"resumed","count":1}])"),
                               HasSubstr(R"("alpn":[{"name":"h2","count":2},{"name":"none","count":1}])"), HasSubstr(R"("groups":[{"name":"X25519","count":3}])")));
}

TEST_F(SummaryTest, is_of_the_youngest_where_it_is_limited) {
  tell_of_one_exchange();
  timeline::ConnectionRecord younger = plain_client();
  younger.id = 9;
  younger.timeline = {};
  for (const auto mark : {ConnectionMark::started, ConnectionMark::connected, ConnectionMark::ready}) younger.timeline.mark(mark, 90ms);
  ring().handshake_ended(younger);
  EXPECT_THAT(summary(1), AllOf(HasSubstr(R"("client":{"connections":1,"failed":0,)"), Not(HasSubstr("tls_client_flight"))));
}

TEST_F(SummaryTest, of_an_upstream_or_a_listener_is_of_its_connections_alone) {
  tell_of_one_exchange();
  ring().handshake_ended(tls_upstream());
  const auto of = [&](std::string_view name, timeline::Side side = timeline::Side::upstream) {
    std::vector<std::string_view> names;
    for (const PhaseFigures& one : figures_of(recents, side, name, 10)) names.push_back(one.phase->name);
    return names;
  };
  EXPECT_THAT(of("secure", timeline::Side::client), testing::AllOf(testing::Contains("tls_client_flight"), testing::Not(testing::Contains("pool_wait"))));
  EXPECT_THAT(of("web", timeline::Side::client), testing::IsEmpty());
  EXPECT_THAT(of("secure"), testing::IsEmpty());
  EXPECT_THAT(of("api"), testing::ElementsAre("pool_wait", "tcp", "first_byte"));
  EXPECT_THAT(of("files"), testing::ElementsAre("tcp", "tls_server_reply", "tls_verify", "tls", "tls_compute"));
}

}  // namespace
}  // namespace gladhand::observe
