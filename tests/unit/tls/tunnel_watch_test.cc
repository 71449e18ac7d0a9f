#include "tls/tunnel_watch.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "support/tls_bytes.h"
#include "support/tls_client.h"
#include "unit/tls/client_rig.h"

namespace gladhand::tls {
namespace {

using namespace std::chrono_literals;
using test::extension;
using test::HelloParts;
using test::number;
using test::tls_message;
using test::tls_record;
using test::vector_of;

using Kind = TunnelWatch::Kind;
using Outcome = TunnelWatch::Outcome;
using ServerName = TunnelWatch::ServerName;

constexpr Nanos kStart = 1h;
constexpr Nanos kFromClient = 10ms;    // a flight of the client's takes so long to the watch
constexpr Nanos kFromUpstream = 30ms;  // and one of the upstream's

struct Flight {
  bool is_clients;
  std::string bytes;
  Nanos at;
};

// Two ends of OpenSSL's, whose flights cross one after the other.
struct Ends {
  test::TlsOptions client = {.alpn = "h2", .server_name = "origin.example"};
  test::TlsServerOptions server = {.certificate = good_leaf(), .alpn = ""};
  std::string early = {};

  test::SessionPtr session = {};  // the client's, after the last cross()
  bool is_open = false;

  std::vector<Flight> cross() {
    test::TlsClient a(client);
    test::TlsServer b(server);
    if (!early.empty()) a.write_early(early);
    a.feed({});
    std::vector<Flight> flights;
    Nanos now = kStart;
    for (bool is_clients = true;; is_clients = !is_clients) {
      const std::string bytes = is_clients ? a.output() : b.output();
      if (bytes.empty() && !is_clients) break;
      now += is_clients ? kFromClient : kFromUpstream;
      if (!bytes.empty()) flights.push_back({is_clients, bytes, now});
      is_clients ? b.feed(bytes) : a.feed(bytes);
    }
    session = a.session();
    is_open = a.is_open() && b.is_open();
    a.close_notify();  // a session that was not closed cannot be resumed
    return flights;
  }
};

TunnelWatch watched(const std::vector<Flight>& flights, std::size_t piece = SIZE_MAX, std::string_view target = "origin.example") {
  TunnelWatch watch(target);
  for (const Flight& flight : flights) {
    for (std::size_t at = 0; at < flight.bytes.size(); at += std::min(piece, flight.bytes.size() - at)) {
      const std::string_view bytes = std::string_view(flight.bytes).substr(at, piece);
      flight.is_clients ? watch.from_client(bytes, flight.at) : watch.from_upstream(bytes, flight.at);
    }
  }
  return watch;
}

// By hand: the instants are 1, 2, 3.
TunnelWatch watched(std::initializer_list<std::pair<char, std::string>> said, std::size_t piece = SIZE_MAX) {
  std::vector<Flight> flights;
  for (const auto& [who, bytes] : said) flights.push_back({who == 'c', bytes, Nanos(flights.size() + 1)});
  const TunnelWatch whole = watched(flights, piece);
  EXPECT_EQ(test::story_of(whole), test::story_of(watched(flights, 1)));
  return whole;
}

class TunnelWatchOf : public testing::TestWithParam<std::size_t> {
 protected:
  TunnelWatch watch(std::string_view target = "origin.example") {
    flights = ends.cross();
    return watched(flights, GetParam(), target);
  }
  Ends ends;
  std::vector<Flight> flights;
};
INSTANTIATE_TEST_SUITE_P(Pieces, TunnelWatchOf, testing::Values(SIZE_MAX, 1, 7), [](const auto& piece) {
  return piece.param == SIZE_MAX ? std::string("whole") : std::to_string(piece.param);
});

TEST_P(TunnelWatchOf, tls_1_3_ends_with_the_clients_first_protected_record) {
  const TunnelWatch seen = watch();
  ASSERT_TRUE(ends.is_open);
  EXPECT_TRUE(seen.is_done());
  EXPECT_EQ(seen.kind(), Kind::tls);
  EXPECT_EQ(seen.outcome(), Outcome::secured);
  EXPECT_EQ(seen.marks().client_hello, kStart + 10ms);
  EXPECT_EQ(seen.marks().server_hello, kStart + 40ms);
  EXPECT_EQ(seen.marks().secured, kStart + 50ms);
  EXPECT_EQ(seen.duration(), 40ms);
  EXPECT_EQ(seen.facts().offered, 0x0304);
  EXPECT_EQ(seen.facts().version, 0x0304);
  EXPECT_EQ(seen.facts().server_name, ServerName::same);
  EXPECT_TRUE(seen.facts().offers_h2);
  EXPECT_FALSE(seen.facts().offers_http1_1);
  EXPECT_FALSE(seen.facts().offers_encrypted_hello);
  EXPECT_FALSE(seen.facts().offers_early_data);
  EXPECT_FALSE(seen.facts().was_retried);
  EXPECT_EQ(seen.facts().resumed, false);
  EXPECT_EQ(seen.facts().alert, std::nullopt);
}

TEST_P(TunnelWatchOf, tls_1_3_is_resumed_by_a_pre_shared_key) {
  ends.cross();
  ends.client.resumes = ends.session;
  const TunnelWatch seen = watch();
  ASSERT_TRUE(ends.is_open);
  EXPECT_EQ(seen.duration(), 40ms);
  EXPECT_EQ(seen.facts().version, 0x0304);
  EXPECT_EQ(seen.facts().resumed, true);
}

TEST_P(TunnelWatchOf, tls_1_3_whose_key_is_not_taken_is_not_resumed) {
  ends.cross();
  ends.client.resumes = ends.session;
  ends.server.forgets_sessions = true;
  const TunnelWatch seen = watch();
  EXPECT_EQ(seen.outcome(), Outcome::secured);
  EXPECT_EQ(seen.facts().resumed, false);
}

TEST_P(TunnelWatchOf, a_hello_retry_request_costs_a_round_trip_and_is_no_server_hello) {
  ends.server.groups = "P-256";
  const TunnelWatch seen = watch();
  ASSERT_TRUE(ends.is_open);
  EXPECT_TRUE(seen.facts().was_retried);
  EXPECT_EQ(seen.outcome(), Outcome::secured);
  EXPECT_EQ(seen.marks().server_hello, kStart + 80ms);
  EXPECT_EQ(seen.duration(), 80ms);
  EXPECT_EQ(seen.facts().resumed, false);
}

TEST_P(TunnelWatchOf, early_data_that_is_accepted_does_not_count) {
  ends.server.early_data_bytes = 10'000;
  ends.cross();
  ends.client.resumes = ends.session;
  ends.early = "GET / HTTP/1.1\r\n\r\n";
  const TunnelWatch seen = watch();
  ASSERT_TRUE(ends.is_open);
  EXPECT_EQ(seen.outcome(), Outcome::secured);
  EXPECT_TRUE(seen.facts().offers_early_data);
  EXPECT_EQ(seen.facts().resumed, true);
  EXPECT_EQ(seen.duration(), 40ms);
}

TEST_P(TunnelWatchOf, early_data_that_is_refused_does_not_count) {
  ends.server.early_data_bytes = 10'000;
  ends.cross();
  ends.client.resumes = ends.session;
  ends.early = "GET / HTTP/1.1\r\n\r\n";
  ends.server.early_data_bytes = 0;
  const TunnelWatch seen = watch();
  ASSERT_TRUE(ends.is_open);
  EXPECT_TRUE(seen.facts().offers_early_data);
  EXPECT_EQ(seen.duration(), 40ms);
}

TEST_P(TunnelWatchOf, early_data_before_a_hello_retry_request_does_not_count) {
  ends.server.early_data_bytes = 10'000;
  ends.cross();
  ends.client.resumes = ends.session;
  ends.early = "GET / HTTP/1.1\r\n\r\n";
  ends.server.groups = "P-256";
  const TunnelWatch seen = watch();
  ASSERT_TRUE(ends.is_open);
  EXPECT_TRUE(seen.facts().was_retried);
  EXPECT_EQ(seen.duration(), 80ms);
}

TEST_P(TunnelWatchOf, early_data_under_way_when_the_server_hello_passes_does_not_count) {
  ends.server.early_data_bytes = 10'000;
  ends.cross();
  ends.client.resumes = ends.session;
  ends.early = "GET / HTTP/1.1\r\n\r\n";
  flights = ends.cross();
  // The early records come in late: ClientHello and ChangeCipherSpec, the upstream's flight, early data, EndOfEarlyData.
  std::string& first = flights[0].bytes;
  const std::size_t hello = 5 + static_cast<unsigned char>(first[3]) * 256u + static_cast<unsigned char>(first[4]);
  const std::string late = first.substr(hello + 6);
  first.resize(hello + 6);
  ASSERT_EQ(late[0], 23);
  flights.insert(flights.begin() + 2, Flight{true, late, flights[1].at + 1ms});
  const TunnelWatch seen = watched(flights, GetParam());
  EXPECT_EQ(seen.outcome(), Outcome::secured);
  EXPECT_EQ(seen.duration(), 40ms);
}

TEST_P(TunnelWatchOf, tls_1_2_ends_with_the_clients_finished) {
  ends.server.max = TLS1_2_VERSION;
  const TunnelWatch seen = watch();
  ASSERT_TRUE(ends.is_open);
  EXPECT_EQ(seen.kind(), Kind::tls);
  EXPECT_EQ(seen.outcome(), Outcome::secured);
  EXPECT_EQ(seen.marks().server_hello, kStart + 40ms);
  EXPECT_EQ(seen.duration(), 40ms);
  EXPECT_EQ(seen.facts().offered, 0x0304);
  EXPECT_EQ(seen.facts().version, 0x0303);
  EXPECT_EQ(seen.facts().resumed, false);
}

TEST_P(TunnelWatchOf, tls_1_2_is_resumed_by_an_abbreviated_handshake) {
  ends.client.max = TLS1_2_VERSION;
  ends.cross();
  ends.client.resumes = ends.session;
  const TunnelWatch seen = watch();
  ASSERT_TRUE(ends.is_open);
  EXPECT_EQ(seen.outcome(), Outcome::secured);
  EXPECT_EQ(seen.duration(), 40ms);
  EXPECT_EQ(seen.facts().offered, 0x0303);
  EXPECT_EQ(seen.facts().version, 0x0303);
  EXPECT_EQ(seen.facts().resumed, true);
}

TEST_P(TunnelWatchOf, an_upstream_that_shares_no_version_says_so) {
  ends.client.max = TLS1_2_VERSION;
  ends.server.min = TLS1_3_VERSION;
  const TunnelWatch seen = watch();
  EXPECT_TRUE(seen.is_done());
  EXPECT_EQ(seen.kind(), Kind::tls);
  EXPECT_EQ(seen.outcome(), Outcome::upstream_alert);
  EXPECT_EQ(seen.facts().alert, SSL_AD_PROTOCOL_VERSION);
  EXPECT_EQ(seen.facts().version, 0);
  EXPECT_EQ(seen.duration(), std::nullopt);
}

TEST_P(TunnelWatchOf, a_client_that_refuses_the_certificate_says_so_in_the_clear_in_tls_1_2) {
  ends.client.max = TLS1_2_VERSION;
  ends.client.verifies = true;
  const TunnelWatch seen = watch();
  EXPECT_EQ(seen.outcome(), Outcome::client_alert);
  EXPECT_EQ(seen.facts().alert, SSL_AD_UNKNOWN_CA);
  EXPECT_EQ(seen.duration(), std::nullopt);
}

// OpenSSL's client does so in the clear; others encrypt it, as below.
TEST_P(TunnelWatchOf, a_client_that_refuses_the_certificate_says_so_in_tls_1_3) {
  ends.client.verifies = true;
  const TunnelWatch seen = watch();
  EXPECT_EQ(seen.facts().version, 0x0304);
  EXPECT_EQ(seen.outcome(), Outcome::client_alert);
  EXPECT_EQ(seen.facts().alert, SSL_AD_UNKNOWN_CA);
  EXPECT_EQ(seen.duration(), std::nullopt);
}

TEST_P(TunnelWatchOf, the_name_is_compared_with_the_target) {
  ends.client.server_name = "Origin.Example";
  EXPECT_EQ(watch("origin.EXAMPLE.").facts().server_name, ServerName::same);
  EXPECT_EQ(watch("origin.example.org").facts().server_name, ServerName::other);
  EXPECT_EQ(watch("192.0.2.7").facts().server_name, ServerName::other);
  EXPECT_EQ(watch("").facts().server_name, ServerName::other);
}

// ---- By hand

// What each end may say, in order.
std::string client_hello(const std::string& extensions = extension(43, vector_of(1, "\x03\x04"))) {
  return tls_record(22, HelloParts{.extensions = extensions}.message(), 0x0301);
}
std::string server_hello(std::string_view extensions, std::string_view random = std::string(32, 'R')) {
  return tls_message(2, number(2, 0x0303).append(random) + vector_of(1, "") + number(2, 0x1301) + number(1, 0) + vector_of(2, extensions));
}
const std::string kHello12 = client_hello("");
const std::string kAnswer13 = tls_record(22, server_hello(extension(43, "\x03\x04")));
const std::string kAnswer12 = tls_record(22, server_hello(""));
const std::string kDone12 = tls_record(22, tls_message(14, ""));
const std::string kChange = tls_record(20, "\x01");
const std::string kEarlyHello = client_hello(extension(43, vector_of(1, "\x03\x04")) + extension(42, "") + extension(41, "key"));
const std::string kRetry = tls_record(
    22, server_hello(extension(43, "\x03\x04"),
                     {"\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c", 32}));
const std::string kSealed = tls_record(23, std::string(53, 'f'));
const std::string kFinished12 = tls_record(22, std::string(40, 'f'));

std::string alert(int level, int description) {
  return tls_record(21, number(1, static_cast<std::size_t>(level)) + number(1, static_cast<std::size_t>(description)));
}

TEST(TunnelWatch, the_instants_are_those_of_the_very_bytes) {
  TunnelWatch watch("origin.example");
  Nanos now{100};
  const auto say = [&](bool is_client, std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      is_client ? watch.from_client(bytes.substr(i, 1), now) : watch.from_upstream(bytes.substr(i, 1), now);
      ++now;
    }
  };
  say(true, client_hello());
  say(false, kAnswer13);
  const Nanos answered = now - Nanos{1};
  say(false, kSealed);
  say(true, kChange);
  const Nanos sealed = now;
  say(true, kSealed);
  EXPECT_EQ(watch.marks().client_hello, Nanos{100});
  EXPECT_EQ(watch.marks().server_hello, answered);
  EXPECT_EQ(watch.marks().secured, sealed);
  EXPECT_EQ(watch.duration(), sealed - Nanos{100});
}

TEST(TunnelWatch, it_is_done_when_the_header_of_the_last_record_is_whole_and_hears_nothing_after) {
  TunnelWatch watch("origin.example");
  watch.from_client(client_hello(), Nanos{1});
  watch.from_upstream(kAnswer13, Nanos{2});
  watch.from_client(kSealed.substr(0, 4), Nanos{3});
  EXPECT_FALSE(watch.is_done());
  EXPECT_EQ(watch.duration(), std::nullopt);
  watch.from_client(kSealed.substr(4, 1), Nanos{4});
  EXPECT_TRUE(watch.is_done());
  EXPECT_EQ(watch.duration(), Nanos{2});
  const std::string story = test::story_of(watch);
  watch.from_client("nonsense", Nanos{5});
  watch.from_upstream("nonsense", Nanos{6});
  EXPECT_EQ(test::story_of(watch), story);
}

TEST(TunnelWatch, what_cannot_be_tls_is_opaque_at_its_first_byte) {
  for (const std::string_view said : {"G", "S", "\x16G", "\x16\x03G", "\x16\x03", "\x80\x2e"}) {
    const TunnelWatch watch = watched({{'c', std::string(said)}});
    const bool may_become_tls = said == "\x16\x03";
    EXPECT_EQ(watch.is_done(), !may_become_tls) << said;
    EXPECT_EQ(watch.kind(), may_become_tls ? Kind::unknown : Kind::opaque) << said;
    EXPECT_EQ(watch.outcome(), Outcome::none);
    EXPECT_EQ(watch.marks().client_hello, std::nullopt);
  }
  EXPECT_EQ(watched({}).kind(), Kind::unknown);
}

TEST(TunnelWatch, an_upstream_that_speaks_first_makes_it_opaque) {
  for (const std::string& said : {std::string("S"), alert(2, 40), kAnswer13}) {
    const TunnelWatch watch = watched({{'u', said}});
    EXPECT_TRUE(watch.is_done());
    EXPECT_EQ(watch.kind(), Kind::opaque);
  }
  EXPECT_EQ(watched({{'c', client_hello().substr(0, 40)}, {'u', kAnswer13}}).kind(), Kind::opaque);
  EXPECT_FALSE(watched({{'u', ""}}).is_done());
}

TEST(TunnelWatch, an_upstream_may_refuse_a_client_hello_before_it_is_whole) {
  const TunnelWatch watch = watched({{'c', client_hello().substr(0, 40)}, {'u', alert(2, SSL_AD_RECORD_OVERFLOW)}});
  EXPECT_EQ(watch.kind(), Kind::tls);
  EXPECT_EQ(watch.outcome(), Outcome::upstream_alert);
  EXPECT_EQ(watch.facts().alert, SSL_AD_RECORD_OVERFLOW);
}

TEST(TunnelWatch, a_client_hello_may_come_in_many_records_but_in_nothing_else) {
  const std::string message = HelloParts{.extensions = test::server_name("origin.example")}.message();
  std::string records;
  for (const char byte : message) records += tls_record(22, {&byte, 1});
  EXPECT_EQ(watched({{'c', records}}).facts().server_name, ServerName::same);
  EXPECT_EQ(watched({{'c', records.substr(0, 60) + kChange}}).kind(), Kind::opaque);
  EXPECT_EQ(watched({{'c', tls_record(22, message + 'x')}}).kind(), Kind::opaque);  // and with nothing behind it
  EXPECT_EQ(watched({{'c', tls_record(22, tls_message(2, message.substr(4)))}}).kind(), Kind::opaque);
}

TEST(TunnelWatch, a_client_hello_of_more_than_16_kib_is_not_followed) {
  const auto padded = [](std::size_t size) {
    const std::size_t bare = HelloParts{.extensions = extension(21, "")}.message().size();
    const std::string message = HelloParts{.extensions = extension(21, std::string(size - bare, '\0'))}.message();
    EXPECT_EQ(message.size(), size);
    return tls_record(22, message.substr(0, 9000)) + tls_record(22, message.substr(9000));
  };
  EXPECT_EQ(watched({{'c', padded(MessageReader::kMostHelloBytes)}}).kind(), Kind::tls);
  const TunnelWatch watch = watched({{'c', padded(MessageReader::kMostHelloBytes + 1).substr(0, 9)}});
  EXPECT_TRUE(watch.is_done());  // at the length already
  EXPECT_EQ(watch.kind(), Kind::opaque);
}

TEST(TunnelWatch, records_are_of_at_most_16_kib_and_a_little) {
  const auto after_hello = [](std::size_t length) { return watched({{'c', client_hello()}, {'u', number(1, 22) + number(2, 0x0303) + number(2, length)}}); };
  EXPECT_FALSE(after_hello(16 * 1024 + 256).is_done());
  for (const std::size_t length : {std::size_t{16 * 1024 + 257}, std::size_t{0xffff}, std::size_t{0}}) {
    EXPECT_TRUE(after_hello(length).is_done());
    EXPECT_EQ(after_hello(length).kind(), Kind::tls);
    EXPECT_EQ(after_hello(length).outcome(), Outcome::broken);
  }
}

TEST(TunnelWatch, cut_off_anywhere_it_is_not_done_and_knows_no_duration) {
  for (const bool is_13 : {true, false}) {
    const std::string first = is_13 ? client_hello() : kHello12;
    const std::string answer = is_13 ? kAnswer13 + kSealed : kAnswer12 + kDone12;
    const std::string last = is_13 ? kChange + kSealed : kChange + kFinished12;
    for (std::size_t size = 0; size < first.size(); ++size) {
      const TunnelWatch watch = watched({{'c', first.substr(0, size)}});
      EXPECT_FALSE(watch.is_done()) << size;
      EXPECT_EQ(watch.kind(), Kind::unknown) << size;
    }
    for (std::size_t size = 0; size < answer.size(); ++size) EXPECT_FALSE(watched({{'c', first}, {'u', answer.substr(0, size)}}).is_done()) << size;
    for (std::size_t size = 0; size <= last.size(); ++size) {
      const TunnelWatch watch = watched({{'c', first}, {'u', answer}, {'c', last.substr(0, size)}});
      const bool has_header = size >= kChange.size() + 5;
      EXPECT_EQ(watch.kind(), Kind::tls) << size;
      EXPECT_EQ(watch.is_done(), has_header) << size;
      EXPECT_EQ(watch.duration(), has_header ? std::optional(Nanos{2}) : std::nullopt) << size;
    }
  }
}

TEST(TunnelWatch, a_warning_ends_nothing_but_a_goodbye_does) {
  EXPECT_EQ(watched({{'c', kHello12}, {'u', alert(1, SSL_AD_UNRECOGNIZED_NAME) + kAnswer12 + kDone12}, {'c', kChange + kFinished12}}).outcome(), Outcome::secured);
  EXPECT_EQ(watched({{'c', kHello12}, {'u', alert(1, SSL_AD_CLOSE_NOTIFY)}}).outcome(), Outcome::upstream_alert);
  const std::string warnings = alert(1, SSL_AD_UNRECOGNIZED_NAME) + alert(1, SSL_AD_NO_RENEGOTIATION);
  EXPECT_EQ(watched({{'c', kHello12}, {'u', warnings + alert(2, SSL_AD_HANDSHAKE_FAILURE)}}).facts().alert, SSL_AD_HANDSHAKE_FAILURE);
  EXPECT_EQ(watched({{'c', kHello12}, {'c', alert(2, SSL_AD_INTERNAL_ERROR)}}).outcome(), Outcome::client_alert);
  EXPECT_EQ(watched({{'c', kHello12}, {'u', tls_record(21, "\x02")}}).outcome(), Outcome::broken);
}

TEST(TunnelWatch, an_encrypted_alert_of_tls_1_3_is_known_by_its_length) {
  const auto first_sealed = [](std::size_t length) { return watched({{'c', client_hello()}, {'u', kAnswer13}, {'c', kChange + tls_record(23, std::string(length, 'a'))}}); };
  EXPECT_EQ(first_sealed(2 + 1 + 16).outcome(), Outcome::client_alert);
  EXPECT_EQ(first_sealed(2 + 1 + 16).facts().alert, std::nullopt);
  EXPECT_EQ(first_sealed(2 + 1 + 16).duration(), std::nullopt);
  EXPECT_EQ(first_sealed(20).outcome(), Outcome::secured);
}

TEST(TunnelWatch, an_encrypted_alert_of_tls_1_2_has_no_number) {
  const TunnelWatch clients = watched({{'c', kHello12}, {'u', kAnswer12 + kDone12}, {'c', kChange + tls_record(21, std::string(26, 'a'))}});
  EXPECT_EQ(clients.outcome(), Outcome::client_alert);
  EXPECT_EQ(clients.facts().alert, std::nullopt);
  const TunnelWatch upstreams = watched({{'c', kHello12}, {'u', kAnswer12 + kChange + tls_record(21, std::string(26, 'a'))}});
  EXPECT_EQ(upstreams.outcome(), Outcome::upstream_alert);
  EXPECT_EQ(upstreams.facts().alert, std::nullopt);
}

TEST(TunnelWatch, what_tls_does_not_allow_breaks_it) {
  EXPECT_FALSE(watched({{'c', kEarlyHello}, {'c', kSealed}}).is_done());
  EXPECT_FALSE(watched({{'c', client_hello()}, {'u', kRetry + kChange}, {'c', kChange + client_hello()}}).is_done());

  const std::initializer_list<std::pair<char, std::string>> broken[] = {
      {{'c', client_hello()}, {'c', kSealed}},                                      // early data that was not offered
      {{'c', client_hello()}, {'c', client_hello()}},                               // a second ClientHello that nobody asked for
      {{'c', client_hello()}, {'u', kRetry}, {'c', client_hello()}, {'u', kRetry}},   // asked for twice
      {{'c', client_hello()}, {'u', kChange}},
      {{'c', client_hello()}, {'u', kSealed}},
      {{'c', client_hello()}, {'u', kDone12}},                                      // anything but a ServerHello
      {{'c', client_hello()}, {'u', "HTTP/1.1 400 Bad Request\r\n"}},
      {{'c', client_hello()}, {'u', tls_record(22, server_hello(extension(43, "\x03\x05")))}},
      {{'c', client_hello()}, {'u', tls_record(22, server_hello(extension(43, "\x03")))}},
      {{'c', client_hello()}, {'u', tls_record(22, tls_message(2, "short"))}},
      {{'c', client_hello()}, {'u', tls_record(22, std::string("\x02\x00\x40\x00", 4))}},  // longer than is kept
      {{'c', client_hello()}, {'u', kAnswer13}, {'c', kFinished12}},                // in the clear
      {{'c', client_hello()}, {'u', kAnswer13}, {'c', tls_record(20, "\x01\x01")}},
      {{'c', kHello12}, {'u', kAnswer12 + kAnswer12}},
      {{'c', kHello12}, {'u', kAnswer12}, {'c', kSealed}},
      {{'c', kHello12}, {'u', kAnswer12}, {'u', kSealed}},
      {{'c', kHello12}, {'u', kAnswer12}, {'c', kChange + kChange}},
  };
  for (const auto& said : broken) {
    const TunnelWatch watch = watched(said);
    EXPECT_EQ(watch.kind(), Kind::tls) << &said - broken;
    EXPECT_EQ(watch.outcome(), Outcome::broken) << &said - broken;
    EXPECT_EQ(watch.duration(), std::nullopt) << &said - broken;
  }
}

TEST(TunnelWatch, early_data_that_never_ends_hides_the_end) {
  std::string early;
  for (int i = 0; i < 63; ++i) early += tls_record(23, std::string(100, 'e'));
  EXPECT_EQ(watched({{'c', kEarlyHello}, {'u', kAnswer13}, {'c', early + kSealed}}).outcome(), Outcome::secured);
  const TunnelWatch watch = watched({{'c', kEarlyHello}, {'u', kAnswer13}, {'c', early + tls_record(23, "the last") + kSealed}});
  EXPECT_EQ(watch.outcome(), Outcome::hidden);
  EXPECT_EQ(watch.duration(), std::nullopt);
}

TEST(TunnelWatch, after_a_hello_retry_request_there_is_no_early_data_to_be_told_apart) {
  const std::string longer = tls_record(23, std::string(900, 'c'));  // such as a certificate of the client's
  EXPECT_EQ(watched({{'c', kEarlyHello}, {'u', kRetry}, {'c', client_hello()}, {'u', kAnswer13}, {'c', longer}}).duration(), Nanos{4});
  EXPECT_FALSE(watched({{'c', kEarlyHello}, {'u', kAnswer13}, {'c', longer}}).is_done());
}

TEST(TunnelWatch, grease_is_not_an_offer) {
  const std::string hello = client_hello(extension(0xaaaa, "") + extension(43, vector_of(1, "\xba\xba\x03\x04\x03\x03")) + extension(16, vector_of(2, vector_of(1, "\x1a\x1a"))) +
                                         extension(0xfe0d, "grease") + extension(0xeaea, std::string(1, '\0')));
  const TunnelWatch watch = watched({{'c', hello}, {'u', kAnswer13}, {'c', kChange + kSealed}});
  EXPECT_EQ(watch.outcome(), Outcome::secured);
  EXPECT_EQ(watch.facts().offered, 0x0304);
  EXPECT_FALSE(watch.facts().offers_h2);
  EXPECT_FALSE(watch.facts().offers_http1_1);
  EXPECT_TRUE(watch.facts().offers_encrypted_hello);  // which cannot be told from a true one
  EXPECT_EQ(watch.facts().server_name, ServerName::absent);
}

TEST(TunnelWatch, mutations_have_the_same_story_in_any_pieces) {
  std::vector<std::vector<Flight>> originals;
  Ends ends;
  originals.push_back(ends.cross());
  ends.server.groups = "P-256";
  originals.push_back(ends.cross());
  ends.server.max = TLS1_2_VERSION;
  originals.push_back(ends.cross());
  std::mt19937 random(2);
  std::size_t secured = 0;
  for (int i = 0; i < 10'000; ++i) {
    std::vector<Flight> flights = originals[random() % originals.size()];
    for (std::size_t n = 1 + random() % 3; n > 0; --n) {
      std::string& bytes = flights[random() % flights.size()].bytes;
      // Mostly near the front, where the lengths are.
      const std::size_t at = random() % (random() % 4 == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 150));
      switch (random() % 4) {
        case 0: bytes.erase(at, 1 + random() % 8); break;
        case 1: bytes.insert(at, 1 + random() % 8, static_cast<char>(random())); break;
        default: bytes[at] = static_cast<char>(random());
      }
      if (bytes.empty()) bytes = "x";
    }
    const TunnelWatch watch = watched(flights);
    const std::string whole = test::story_of(watch);
    ASSERT_EQ(whole, test::story_of(watched(flights, 1))) << i;
    ASSERT_EQ(whole, test::story_of(watched(flights, 1 + random() % 20))) << i;
    ASSERT_EQ(watch.outcome() == Outcome::secured, watch.duration().has_value()) << i;
    if (watch.outcome() == Outcome::secured) ++secured;
  }
  EXPECT_GT(secured, 500u);
  EXPECT_LT(secured, 9'500u);
}

}  // namespace
}  // namespace gladhand::tls
