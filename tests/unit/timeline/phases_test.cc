#include "timeline/phases.h"

#include <algorithm>
#include <set>
#include <utility>

#include <gtest/gtest.h>

namespace gladhand::timeline {
namespace {

using namespace std::chrono_literals;
using Source = Phase::Source;

const Phase& phase(Side side, std::string_view name) {
  const auto found = std::ranges::find_if(kPhases, [&](const Phase& p) { return p.side == side && p.name == name; });
  EXPECT_NE(found, kPhases.end()) << name;
  return *found;
}

TEST(Phases, a_name_is_used_once_on_each_side) {
  std::set<std::pair<Side, std::string_view>> seen;
  for (const auto& p : kPhases) EXPECT_TRUE(seen.emplace(p.side, p.name).second) << name(p.side) << ' ' << p.name;
}

TEST(Phases, every_name_is_fit_for_a_label_and_a_key) {
  for (const auto& p : kPhases) {
    EXPECT_FALSE(p.name.empty());
    EXPECT_EQ(p.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789"), std::string_view::npos) << p.name;
    EXPECT_FALSE(p.help.empty()) << p.name;
  }
}

TEST(Phases, what_is_known_of_an_exchange_only_is_reported_with_exchanges_and_nothing_else_is) {
  for (const auto& p : kPhases) {
    const bool is_of_exchange = p.known == Known::at_exchange_end || p.known == Known::at_tunnel_opened || p.known == Known::at_tunnel_secured;
    EXPECT_EQ(p.source == Source::exchange_marks || p.side == Side::tunnel, is_of_exchange) << p.name;
  }
}

TEST(Phases, a_phase_between_marks_runs_forward) {
  for (const auto& p : kPhases) {
    if (p.source == Source::fact) continue;
    EXPECT_LT(p.from, p.to) << p.name;
    EXPECT_LT(p.to, p.source == Source::connection_marks ? index(ConnectionMark::count_) : index(ExchangeMark::count_))
        << p.name;
  }
}

TEST(Phases, what_only_tls_has_is_known_when_the_handshake_ends) {
  for (const auto& p : kPhases) {
    if (p.tls_only) {
      EXPECT_EQ(p.known, Known::at_handshake_end) << p.name;
    }
  }
}

TEST(Phases, tls_begins_with_the_first_byte_of_the_hello_and_not_at_accept) {
  ConnectionRecord record;
  record.timeline.mark(ConnectionMark::started, 1ms);
  record.timeline.mark(ConnectionMark::connected, 2ms);
  record.timeline.mark(ConnectionMark::first_byte, 50ms);
  record.timeline.mark(ConnectionMark::secured, 53ms);
  EXPECT_EQ(duration(phase(Side::client, "tls"), record), 3ms);
  EXPECT_EQ(duration(phase(Side::client, "client_hello_wait"), record), 48ms);
}

TEST(Phases, what_a_proxy_header_took_is_its_own_and_no_wait_for_a_hello) {
  ConnectionRecord record;
  record.timeline.mark(ConnectionMark::started, 1ms);
  record.timeline.mark(ConnectionMark::connected, 1ms);
  EXPECT_EQ(duration(phase(Side::client, "proxy_protocol"), record), std::nullopt);
  record.timeline.mark(ConnectionMark::proxy_header, 21ms);
  record.timeline.mark(ConnectionMark::first_byte, 51ms);
  record.timeline.mark(ConnectionMark::secured, 53ms);
  EXPECT_EQ(duration(phase(Side::client, "proxy_protocol"), record), 20ms);
  EXPECT_EQ(duration(phase(Side::client, "client_hello_wait"), record), 30ms);
  EXPECT_EQ(duration(phase(Side::client, "tls"), record), 2ms);
}

TEST(Phases, a_phase_that_did_not_end_has_no_duration) {
  ConnectionRecord record;
  record.timeline.mark(ConnectionMark::first_byte, 50ms);
  EXPECT_EQ(duration(phase(Side::client, "tls"), record), std::nullopt);
}

TEST(Phases, facts_are_passed_on_and_unknown_ones_stay_unknown) {
  ConnectionRecord record;
  EXPECT_EQ(duration(phase(Side::client, "tcp"), record), std::nullopt);
  EXPECT_EQ(duration(phase(Side::client, "accept_wait"), record), std::nullopt);
  record.tcp.handshake_rtt = 12ms;
  record.tcp.accept_wait = 0ms;
  record.tls.compute = 300us;
  EXPECT_EQ(duration(phase(Side::client, "tcp"), record), 12ms);
  EXPECT_EQ(duration(phase(Side::client, "accept_wait"), record), 0ms);
  EXPECT_EQ(duration(phase(Side::client, "tls_compute"), record), 300us);
}

TEST(Phases, towards_an_upstream_tls_begins_with_the_hello_that_was_sent) {
  ConnectionRecord record;
  record.side = Side::upstream;
  record.timeline.mark(ConnectionMark::started, 1ms);
  record.timeline.mark(ConnectionMark::connected, 11ms);
  record.timeline.mark(ConnectionMark::client_hello, 12ms);
  record.timeline.mark(ConnectionMark::first_byte, 30ms);
  record.timeline.mark(ConnectionMark::server_hello, 31ms);
  record.timeline.mark(ConnectionMark::cert_verified, 33ms);
  record.timeline.mark(ConnectionMark::secured, 34ms);
  EXPECT_EQ(duration(phase(Side::upstream, "tls"), record), 22ms);
  EXPECT_EQ(duration(phase(Side::upstream, "tls_server_reply"), record), 19ms);
  EXPECT_EQ(duration(phase(Side::upstream, "tls_verify"), record), std::nullopt) << "nobody said how long it took";
  record.tls.verify = 2ms;
  EXPECT_EQ(duration(phase(Side::upstream, "tls_verify"), record), 2ms);
}

TEST(Phases, the_upstreams_tcp_is_measured_by_our_own_clock) {
  ConnectionRecord record;
  record.side = Side::upstream;
  record.tcp.handshake_rtt = 12ms;
  record.timeline.mark(ConnectionMark::started, 5ms);
  record.timeline.mark(ConnectionMark::connected, 6ms);
  EXPECT_EQ(duration(phase(Side::upstream, "tcp"), record), 1ms);
}

TEST(Phases, a_connection_says_nothing_of_an_exchange_and_the_reverse) {
  ConnectionRecord connection;
  ExchangeRecord exchange;
  for (std::size_t i = 0; i < index(ConnectionMark::count_); ++i)
    connection.timeline.mark(static_cast<ConnectionMark>(i), Nanos(i + 1));
  for (std::size_t i = 0; i < index(ExchangeMark::count_); ++i)
    exchange.timeline.mark(static_cast<ExchangeMark>(i), Nanos(i + 1));
  connection.tcp.handshake_rtt = connection.tcp.accept_wait = 1ms;
  connection.tls.verify = 1ms;
  connection.close.is_complete = true;
  exchange.tunnel.emplace().tls = 1ms;
  exchange.upstream = &connection;
  exchange.is_first_of_upstream = true;
  for (const auto& p : kPhases) {
    const bool is_of_exchange = p.source == Source::exchange_marks || p.side == Side::tunnel;
    exchange.purpose = p.side == Side::tunnel ? Purpose::connect : p.purpose;
    EXPECT_EQ(duration(p, connection).has_value(), !is_of_exchange) << p.name;
    EXPECT_EQ(duration(p, exchange).has_value(), is_of_exchange) << p.name;
  }
}

TEST(Phases, an_opening_is_one_of_exchanges_that_were_meant_to_open_it) {
  ExchangeRecord record;
  record.timeline.mark(ExchangeMark::head_received, 1ms);
  record.timeline.mark(ExchangeMark::head_sent, 2ms);
  record.timeline.mark(ExchangeMark::reply_head_received, 10ms);
  record.timeline.mark(ExchangeMark::reply_head_sent, 11ms);
  const auto took = [&](Side side, std::string_view name) { return duration(phase(side, name), record); };
  EXPECT_FALSE(took(Side::client, "websocket_upgrade") || took(Side::upstream, "websocket_upgrade") || took(Side::client, "connect_tunnel"));
  record.purpose = Purpose::websocket;
  EXPECT_EQ(took(Side::client, "websocket_upgrade"), 10ms);
  EXPECT_EQ(took(Side::upstream, "websocket_upgrade"), 8ms);
  EXPECT_FALSE(took(Side::client, "connect_tunnel"));
  record.purpose = Purpose::connect;
  EXPECT_EQ(took(Side::client, "connect_tunnel"), 10ms);
  EXPECT_FALSE(took(Side::client, "websocket_upgrade"));
  record.purpose = Purpose::upgrade;
  EXPECT_FALSE(took(Side::client, "websocket_upgrade") || took(Side::client, "connect_tunnel"));
}

TEST(Phases, a_tunnel_that_was_given_a_connection_has_no_handshake_of_its_own) {
  ConnectionRecord upstream;
  upstream.timeline.mark(ConnectionMark::started, 1ms);
  upstream.timeline.mark(ConnectionMark::connected, 4ms);
  ExchangeRecord record;
  record.purpose = Purpose::connect;
  EXPECT_EQ(duration(phase(Side::tunnel, "tcp"), record), std::nullopt);
  record.upstream = &upstream;
  EXPECT_EQ(duration(phase(Side::tunnel, "tcp"), record), std::nullopt);
  record.is_first_of_upstream = true;
  EXPECT_EQ(duration(phase(Side::tunnel, "tcp"), record), 3ms);
}

TEST(Phases, waiting_for_the_pool_and_for_the_first_byte_are_two_things) {
  ExchangeRecord record;
  record.timeline.mark(ExchangeMark::upstream_asked, 1ms);
  record.timeline.mark(ExchangeMark::upstream_ready, 4ms);
  record.timeline.mark(ExchangeMark::head_sent, 5ms);
  record.timeline.mark(ExchangeMark::reply_head_received, 12ms);
  EXPECT_EQ(duration(phase(Side::upstream, "pool_wait"), record), 3ms);
  EXPECT_EQ(duration(phase(Side::upstream, "first_byte"), record), 7ms);
}

}  // namespace
}  // namespace gladhand::timeline
