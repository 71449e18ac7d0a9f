#include "observe/mermaid.h"

#include <gmock/gmock.h>

#include "unit/observe/story_fixture.h"

namespace gladhand::observe {
namespace {

using testing::HasSubstr;
using testing::Not;

class MermaidTest : public StoryTest {
 protected:
  std::string drawn(std::uint64_t id) const { return mermaid(sequence_of(story(id))); }
};

TEST_F(MermaidTest, shows_every_step_of_a_connection_and_of_the_upstream_that_was_dialled_for_it) {
  tell_of_one_exchange();
  EXPECT_EQ(drawn(2), R"(sequenceDiagram
    participant C as client 192.0.2.1:50001
    participant G as Gladhand
    participant U as upstream 10.0.0.1:80
    C->>G: SYN
    G->>C: SYN-ACK<br/>-20.000 ms
    C->>G: ACK<br/>0.000 ms (+20.000 ms)
    Note over G: accepted<br/>0.000 ms (+0.000 ms)
    C->>G: first byte<br/>30.000 ms (+30.000 ms)
    C->>G: ClientHello, 512 bytes<br/>31.000 ms (+1.000 ms)
    G->>C: ServerHello, 122 bytes<br/>32.000 ms (+1.000 ms)
    G->>C: Finished, 36 bytes<br/>32.000 ms (+0.000 ms)
    Note over G: server flight sent<br/>33.000 ms (+1.000 ms)
    C->>G: Finished, 36 bytes<br/>54.000 ms (+21.000 ms)
    Note over G: TLS 1.3, TLS_AES_128_GCM_SHA256, X25519, h2<br/>54.000 ms (+0.000 ms)
    Note over G: ready for HTTP<br/>54.000 ms (+0.000 ms)
    C->>G: GET /api/1<br/>59.000 ms (+5.000 ms)
    G->>U: SYN<br/>59.000 ms (+0.000 ms)
    U->>G: SYN-ACK<br/>63.000 ms (+4.000 ms)
    G->>U: ACK<br/>63.000 ms (+0.000 ms)
    Note over G: upstream ready<br/>64.000 ms (+1.000 ms)
    G->>U: GET /api/1<br/>65.000 ms (+1.000 ms)
    U->>G: 200<br/>72.000 ms (+7.000 ms)
    G->>C: 200<br/>72.000 ms (+0.000 ms)
    U->>G: end of response<br/>79.000 ms (+7.000 ms)
    Note over G: exchange over<br/>79.000 ms (+0.000 ms)
    C->>G: close_notify, FIN<br/>80.000 ms (+1.000 ms)
    G->>C: FIN<br/>81.000 ms (+1.000 ms)
    Note over C,U: 81.000 ms in all, from accepted to closed
)");
}

TEST_F(MermaidTest, a_proxy_header_is_said_before_everything_else) {
  client.timeline.mark(ConnectionMark::proxy_header, 11ms);
  ring().handshake_ended(client);
  EXPECT_THAT(drawn(2), HasSubstr("accepted<br/>0.000 ms\n    C->>G: PROXY header<br/>10.000 ms (+10.000 ms)\n    C->>G: first byte<br/>30.000 ms (+20.000 ms)\n"));
}

TEST_F(MermaidTest, leaves_out_the_instants_that_the_kernel_did_not_tell) {
  client.tcp.handshake_rtt.reset();
  ring().handshake_ended(client);
  const std::string text = drawn(2);
  EXPECT_THAT(text, HasSubstr("G->>C: SYN-ACK\n    C->>G: ACK\n    Note over G: accepted<br/>0.000 ms\n"));
  EXPECT_THAT(text, HasSubstr("Note over C,G: still open\n"));
  EXPECT_THAT(text, Not(HasSubstr("participant U")));
}

TEST_F(MermaidTest, an_upstreams_connection_is_drawn_from_its_dial_on_without_the_client) {
  tell_of_one_exchange();
  EXPECT_EQ(drawn(3), R"(sequenceDiagram
    participant G as Gladhand
    participant U as upstream
    G->>U: SYN<br/>0.000 ms
    U->>G: SYN-ACK<br/>4.000 ms (+4.000 ms)
    G->>U: ACK<br/>4.000 ms (+0.000 ms)
    Note over G: ready for HTTP<br/>4.000 ms (+0.000 ms)
    G->>U: GET /api/1<br/>6.000 ms (+2.000 ms)
    U->>G: 200<br/>13.000 ms (+7.000 ms)
    U->>G: end of response<br/>20.000 ms (+7.000 ms)
    Note over G,U: still open
)");
}

TEST_F(MermaidTest, a_request_that_was_sent_again_is_drawn_from_then_on) {
  ring().handshake_ended(client);
  auto again = exchange();
  again.timeline.mark(ExchangeMark::routed, again.timeline.at(ExchangeMark::upstream_asked) - 20ms);
  ring().exchange_ended(again);
  EXPECT_THAT(drawn(2), HasSubstr("    Note over G: upstream asked again<br/>"));
}

TEST_F(MermaidTest, a_tls_upstreams_messages_go_the_other_way) {
  timeline::ConnectionRecord record = tls_upstream();
  record.messages.add({TlsMessageType::client_hello, true, 246, 65ms});
  record.messages.add({TlsMessageType::server_hello, false, 122, 85ms});
  ring().handshake_ended(record);
  const std::string text = drawn(4);
  EXPECT_THAT(text, HasSubstr("G->>U: ClientHello, 246 bytes<br/>5.000 ms (+1.000 ms)\n    U->>G: ServerHello, 122 bytes<br/>25.000 ms (+20.000 ms)\n"))
      << "the first byte is one of a message that is drawn itself";
  EXPECT_THAT(text, HasSubstr("Note over G: certificate verified<br/>27.000 ms (+2.000 ms)\n"));
}

TEST_F(MermaidTest, a_handshake_that_failed_ends_where_it_died) {
  timeline::ConnectionRecord record;
  record.id = 9;
  record.is_tls = true;
  record.owner = kSecure;
  record.timeline.mark(ConnectionMark::started, 1ms);
  record.timeline.mark(ConnectionMark::first_byte, 3ms);
  record.stage = ConnectionMark::first_byte;
  record.result = Code::client_eof_in_handshake;
  ring().handshake_ended(record);
  close(record, Code::client_eof_in_handshake);
  EXPECT_THAT(drawn(9), HasSubstr("first byte<br/>2.000 ms (+2.000 ms)\n    C->>G: FIN<br/>81.000 ms (+79.000 ms)\n    Note over C,G: 81.000 ms in all"));
}

TEST_F(MermaidTest, exchanges_between_the_first_and_the_latest_are_counted) {
  ring().handshake_ended(client);
  auto one = exchange();
  for (int i = 0; i < 4; ++i) ring().exchange_ended(one);
  EXPECT_THAT(drawn(2), HasSubstr("Note over G: 2 exchanges not shown<br/>"));
}

TEST_F(MermaidTest, a_reply_of_our_own_has_no_upstream) {
  ring().handshake_ended(client);
  timeline::ExchangeRecord record;
  record.client = &client;
  record.method = "GET";
  record.target = "/";
  record.status = 404;
  record.error = Code::no_route;
  record.timeline.mark(ExchangeMark::head_received, 60ms);
  record.timeline.mark(ExchangeMark::reply_ended, 61ms);
  record.timeline.mark(ExchangeMark::finished, 61ms);
  ring().exchange_ended(record);
  const std::string text = drawn(2);
  EXPECT_THAT(text, HasSubstr("G->>C: 404 no route<br/>60.000 ms (+1.000 ms)\n    Note over G: exchange over, no route<br/>"));
  EXPECT_THAT(text, Not(HasSubstr("participant U")));
}

TEST_F(MermaidTest, a_mark_that_has_no_drawing_of_its_own_is_a_note_with_its_name) {
  client.timeline.mark(ConnectionMark::resolved, 2ms);
  tell_of_one_exchange();
  EXPECT_THAT(drawn(2), HasSubstr("    Note over G: resolved<br/>1.000 ms (+1.000 ms)\n"));
}

TEST_F(MermaidTest, a_hello_that_had_to_be_repeated_is_drawn_with_what_asked_for_it) {
  timeline::ConnectionRecord record = tls_client();
  record.timeline.mark(ConnectionMark::hello_retry, 32ms);
  record.messages.add({TlsMessageType::client_hello, false, 377, 31ms});
  record.messages.add({TlsMessageType::hello_retry_request, true, 88, 31500us});
  record.messages.add({TlsMessageType::client_hello, false, 276, 32ms});
  ring().handshake_ended(record);
  EXPECT_THAT(drawn(2), HasSubstr("    C->>G: ClientHello, 377 bytes<br/>30.000 ms (+30.000 ms)\n"
                                  "    G->>C: HelloRetryRequest, 88 bytes<br/>30.500 ms (+0.500 ms)\n"
                                  "    C->>G: ClientHello, 276 bytes<br/>31.000 ms (+0.500 ms)\n"));
}

TEST_F(MermaidTest, without_tls_the_first_byte_is_one_of_the_request) {
  timeline::ConnectionRecord record = plain_client();
  record.timeline.mark(ConnectionMark::first_byte, 5ms);
  ring().handshake_ended(record);
  EXPECT_THAT(drawn(1), Not(HasSubstr("first byte")));
}

TEST_F(MermaidTest, of_alerts_the_last_has_a_name) {
  timeline::ConnectionRecord record = tls_client();
  record.tls.alert_received = 48;
  record.messages.add({TlsMessageType::alert, false, 2, 32ms});
  record.messages.add({TlsMessageType::alert, false, 2, 33ms});
  ring().handshake_ended(record);
  EXPECT_THAT(drawn(2), HasSubstr("    C->>G: Alert<br/>31.000 ms (+1.000 ms)\n    C->>G: Alert unknown ca<br/>32.000 ms (+1.000 ms)\n"));
}

TEST_F(MermaidTest, messages_that_were_too_many_are_said_to_be_missing) {
  timeline::ConnectionRecord record = tls_client();
  for (std::size_t i = 0; i <= timeline::TlsMessages::kMost; ++i) record.messages.add({TlsMessageType::client_hello, false, 40, 31ms});
  ring().handshake_ended(record);
  EXPECT_THAT(drawn(2), HasSubstr("ClientHello, 40 bytes<br/>30.000 ms (+0.000 ms)\n    Note over G: more messages, which were not kept<br/>30.000 ms"));
}

TEST_F(MermaidTest, both_ends_say_what_they_allow) {
  for (timeline::ConnectionRecord* record : {&client, &upstream}) {
    record->timeline.mark(ConnectionMark::settings_sent, 90ms);
    record->timeline.mark(ConnectionMark::settings_received, 92ms);
    record->timeline.mark(ConnectionMark::settings_acknowledged, 94ms);
    ring().handshake_ended(*record);
  }
  EXPECT_THAT(drawn(2), HasSubstr("    G->>C: SETTINGS<br/>89.000 ms (+35.000 ms)\n"
                                  "    C->>G: preface, SETTINGS<br/>91.000 ms (+2.000 ms)\n"
                                  "    C->>G: SETTINGS ACK<br/>93.000 ms (+2.000 ms)\n"));
  EXPECT_THAT(drawn(3), HasSubstr("    G->>U: preface, SETTINGS<br/>30.000 ms (+26.000 ms)\n"
                                  "    U->>G: SETTINGS<br/>32.000 ms (+2.000 ms)\n"
                                  "    U->>G: SETTINGS ACK<br/>34.000 ms (+2.000 ms)\n"));
}

TEST_F(MermaidTest, an_upgrade_is_drawn_with_what_was_wished_for) {
  auto one = exchange();
  one.status = 101;
  one.purpose = timeline::Purpose::websocket;
  ring().handshake_ended(client);
  ring().tunnel_opened(one);
  const std::string text = drawn(2);
  EXPECT_THAT(text, HasSubstr("C->>G: GET /api/1, Upgrade to WebSocket<br/>"));
  EXPECT_THAT(text, HasSubstr("G->>U: GET /api/1, Upgrade to WebSocket<br/>"));
  EXPECT_THAT(text, HasSubstr("U->>G: 101 Switching Protocols<br/>72.000 ms (+7.000 ms)\n    G->>C: 101 Switching Protocols<br/>"));
}

TEST_F(MermaidTest, the_target_of_a_connect_does_not_answer_us) {
  auto one = exchange();
  one.method = "CONNECT";
  one.target = "a.example:443";
  one.purpose = timeline::Purpose::connect;
  one.timeline.mark(ExchangeMark::resolved, 61ms);
  ring().handshake_ended(client);
  ring().tunnel_opened(one);
  const std::string text = drawn(2);
  EXPECT_THAT(text, HasSubstr("C->>G: CONNECT a.example#58;443<br/>59.000 ms (+5.000 ms)\n    Note over G: name resolved<br/>60.000 ms"));
  EXPECT_THAT(text, HasSubstr("G->>C: 200 tunnel opens<br/>72.000 ms"));
  EXPECT_THAT(text, Not(HasSubstr("U->>G: 200")));
}

// How the connection ended, as text behind the last exchange.
class MermaidEndTest : public MermaidTest {
 protected:
  std::string end(Code why, timeline::CloseFacts how) {
    ring().handshake_ended(client);
    close(client, why, how);
    const std::string text = drawn(2);
    const std::size_t ready = text.find("ready for HTTP<br/>54.000 ms (+0.000 ms)\n");
    return ready == text.npos ? text : text.substr(ready + 41, text.find("    Note over C,G: 81.000 ms in all") - ready - 41);
  }
};

TEST_F(MermaidEndTest, we_close_and_the_client_answers) {
  EXPECT_EQ(end(Code::ok, {.closer = Closer::us, .is_complete = true}),
            "    G->>C: close_notify, FIN<br/>80.000 ms (+26.000 ms)\n    C->>G: FIN<br/>81.000 ms (+1.000 ms)\n");
}

TEST_F(MermaidEndTest, we_close_and_do_not_wait_for_an_answer) {
  EXPECT_EQ(end(Code::client_idle, {.closer = Closer::us}),
            "    G->>C: close_notify, FIN<br/>80.000 ms (+26.000 ms)\n    Note over G: closed, client idle<br/>81.000 ms (+1.000 ms)\n");
}

TEST_F(MermaidEndTest, the_client_cuts_tls_off) {
  client.tls.truncated = true;
  EXPECT_EQ(end(Code::ok, {.closer = Closer::peer, .is_complete = true}),
            "    C->>G: FIN without close_notify<br/>80.000 ms (+26.000 ms)\n    G->>C: FIN<br/>81.000 ms (+1.000 ms)\n");
}

TEST_F(MermaidEndTest, the_client_closed_before_anybody_looked) {
  client.is_tls = false;
  EXPECT_THAT(end(Code::ok, {.closer = Closer::peer, .is_complete = true, .is_dated = false}), HasSubstr("    C->>G: FIN, seen late<br/>80.000 ms"));
}

TEST_F(MermaidEndTest, the_client_resets) {
  EXPECT_EQ(end(Code::client_reset, {.closer = Closer::peer, .manner = Manner::rst, .is_complete = true}),
            "    C->>G: RST<br/>80.000 ms (+26.000 ms)\n    Note over G: closed<br/>81.000 ms (+1.000 ms)\n");
}

TEST_F(MermaidEndTest, the_client_resets_behind_its_end) {
  EXPECT_THAT(end(Code::client_reset, {.closer = Closer::peer, .is_complete = true}), HasSubstr("    C->>G: RST<br/>81.000 ms (+1.000 ms)\n"));
}

TEST_F(MermaidEndTest, we_break_off) {
  EXPECT_EQ(end(Code::ok, {.closer = Closer::us, .manner = Manner::rst, .is_complete = true}),
            "    G->>C: RST<br/>80.000 ms (+26.000 ms)\n    Note over G: closed<br/>81.000 ms (+1.000 ms)\n");
}

TEST_F(MermaidEndTest, the_network_gives_up) {
  EXPECT_THAT(end(Code::unreachable, {.closer = Closer::peer, .manner = Manner::lost}),
              HasSubstr("    Note over G: lost by the network<br/>80.000 ms (+26.000 ms)\n    Note over G: closed, unreachable<br/>"));
}

TEST_F(MermaidEndTest, how_we_answered_is_not_said_where_we_may_have_broken_off) {
  auto failed = exchange();
  failed.error = Code::upstream_reset;
  ring().handshake_ended(client);
  ring().exchange_ended(failed);
  close(client, Code::ok);
  EXPECT_THAT(drawn(2), HasSubstr("    C->>G: close_notify, FIN<br/>80.000 ms (+1.000 ms)\n    Note over G: closed<br/>81.000 ms (+1.000 ms)\n"));
}

TEST_F(MermaidTest, a_second_endpoint_has_a_lane_of_its_own_and_the_first_one_keeps_its) {
  timeline::ConnectionRecord other = dialled_upstream();
  other.id = 5;
  auto latest = exchange();
  latest.upstream = &other;
  latest.endpoint = "10.0.0.2:80";
  ring().handshake_ended(client);
  ring().handshake_ended(upstream);
  ring().handshake_ended(other);
  ring().exchange_ended(exchange());
  ring().exchange_ended(latest);
  const std::string text = drawn(2);
  EXPECT_THAT(text, HasSubstr("    participant U as upstream 10.0.0.1:80\n    participant V as upstream 10.0.0.2:80\n"));
  EXPECT_THAT(text, HasSubstr("    G->>U: SYN<br/>"));
  EXPECT_THAT(text, HasSubstr("    G->>V: SYN<br/>"));
  EXPECT_THAT(text, HasSubstr("    V->>G: 200<br/>"));
}

TEST_F(MermaidTest, what_strangers_wrote_cannot_leave_its_place) {
  auto one = exchange();
  one.method = "GET\n    C->>G: x";
  one.target = "/a;b#c<script>%$:\"\xff";
  ring().handshake_ended(client);
  ring().exchange_ended(one);
  EXPECT_THAT(drawn(2), HasSubstr("C->>G: GET#65533;    C-#62;#62;G#58; x /a#59;b#35;c#60;script#62;#37;#36;#58;#34;#65533;<br/>59.000 ms"));
}

}  // namespace
}  // namespace gladhand::observe
