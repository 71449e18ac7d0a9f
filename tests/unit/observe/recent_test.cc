#include "observe/recent.h"

#include <thread>

#include <gmock/gmock.h>

#include "unit/observe/sample.h"

namespace gladhand::observe {
namespace {

using timeline::ConnectionRecord;
using timeline::ExchangeRecord;

ConnectionRecord client(std::uint64_t id) {
  ConnectionRecord record = tls_client();
  record.id = id;
  return record;
}

ConnectionRecord closed(ConnectionRecord record) {
  record.timeline.mark(ConnectionMark::closed, 90ms);
  record.ended_by = Code::client_closed;
  record.bytes_in = 700;
  return record;
}

TEST(RecentRing, a_connection_is_seen_from_the_end_of_its_handshake_on) {
  RecentRing ring;
  EXPECT_EQ(ring.find(2), nullptr);
  ring.handshake_ended(client(2));
  const auto open = ring.find(2);
  ASSERT_TRUE(open);
  EXPECT_FALSE(open->summary.is_closed);
  EXPECT_EQ(open->record().timeline.at(ConnectionMark::secured), 55ms);
  EXPECT_EQ(open->record().tls.compute, 300us);
  EXPECT_FALSE(open->summary.has_first);

  ring.connection_ended(closed(client(2)));
  const auto over = ring.find(2);
  ASSERT_TRUE(over);
  EXPECT_TRUE(over->summary.is_closed);
  EXPECT_EQ(over->record().ended_by, Code::client_closed);
  EXPECT_EQ(over->record().bytes_in, 700u);
  EXPECT_FALSE(open->summary.is_closed) << "what was read stays what it was";
}

TEST(RecentRing, keeps_texts_when_their_owner_has_gone) {
  RecentRing ring;
  {
    std::string sni = "shop.example", cipher = "TLS_AES_128_GCM_SHA256", signature = "ecdsa_sha256";
    ConnectionRecord record = client(2);
    record.sni = sni;
    record.tls.cipher = cipher;
    record.tls.signature = signature;
    ring.handshake_ended(record);
    sni.assign(sni.size(), 'x');
    cipher.assign(cipher.size(), 'x');
    signature.assign(signature.size(), 'x');
  }
  const auto recent = ring.find(2);
  EXPECT_EQ(recent->record().sni, "shop.example");
  EXPECT_EQ(recent->record().tls.cipher, "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(recent->record().tls.signature, "ecdsa_sha256");
  EXPECT_EQ(recent->record().peer, "192.0.2.1:50001");
}

TEST(RecentRing, cuts_long_texts_between_characters_and_says_so) {
  RecentRing ring;
  std::string sni(92, 'a');
  sni += "\xc3\xa4\xc3\xa4\xc3\xa4";  // room for 96 bytes, of which "…" takes three: the first ä fits in no way
  ConnectionRecord record = client(2);
  record.sni = sni;
  ring.handshake_ended(record);
  EXPECT_EQ(ring.find(2)->record().sni, std::string(92, 'a') + "…");
  sni = std::string(96, 'b');
  record.id = 3;
  record.sni = sni;
  ring.handshake_ended(record);
  EXPECT_EQ(ring.find(3)->record().sni, sni) << "it just fits";
}

TEST(RecentRing, keeps_the_first_and_the_latest_exchange_and_counts_all) {
  RecentRing ring;
  const ConnectionRecord one = client(2);
  ConnectionRecord upstream = dialled_upstream();
  ring.handshake_ended(one);
  ring.handshake_ended(upstream);
  for (std::uint16_t status : {200, 201, 502, 203}) {
    ExchangeRecord exchange = served_exchange();
    exchange.client = &one;
    exchange.upstream = status == 502 ? nullptr : &upstream;
    exchange.status = status;
    if (status == 502) exchange.error = Code::refused;
    ring.exchange_ended(exchange);
  }
  const auto recent = ring.find(2);
  EXPECT_EQ(recent->summary.exchanges, 4u);
  EXPECT_EQ(recent->summary.failed, 1u);
  ASSERT_TRUE(recent->summary.has_first && recent->summary.has_latest);
  EXPECT_EQ(recent->first.record.status, 200);
  EXPECT_EQ(recent->latest.record.status, 203);
  EXPECT_EQ(recent->latest.record.endpoint, "10.0.0.1:80");
  EXPECT_EQ(recent->latest.record.timeline.at(ExchangeMark::head_sent), 66ms);
  EXPECT_EQ(recent->first.client, 2u);
  EXPECT_EQ(recent->first.upstream, 3u);
  EXPECT_EQ(recent->first.record.client, nullptr);

  const auto other = ring.find(3);
  EXPECT_EQ(other->summary.exchanges, 3u);
  EXPECT_EQ(other->first.client, 2u) << "each end leads to the other";
}

TEST(RecentRing, does_not_keep_the_query_of_a_target) {
  RecentRing ring;
  const ConnectionRecord one = client(2);
  ring.handshake_ended(one);
  ExchangeRecord exchange = served_exchange();
  exchange.target = "/login?token=secret";
  exchange.client = &one;
  ring.exchange_ended(exchange);
  EXPECT_EQ(ring.find(2)->first.record.target, "/login");
}

TEST(RecentRing, what_happened_before_the_first_exchange_ended_is_seen_while_the_connection_is_open) {
  RecentRing ring;
  ConnectionRecord one = client(2);
  ring.handshake_ended(one);
  one.timeline.mark(ConnectionMark::first_head, 60ms);
  ExchangeRecord exchange = served_exchange();
  exchange.client = &one;
  exchange.is_first_of_client = true;
  ring.exchange_ended(exchange);
  EXPECT_EQ(ring.find(2)->record().timeline.at(ConnectionMark::first_head), 60ms);
}

TEST(RecentRing, the_settings_of_an_open_connection_are_seen_as_soon_as_they_are_known) {
  RecentRing ring;
  ConnectionRecord one = client(2);
  ring.handshake_ended(one);
  one.timeline.mark(ConnectionMark::settings_acknowledged, 60ms);
  ring.settings_exchanged(one);
  EXPECT_EQ(ring.find(2)->record().timeline.at(ConnectionMark::settings_acknowledged), 60ms);
  one.id = 2 + RecentRing::kConnections;
  ring.settings_exchanged(one);
  EXPECT_TRUE(ring.find(2)) << "one that has no place takes none";
}

TEST(RecentRing, a_tunnel_is_seen_when_it_opens_with_what_was_dialled_for_it) {
  RecentRing ring;
  ConnectionRecord one = client(2);
  const ConnectionRecord upstream = dialled_upstream();
  ring.handshake_ended(one);
  one.timeline.mark(ConnectionMark::first_head, 60ms);
  ExchangeRecord tunnel = served_exchange();
  tunnel.client = &one;
  tunnel.upstream = &upstream;
  tunnel.is_first_of_client = tunnel.is_first_of_upstream = true;
  tunnel.purpose = timeline::Purpose::connect;
  ring.tunnel_opened(tunnel);
  const auto open = ring.find(2);
  ASSERT_TRUE(open->summary.has_first);
  EXPECT_EQ(open->summary.exchanges, 0u);
  EXPECT_EQ(open->first.tunnel_tcp, 4ms);
  EXPECT_EQ(open->record().timeline.at(ConnectionMark::first_head), 60ms);
  tunnel.is_first_of_upstream = false;
  ring.exchange_ended(tunnel);
  EXPECT_FALSE(ring.find(2)->first.tunnel_tcp) << "of a connection that was there nobody waited for the dial";
}

TEST(RecentRing, a_tunnel_is_seen_while_it_lasts_and_counted_once) {
  RecentRing ring;
  const ConnectionRecord one = client(2);
  ring.handshake_ended(one);
  ExchangeRecord tunnel = served_exchange();
  tunnel.client = &one;
  tunnel.purpose = timeline::Purpose::connect;
  tunnel.tunnel.emplace().tls = 12ms;
  ring.tunnel_secured(tunnel);
  const auto open = ring.find(2);
  ASSERT_TRUE(open->summary.has_first);
  EXPECT_EQ(open->summary.exchanges, 0u);
  EXPECT_EQ(open->first.record.tunnel->tls, 12ms);
  ring.exchange_ended(tunnel);
  const auto over = ring.find(2);
  EXPECT_EQ(over->summary.exchanges, 1u);
  EXPECT_FALSE(over->summary.has_latest);
}

TEST(RecentRing, nothing_of_the_one_that_had_the_place_before_is_left) {
  RecentRing ring;
  const ConnectionRecord oldest = client(1);
  ring.handshake_ended(oldest);
  ExchangeRecord tunnel = served_exchange();
  tunnel.client = &oldest;
  tunnel.purpose = timeline::Purpose::connect;
  tunnel.tunnel.emplace().tls = 12ms;
  ring.exchange_ended(tunnel);

  ConnectionRecord plain;
  plain.id = RecentRing::kConnections + 1;
  ring.handshake_ended(plain);
  ExchangeRecord exchange = served_exchange();
  exchange.client = &plain;
  ring.exchange_ended(exchange);
  const auto kept = ring.find(plain.id);
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->record().tls.version, timeline::TlsVersion::none);
  EXPECT_EQ(kept->record().tls.cipher, "");
  EXPECT_TRUE(kept->record().messages.kept().empty());
  EXPECT_FALSE(kept->first.record.tunnel);
}

TEST(RecentRing, the_youngest_take_the_places_of_the_oldest) {
  RecentRing ring;
  const ConnectionRecord oldest = client(1);
  for (std::uint64_t id = 1; id <= RecentRing::kConnections; ++id) ring.handshake_ended(client(id));
  EXPECT_TRUE(ring.find(1));
  ring.handshake_ended(client(RecentRing::kConnections + 1));
  EXPECT_FALSE(ring.find(1));
  EXPECT_TRUE(ring.find(2));

  // What still comes from the one that was forgotten harms nobody.
  ExchangeRecord exchange = served_exchange();
  exchange.client = &oldest;
  ring.exchange_ended(exchange);
  ring.connection_ended(closed(oldest));
  ring.handshake_ended(oldest);
  const auto youngest = ring.find(RecentRing::kConnections + 1);
  ASSERT_TRUE(youngest);
  EXPECT_FALSE(youngest->summary.is_closed || youngest->summary.has_first);
}

TEST(RecentRing, a_place_that_is_taken_again_has_nothing_of_the_one_before) {
  RecentRing ring;
  const ConnectionRecord before = client(5);
  ring.handshake_ended(before);
  ExchangeRecord exchange = served_exchange();
  exchange.client = &before;
  ring.exchange_ended(exchange);
  ring.exchange_ended(exchange);
  ring.handshake_ended(client(5 + RecentRing::kConnections));
  const auto recent = ring.find(5 + RecentRing::kConnections);
  EXPECT_EQ(recent->summary.exchanges, 0u);
  EXPECT_FALSE(recent->summary.has_first || recent->summary.has_latest);
}

TEST(RecentRing, tells_events_in_order_and_forgets_the_oldest) {
  RecentRing ring;
  ring.handshake_ended(client(1));
  ring.handshake_ended(client(2));
  ring.connection_ended(closed(client(1)));
  ASSERT_EQ(ring.events(), 3u);
  EXPECT_EQ(ring.event(0)->id, 1u);
  EXPECT_FALSE(ring.event(1)->is_end);
  EXPECT_EQ(ring.event(2)->id, 1u);
  EXPECT_TRUE(ring.event(2)->is_end);
  EXPECT_FALSE(ring.event(3)) << "it has not happened yet";

  for (std::uint64_t id = 3; ring.events() < RecentRing::kEvents + 3; ++id) ring.handshake_ended(client(id));
  EXPECT_FALSE(ring.event(2)) << "forgotten";
  EXPECT_FALSE(ring.event(3)) << "may be written over at any moment";
  EXPECT_EQ(ring.event(4)->id, 4u);
}

// Every text and mark of a record says the same number: a reader that saw half of a writing would find two.
TEST(MultiWorkerRecentRing, a_reader_never_sees_half_of_what_was_written) {
  RecentRing ring;
  constexpr std::uint64_t kPlace = 7;
  std::jthread worker([&](std::stop_token stop) {
    for (std::uint64_t n = 1; !stop.stop_requested(); ++n) {
      const std::string text = std::to_string(n);
      ConnectionRecord record;
      record.id = kPlace + RecentRing::kConnections * n;
      record.peer = record.sni = record.tls.cipher = text;
      for (std::size_t i = 0; i < timeline::index(ConnectionMark::count_); ++i) record.timeline.mark(static_cast<ConnectionMark>(i), Nanos(n));
      ring.handshake_ended(record);
      ExchangeRecord exchange;
      exchange.client = &record;
      exchange.method = exchange.target = text;
      exchange.timeline.mark(ExchangeMark::finished, Nanos(n));
      ring.exchange_ended(exchange);
      ring.exchange_ended(exchange);
      ring.connection_ended(record);
    }
  });
  int seen = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (auto took = 0ns; took < 300ms || (seen <= 100 && took < 30s); took = std::chrono::steady_clock::now() - begun) {
    const auto recent = ring.at(kPlace);
    if (!recent) continue;
    ++seen;
    const std::uint64_t n = recent->summary.id / RecentRing::kConnections;
    const std::string text = std::to_string(n);
    ASSERT_EQ(recent->record().peer, text);
    ASSERT_EQ(recent->record().tls.cipher, text);
    ASSERT_EQ(recent->record().timeline.at(ConnectionMark::closed), Nanos(n));
    if (recent->summary.has_first) {
      ASSERT_EQ(recent->first.record.method, text);
    }
    if (recent->summary.has_latest) {
      ASSERT_EQ(recent->latest.record.target, text);
      ASSERT_EQ(recent->latest.record.timeline.at(ExchangeMark::finished), Nanos(n));
    }
  }
  EXPECT_GT(seen, 100);
}

TEST(MultiWorkerRecentRing, a_reader_of_events_never_sees_one_of_another_round) {
  RecentRing ring;
  std::jthread worker([&](std::stop_token stop) {
    for (std::uint64_t n = 0; !stop.stop_requested(); ++n) ring.handshake_ended(client(n + 1));  // event n is connection n + 1
  });
  int seen = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (auto took = 0ns; took < 200ms || (seen == 0 && took < 30s); took = std::chrono::steady_clock::now() - begun) {
    const std::uint64_t told = ring.events();
    const std::uint64_t n = told > RecentRing::kEvents ? told - RecentRing::kEvents + 2 : 0;  // about to be forgotten
    const auto event = ring.event(n);
    if (!event) continue;
    ++seen;
    ASSERT_EQ(event->id, n + 1);
  }
  EXPECT_GT(seen, 0);
}

}  // namespace
}  // namespace gladhand::observe
