#include "observe/recents.h"

#include <gmock/gmock.h>

#include "observe/handshake_json.h"
#include "unit/observe/story_fixture.h"

namespace gladhand::observe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint64_t kSecondWorker = 1ull << kWorkerBit;

class RecentsTest : public StoryTest {
 protected:
  timeline::ConnectionRecord begun(std::uint64_t id, Nanos at) {
    timeline::ConnectionRecord record;
    record.id = id;
    record.timeline.mark(ConnectionMark::started, at);
    record.timeline.mark(ConnectionMark::ready, at + 1ms);
    record.stage = ConnectionMark::ready;
    recents.ring(id >> kWorkerBit).handshake_ended(record);
    return record;
  }
  std::vector<std::uint64_t> ids(const RecentFilter& filter) const {
    std::vector<std::uint64_t> found;
    for (const auto& recent : recents.list(filter)) found.push_back(recent->summary.id);
    return found;
  }
};

TEST_F(RecentsTest, the_youngest_of_all_workers_comes_first) {
  begun(1, 10ms);
  begun(2, 30ms);
  begun(kSecondWorker + 1, 20ms);
  EXPECT_THAT(ids({}), ElementsAre(2, kSecondWorker + 1, 1));
  EXPECT_THAT(ids({.limit = 2}), ElementsAre(2, kSecondWorker + 1));
  EXPECT_THAT(ids({.since = 1}), ElementsAre(2, kSecondWorker + 1));
  EXPECT_THAT(ids({.since = kSecondWorker + 1}), ElementsAre(2));
  EXPECT_THAT(ids({.since = 999}), ElementsAre(2, kSecondWorker + 1, 1)) << "before one that is forgotten there is nothing";
}

TEST_F(RecentsTest, a_limit_holds_when_the_rings_are_full) {
  for (std::uint64_t n = 1; n <= 2 * RecentRing::kConnections; ++n) {
    begun(n, Nanos(2 * n));
    begun(kSecondWorker + n, Nanos(2 * n + 1));
  }
  EXPECT_EQ(ids({.limit = 10'000}).size(), 2 * RecentRing::kConnections);
  EXPECT_THAT(ids({.limit = 3}), ElementsAre(kSecondWorker + 2048, 2048, kSecondWorker + 2047));
}

TEST_F(RecentsTest, filters_by_side_name_result_and_duration) {
  tell_of_one_exchange();  // 2 of "secure" took 54 ms, 3 of "api" 4 ms
  timeline::ConnectionRecord failed = plain_client();
  failed.result = Code::client_reset;
  ring().handshake_ended(failed);
  EXPECT_THAT(ids({.side = Side::upstream}), ElementsAre(3));
  EXPECT_THAT(ids({.name = "secure"}), ElementsAre(2));
  EXPECT_THAT(ids({.name = "nobody"}), IsEmpty());
  EXPECT_THAT(ids({.result = Code::ok}), ElementsAre(3, 2));
  EXPECT_THAT(ids({.result = Code::reset}), ElementsAre(1)) << "by the name that the metrics give it";
  EXPECT_THAT(ids({.is_failed = true}), ElementsAre(1));
  EXPECT_THAT(ids({.over = 54ms}), ElementsAre(2));
  EXPECT_THAT(ids({.over = 54ms + 1ns}), IsEmpty());
  EXPECT_THAT(ids({.phase = "tls_client_flight", .over = 21ms}), ElementsAre(2));
  EXPECT_THAT(ids({.phase = "tls_client_flight", .over = 22ms}), IsEmpty());
  EXPECT_THAT(ids({.phase = "first_byte", .over = 7ms}), ElementsAre(3, 2)) << "of the exchange that both carried";
}

TEST_F(RecentsTest, filters_by_every_phase_that_there_is) {
  client.timeline.mark(ConnectionMark::hello_retry, 31500us);
  client.timeline.mark(ConnectionMark::settings_sent, 56ms);
  client.timeline.mark(ConnectionMark::settings_received, 58ms);
  client.timeline.mark(ConnectionMark::settings_acknowledged, 59ms);
  ring().handshake_ended(client);
  ring().handshake_ended(upstream);
  auto tunnel = exchange();
  tunnel.purpose = timeline::Purpose::connect;
  tunnel.timeline.mark(ExchangeMark::resolved, 62ms);
  ring().tunnel_opened(tunnel);
  for (const char* phase : {"tls_retry", "h2_preface", "h2_settings"}) EXPECT_THAT(ids({.phase = phase}), ElementsAre(2)) << phase;
  EXPECT_THAT(ids({.phase = "h2_settings", .over = 3ms}), ElementsAre(2));
  EXPECT_THAT(ids({.phase = "h2_settings", .over = 3001us}), IsEmpty());
  EXPECT_THAT(ids({.phase = "close"}), IsEmpty()) << "nothing is closed";
  EXPECT_THAT(ids({.phase = "dns", .over = 2ms}), ElementsAre(3, 2));
  EXPECT_THAT(ids({.phase = "connect_tunnel", .over = 13ms}), ElementsAre(3, 2));
  EXPECT_THAT(ids({.phase = "websocket_upgrade"}), IsEmpty());
  EXPECT_THAT(ids({.side = Side::client, .phase = "tcp", .over = 4ms}), ElementsAre(2));
  client.tcp.handshake_rtt.reset();
  ring().settings_exchanged(client);
  EXPECT_THAT(ids({.side = Side::client, .phase = "tcp", .over = 4ms}), ElementsAre(2)) << "the tunnel's";
  EXPECT_THAT(ids({.side = Side::client, .phase = "tcp", .over = 4001us}), IsEmpty());
  EXPECT_THAT(ids({.phase = "tls_compute"}), ElementsAre(2)) << "where there is no TLS it does not take zero time";
  close(client, Code::ok);
  EXPECT_THAT(ids({.phase = "close", .over = 1ms}), ElementsAre(2));

  tunnel.purpose = timeline::Purpose::websocket;
  ring().exchange_ended(tunnel);
  EXPECT_THAT(ids({.phase = "websocket_upgrade", .over = 13ms}), ElementsAre(3, 2));
}

TEST_F(RecentsTest, a_story_has_the_connections_on_the_other_side) {
  tell_of_one_exchange();
  EXPECT_EQ(story(2).partner(3)->summary.id, 3u);
  EXPECT_EQ(story(3).partner(2)->summary.id, 2u);
  const Story clients = story(2), upstreams = story(3);
  EXPECT_EQ(clients.subject->first.record.client, &clients.subject->record());
  EXPECT_EQ(clients.subject->first.record.upstream, &clients.partner(3)->record());
  EXPECT_EQ(upstreams.subject->first.record.client, &upstreams.partner(2)->record());
  EXPECT_EQ(upstreams.subject->first.record.upstream, &upstreams.subject->record());
  EXPECT_EQ(story(2).partner(99), nullptr);
  EXPECT_FALSE(recents.story(99));
  EXPECT_FALSE(recents.story(7 * kSecondWorker + 2)) << "there is no such worker";
}

TEST_F(RecentsTest, as_json_it_says_all_that_is_known) {
  client.tls.bytes_received = 620;
  client.tls.bytes_sent = 1400;
  client.tcp.retransmits = 1;
  client.tcp.is_known = client.tcp.timestamps = client.tcp.sack = client.tcp.window_scaling = true;
  client.tcp.mss = 1460;
  client.tcp.path_mtu = 1500;
  client.tcp.window_scale_sent = 7;
  client.tcp.window_scale_received = 8;
  client.syn = timeline::SynFacts{.ttl = 57, .window = 64240, .mss = 1460, .sack = true, .timestamps = true, .options_size = 3, .options = {2, 4, 8}};
  tell_of_one_exchange();
  HandshakeJson json(recents);
  const Moment moment{std::chrono::sys_days(std::chrono::year(2026) / 7 / 1) + std::chrono::hours(12), 1ms};
  EXPECT_EQ(json.write(*recents.find(2), moment),
            R"({"id":"2","side":"client","name":"secure","state":"closed","began":"2026-07-01T12:00:00.000000Z","duration":81000.000,)"
            R"("handshake":54000.000,"result":"ok","stage":"ready","ended_by":"client_closed","peer":"192.0.2.1:50001","sni":"example.com",)"
            R"("bytes_in":0,"bytes_out":0,"close":{"closer":"peer","manner":"fin","is_complete":true,"is_dated":true,"is_idle":false},)"
            R"("tcp":{"syn_retransmits":1,"mss":1460,"path_mtu":1500,"window_scale_sent":7,"window_scale_received":8,"tcp_timestamps":true,"sack":true,"ecn":false,)"
            R"("syn":{"ttl":57,"window":64240,"data_bytes":0,"mss":1460,"sack":true,"timestamps":true,"ecn":false,"options":[2,4,8]}},)"
            R"("tls":{"version":"1.3","resumed":false,"resumption":"full","bytes_received":620,"bytes_sent":1400,"cipher":"TLS_AES_128_GCM_SHA256","group":"X25519","alpn":"h2",)"
            R"("signature":"ecdsa_sha256","sni_class":"served",)"
            R"("messages":[{"type":"ClientHello","is_sent":false,"bytes":512,"at":31000.000},{"type":"ServerHello","is_sent":true,"bytes":122,"at":32000.000},)"
            R"({"type":"Finished","is_sent":true,"bytes":36,"at":32000.000},{"type":"Finished","is_sent":false,"bytes":36,"at":54000.000}]},)"
            R"("phases":{"tcp":20000.000,"accept_wait":0.000,"client_hello_wait":30000.000,"tls_server_flight":2000.000,)"
            R"("tls_client_flight":21000.000,"tls":24000.000,"tls_compute":300.000,"close":1000.000},)"
            R"("marks":{"started":0.000,"connected":0.000,"first_byte":30000.000,"client_hello":31000.000,"server_flight":33000.000,)"
            R"("client_finished":54000.000,"secured":54000.000,"ready":54000.000,"closing":80000.000,"closed":81000.000},)"
            R"("exchanges":{"begun":1,"ended":1,"failed":0,"first":{"client":"2","upstream":"3","upstream_name":"api","endpoint":"10.0.0.1:80",)"
            R"("is_first_of_client":true,"is_first_of_upstream":true,"route":"/api/*","method":"GET","authority":"example.com","path":"/api/1",)"
            R"("version":"HTTP/1.1","status":200,"attempts":1,"request_body_bytes":3,"response_body_bytes":512,)"
            R"("phases":{"upstream":{"pool_wait":5000.000,"first_byte":7000.000}},)"
            R"("marks":{"head_received":59000.000,"upstream_asked":59000.000,"upstream_ready":64000.000,"head_sent":65000.000,)"
            R"("reply_head_received":72000.000,"reply_head_sent":72000.000,"reply_ended":79000.000,"finished":79000.000}}}})");
}

TEST_F(RecentsTest, as_json_who_sent_a_proxy_header_is_kept_beside_the_client_that_it_named) {
  client.tcp_peer = "10.0.0.5:40000";
  client.timeline.mark(ConnectionMark::proxy_header, 11ms);
  ring().handshake_ended(client);
  HandshakeJson json(recents);
  const std::string text(json.write(*recents.find(2), Moment{}));
  EXPECT_THAT(text, HasSubstr(R"("peer":"192.0.2.1:50001","tcp_peer":"10.0.0.5:40000",)"));
  EXPECT_THAT(text, HasSubstr(R"("proxy_protocol":10000.000,"client_hello_wait":20000.000,)"));
}

TEST_F(RecentsTest, as_json_what_is_not_known_is_left_out) {
  begun(1, 10ms);
  HandshakeJson json(recents);
  const std::string text(json.write(*recents.find(1), Moment{}));
  EXPECT_THAT(text, HasSubstr(R"("state":"open")"));
  EXPECT_THAT(text, HasSubstr(R"("phases":{},"marks":{"started":0.000,"ready":1000.000},"exchanges":{"ended":0,"failed":0}})"));
  for (const char* absent : {"duration", "bytes_in", "\"tls\"", "sni", "peer", "ended_by"}) EXPECT_THAT(text, Not(HasSubstr(absent)));
}

TEST_F(RecentsTest, as_json_a_tls_handshake_that_failed_says_what_is_known_of_it) {
  timeline::ConnectionRecord record = begun(1, 10ms);
  record.is_tls = true;
  record.tls.sni_class = timeline::SniClass::unknown;
  record.tls.ja4 = timeline::Ja4("t13d1516h2_8daaf6152771_02713d6af862");
  record.tls.retried = record.tls.stapled = record.tls.truncated = true;
  record.tls.alert_sent = 112;
  record.tls.alert_received = 48;
  for (std::size_t i = 0; i <= timeline::TlsMessages::kMost; ++i) record.messages.add({static_cast<TlsMessageType>(7), false, 4, 11ms});
  ring().handshake_ended(record);
  HandshakeJson json(recents);
  const std::string text(json.write(*recents.find(1), Moment{}));
  EXPECT_THAT(text, HasSubstr(R"("tls":{"sni_class":"unknown","ja4":"t13d1516h2_8daaf6152771_02713d6af862","retried":true,"stapled":true,)"
                              R"("alert_sent":"unrecognized_name","alert_received":"unknown_ca","truncated":true,)"
                              R"("messages":[{"type":"unknown","number":7,"is_sent":false,"bytes":4,"at":1000.000},)"));
  EXPECT_THAT(text, HasSubstr(R"("at":1000.000}],"messages_are_cut_short":true},"phases")"));
}

TEST_F(RecentsTest, as_json_an_upstream_is_not_asked_for_a_name) {
  ring().handshake_ended(tls_upstream());
  HandshakeJson json(recents);
  const std::string text(json.write(*recents.find(4), Moment{}));
  EXPECT_THAT(text, HasSubstr(R"("tls":{"version":"1.3","resumed":false,"resumption":"full","cipher":"TLS_AES_128_GCM_SHA256","group":"X25519","alpn":"h2"},)"));
}

TEST_F(RecentsTest, as_json_a_tunnel_has_its_own_phases) {
  auto tunnel = exchange();
  tunnel.purpose = timeline::Purpose::connect;
  ring().handshake_ended(client);
  ring().tunnel_opened(tunnel);
  HandshakeJson json(recents);
  EXPECT_THAT(std::string(json.write(*recents.find(2), Moment{})), HasSubstr(R"("client":{"connect_tunnel":13000.000})"));
  EXPECT_THAT(std::string(json.write(*recents.find(2), Moment{})), HasSubstr(R"("tunnel":{"tcp":4000.000})"));
}

TEST_F(RecentsTest, times_in_json_are_exact_to_the_nanosecond) {
  timeline::ConnectionRecord record;
  record.id = 1;
  record.timeline.mark(ConnectionMark::started, 1'000'000ns);
  record.timeline.mark(ConnectionMark::ready, 1'001'007ns);
  ring().handshake_ended(record);
  HandshakeJson json(recents);
  EXPECT_THAT(std::string(json.write(*recents.find(1), Moment{})), HasSubstr(R"("ready":1.007)"));
}

TEST(Micros, are_rounded_to_the_nearest) {
  EXPECT_EQ(micros(1'499ns), 1);
  EXPECT_EQ(micros(1'500ns), 2);
  EXPECT_EQ(micros(-1'499ns), -1);
  EXPECT_EQ(micros(-1'501ns), -2);
  EXPECT_EQ(micros(0ns), 0);
}

}  // namespace
}  // namespace gladhand::observe
