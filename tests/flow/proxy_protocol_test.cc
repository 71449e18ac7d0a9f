// PROXY headers in front of connections: whose client they name, what is refused, and which time is whose.
#include <algorithm>

#include "support/matrix.h"
#include "support/proxy_headers.h"
#include "timeline/phases.h"

namespace gladhand::test {
namespace {

using testing::StartsWith;
using timeline::kPhases;

std::optional<Nanos> phase(const ConnectionRecord& record, std::string_view name) {
  const auto found = std::ranges::find_if(kPhases, [&](const timeline::Phase& p) { return p.side == Side::client && p.name == name; });
  return found == kPhases.end() ? std::nullopt : duration(*found, record);
}

// ---- whatever is spoken behind the header

class ProxyHeaders : public Matrix {
 protected:
  ProxyHeaders() { listener().proxy_protocol = {"127.0.0.0/8"}; }
};

TEST_P(ProxyHeaders, the_client_they_name_is_the_client_of_records_and_forwarding_fields) {
  struct Told {
    std::string header, peer, x_forwarded_for, forwarded;
  };
  const std::array all{
      Told{proxy_line(), "192.0.2.7:4711", "192.0.2.7", "for=192.0.2.7;"},
      Told{proxy_block(kProxyCommand, kTcpOverIpv6, tcp6_addresses()), "[2001:db8::7]:4711", "2001:db8::7", "for=\"[2001:db8::7]\";"},
      Told{with_checksum(kTcpOverIpv4, tcp4_addresses() + tlv(2, "example.com")), "192.0.2.7:4711", "192.0.2.7", "for=192.0.2.7;"},
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    Caller caller = this->caller();
    caller.line().send_raw(all[i].header);
    Talk& asked = caller.get("/a");
    Origin origin = this->origin();
    Talk& heard = origin.expect_request("GET", "/a");
    EXPECT_EQ(heard.field("x-forwarded-for"), all[i].x_forwarded_for);
    EXPECT_THAT(heard.field("forwarded"), StartsWith(all[i].forwarded));
    heard.reply(200, "first");
    asked.expect(200, "first");
    const ConnectionRecord& record = client_handshake(i);
    EXPECT_EQ(record.result, Code::ok);
    EXPECT_EQ(record.peer, all[i].peer);
    EXPECT_THAT(std::string(record.tcp_peer), StartsWith("127.0.0.1:"));
    EXPECT_GE(record.timeline.at(ConnectionMark::proxy_header), record.timeline.at(ConnectionMark::connected));
    EXPECT_GE(record.timeline.at(ConnectionMark::ready), record.timeline.at(ConnectionMark::proxy_header));
    EXPECT_EQ(exchange(i).client->peer, all[i].peer);
    origin.close();
    stage.run_until_quiet();
  }
}

TEST_P(ProxyHeaders, those_that_name_nobody_leave_the_client_who_it_is) {
  for (const std::string& header : {std::string("PROXY UNKNOWN\r\n"), proxy_block(kLocalCommand, kTcpOverIpv4, tcp4_addresses())}) {
    Caller caller = this->caller();
    caller.line().send_raw(header);
    Talk& asked = caller.get("/a");
    Origin origin = this->origin();
    Talk& heard = origin.expect_request("GET", "/a");
    EXPECT_EQ(heard.field("x-forwarded-for"), "127.0.0.1");
    heard.reply(200, "first");
    asked.expect(200, "first");
    origin.close();
    stage.run_until_quiet();
    const ConnectionRecord& record = *records.shaken(Side::client).back();
    EXPECT_THAT(std::string(record.peer), StartsWith("127.0.0.1:"));
    EXPECT_EQ(record.tcp_peer, "");
    EXPECT_TRUE(phase(record, "proxy_protocol"));
  }
}

TEST_P(ProxyHeaders, byte_by_byte_they_are_the_same_and_what_follows_is_whole) {
  const std::string header = proxy_block(kProxyCommand, kTcpOverIpv4, tcp4_addresses() + tlv(4, "pad"));
  Caller caller = this->caller();
  caller.line().hold();
  for (const char byte : header) {
    caller.line().socket().send({&byte, 1});
    stage.run_until_quiet();
  }
  caller.line().let_go();
  Talk& asked = caller.post("/a", "what was said behind it");
  Origin origin = this->origin();
  Talk& heard = origin.expect_request("POST", "/a");
  heard.expect_body("what was said behind it");
  heard.reply(200, "heard");
  asked.expect(200, "heard");
  EXPECT_EQ(client_handshake().peer, "192.0.2.7:4711");
}

TEST_P(ProxyHeaders, their_time_is_a_phase_of_its_own_and_nobody_elses) {
  Caller caller = this->caller();
  caller.line().hold();
  stage.pass(milliseconds(60));
  caller.line().socket().send(proxy_line());
  stage.pass(milliseconds(120));
  caller.line().let_go();
  Talk& asked = caller.get("/a");
  Origin origin = this->origin();
  serve(origin, asked, "/a");
  const ConnectionRecord& record = client_handshake();
  EXPECT_GE(phase(record, "proxy_protocol").value_or(Nanos()), milliseconds(50));
  EXPECT_LT(phase(record, "proxy_protocol").value_or(Nanos()), milliseconds(110));
  if (!client_line().has_tls) {
    EXPECT_GE(phase(*exchange().client, "first_request").value_or(Nanos()), milliseconds(110)) << "which counts from the header's end";
    EXPECT_LT(phase(*exchange().client, "first_request").value_or(Nanos()), milliseconds(175));
    return;
  }
  EXPECT_GE(phase(record, "client_hello_wait").value_or(Nanos()), milliseconds(110));
  EXPECT_LT(phase(record, "client_hello_wait").value_or(Nanos()), milliseconds(175)) << "which does not hold the header's";
  EXPECT_LT(phase(record, "tls").value_or(Nanos()), milliseconds(60));
}

std::vector<Way> ways_of_clients() {
  std::vector<Way> ways;
  std::ranges::copy_if(every_way(), std::back_inserter(ways), [](const Way& way) { return !way.upstream.has_tls && !way.upstream.is_shared(); });
  return ways;
}
INSTANTIATE_TEST_SUITE_P(every, ProxyHeaders, testing::ValuesIn(ways_of_clients()), way_name);

// ---- what ends the connection, in the clear and where TLS would follow

class BadProxyHeaders : public EveryPath {
 protected:
  BadProxyHeaders() { listener().proxy_protocol = {"127.0.0.0/8"}; }

  void expect_failed(Code result, ConnectionMark stage_reached, std::size_t n = 0) {
    EXPECT_EQ(row(client_handshake(n).result).name, row(result).name);
    EXPECT_EQ(name(client_handshake(n).stage), name(stage_reached));
    EXPECT_EQ(client_connection(n).ended_by, result);
    EXPECT_EQ(client_connection(n).bytes_out, 0u) << "nobody is answered";
    EXPECT_FALSE(client_handshake(n).timeline.has(ConnectionMark::first_byte));
    EXPECT_EQ(records.attempts[timeline::index(Side::client)], n + 1);
  }
};
GLADHAND_ON_EVERY_PATH(BadProxyHeaders);

TEST_P(BadProxyHeaders, a_connection_that_does_not_begin_with_one_is_ended_without_a_word) {
  Client client = connect();
  client.get("/");
  client.expect_over();
  EXPECT_EQ(client.received(), "");
  expect_failed(Code::missing_proxy_header, ConnectionMark::connected);
  expect_no_dial();
}

TEST_P(BadProxyHeaders, one_that_is_malformed_too_long_or_has_another_checksum_is_refused) {
  std::string spoilt = with_checksum(kTcpOverIpv4, tcp4_addresses());
  spoilt.back() = static_cast<char>(spoilt.back() ^ 1);
  std::size_t n = 0;
  for (const std::string& header : {std::string("PROXY TCP4 192.0.2.7 192.0.2.8 1\r\n"), "PROXY UNKNOWN " + std::string(200, 'x'), spoilt,
                                    proxy_block(kProxyCommand, kUnspecified, std::string(10'000, 'x')), proxy_block(0x31, kTcpOverIpv4, tcp4_addresses())}) {
    Client client = connect();
    client.send_raw(header);
    client.expect_over();
    EXPECT_EQ(client.received(), "");
    expect_failed(Code::bad_proxy_header, ConnectionMark::connected, n++);
  }
}

TEST_P(BadProxyHeaders, one_that_does_not_come_in_time_or_not_all_of_it_ends_the_wait) {
  listener().timeouts.handshake = milliseconds(60);
  Client silent = connect_bare();
  silent.expect_over();
  expect_failed(Code::proxy_header_timeout, ConnectionMark::connected);
  Client slow = connect_bare();
  slow.send_raw(proxy_line().substr(0, 20));
  slow.expect_over();
  expect_failed(Code::proxy_header_timeout, ConnectionMark::connected, 1);
}

TEST_P(BadProxyHeaders, a_client_that_leaves_before_its_end_has_left) {
  Client silent = connect_bare();
  silent.break_off();
  expect_failed(Code::client_eof_before_hello, ConnectionMark::connected);
  Client one = connect_bare();
  one.send_raw(proxy_line().substr(0, 20));
  one.break_off();
  expect_failed(Code::client_eof_in_handshake, ConnectionMark::connected, 1);
  Client gone = connect_bare();
  gone.send_raw(proxy_line().substr(0, 20));
  stage.run_until_quiet();
  gone.vanish();
  expect_failed(Code::reset, ConnectionMark::connected, 2);
}

TEST_P(BadProxyHeaders, a_drain_does_not_wait_for_one) {
  Client client = connect_bare();
  stage.run_until([&] { return proxy().clients() == 1; });
  proxy().drain();
  client.expect_over();
  expect_failed(Code::draining, ConnectionMark::connected);
}

TEST_P(BadProxyHeaders, one_behind_another_is_none) {
  Client client = connect_bare();
  client.send_raw(proxy_line() + proxy_line() + "\r\n");
  client.expect_over();
  client.break_off();
  EXPECT_EQ(client_connection().peer, "192.0.2.7:4711");
  EXPECT_TRUE(client_connection().timeline.has(ConnectionMark::first_byte));
  expect_no_dial();
}

// ---- who may send one, and who is believed because of it

class Strangers : public EveryPath {};
GLADHAND_ON_EVERY_PATH(Strangers);

TEST_P(Strangers, from_elsewhere_connections_are_taken_as_they_are) {
  listener().proxy_protocol = {"10.0.0.0/8", "::1"};
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  serve(upstream, client, "/");
  EXPECT_THAT(std::string(client_handshake().peer), StartsWith("127.0.0.1:"));
  EXPECT_FALSE(client_handshake().timeline.has(ConnectionMark::proxy_header));
}

TEST_P(Strangers, from_elsewhere_no_header_is_taken) {
  listener().proxy_protocol = {"10.0.0.0/8", "::1"};
  Client client = connect();
  client.send_raw(proxy_line());
  client.get("/");
  client.expect_over();
  client.break_off();
  expect_no_dial();
  EXPECT_THAT(std::string(client_connection().peer), StartsWith("127.0.0.1:"));
  EXPECT_EQ(client_connection().tcp_peer, "");
}

TEST_P(Strangers, the_client_of_the_header_is_the_one_who_is_trusted_or_not) {
  listener().proxy_protocol = {"127.0.0.0/8"};
  listener().trusted_proxies = {"192.0.2.0/24"};
  for (const auto& [address, wanted] : {std::pair{"192.0.2.7", "10.1.1.1, 192.0.2.7"}, std::pair{"127.0.0.1", "127.0.0.1"}}) {
    Client client = connect();
    client.send_raw(proxy_line("TCP4", address));
    client.get("/", "X-Forwarded-For: 10.1.1.1\r\n");
    Upstream upstream = this->upstream();
    EXPECT_EQ(upstream.expect_request("GET", "/").field("x-forwarded-for"), wanted);
    upstream.reply(200);
    client.expect(200);
    upstream.end();
    upstream.expect_over();
  }
}

// ---- behind the header

class BehindProxyHeaders : public Story {
 protected:
  BehindProxyHeaders() : Story(true) {
    listener().proxy_protocol = {"127.0.0.0/8"};
    listener().timeouts.handshake = milliseconds(60);
  }
};

TEST_F(BehindProxyHeaders, a_hello_that_does_not_come_is_not_the_headers_fault) {
  Client client = connect_bare();
  client.send_raw(proxy_line());
  client.expect_over();
  EXPECT_EQ(client_handshake().result, Code::timeout);
  EXPECT_EQ(client_handshake().stage, ConnectionMark::proxy_header);
  EXPECT_EQ(client_handshake().peer, "192.0.2.7:4711");
}

TEST_F(BehindProxyHeaders, a_health_check_that_leaves_behind_it_has_said_no_hello) {
  Client client = connect_bare();
  client.send_raw(proxy_block(kLocalCommand, kUnspecified, ""));
  client.break_off();
  EXPECT_EQ(client_handshake().result, Code::client_eof_before_hello);
  EXPECT_EQ(client_handshake().stage, ConnectionMark::proxy_header);
}

}  // namespace
}  // namespace gladhand::test
