#include "http/forwarding.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace gladhand::http {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

struct Line {
  std::string_view name, value;
};

// A request of shop.example as it came, and what becomes of it.
class Forwarding : public testing::Test {
 protected:
  Forwarding() {
    rules.client_address = "192.0.2.7";
    rules.scheme = "https";
    head.method = "GET";
    head.scheme = "https";
    head.authority = "shop.example";
    head.target = "/";
  }
  void with(std::initializer_list<Line> lines) {
    for (const Line& line : lines) head.fields.add(field_id(line.name), line.name, line.value);
  }
  std::vector<std::string> lines() const {
    std::vector<std::string> found;
    for (const Field& field : head.fields) found.push_back(std::string(field.name) + ": " + std::string(field.value));
    return found;
  }
  std::vector<std::string> forwarded() {
    forward_request(head, rules, arena);
    return lines();
  }
  // The forwarded fields, but for those that every request gets.
  std::vector<std::string> kept() {
    rules.sends_x_forwarded = rules.sends_forwarded = false;
    forward_request(head, rules, arena);
    std::vector<std::string> found = lines();
    std::erase(found, "Via: 1.1 gladhand");
    return found;
  }
  std::vector<std::string> returned() {
    forward_response(head);
    return lines();
  }

  Head head;
  ForwardingRules rules;
  Arena arena;
};

TEST_F(Forwarding, a_plain_request_gains_the_forwarding_fields) {
  with({{"Host", "shop.example"}, {"Accept", "*/*"}});
  EXPECT_THAT(forwarded(), UnorderedElementsAre("Accept: */*", "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example",
                                                "Forwarded: for=192.0.2.7;proto=https;host=\"shop.example\"", "Via: 1.1 gladhand"));
  EXPECT_EQ(head.authority, "shop.example");
}

TEST_F(Forwarding, hop_by_hop_fields_stay_behind) {
  with({{"Connection", "close"}, {"Keep-Alive", "5"}, {"Proxy-Connection", "keep-alive"}, {"Proxy-Authorization", "Basic eDp5"}, {"Proxy-Authenticate", "Basic"}, {"TE", "gzip"},
        {"Transfer-Encoding", "chunked"}, {"Upgrade", "h2c"}, {"HTTP2-Settings", "AAMAAABk"}, {"Proxy", "http://evil.example"}, {"Accept", "*/*"}});
  EXPECT_THAT(kept(), ElementsAre("Accept: */*"));
}

TEST_F(Forwarding, what_connection_nominates_stays_behind) {
  with({{"Connection", "X-Secret, x-other ,,"}, {"X-Secret", "1"}, {"X-OTHER", "2"}, {"x-secret", "3"}, {"X-Third", "4"}});
  EXPECT_THAT(kept(), ElementsAre("X-Third: 4"));
}

TEST_F(Forwarding, several_connection_fields_all_nominate) {
  with({{"X-A", "1"}, {"Connection", "x-a"}, {"Connection", "close, x-b"}, {"X-B", "2"}});
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(Forwarding, connection_cannot_take_away_where_a_message_goes_and_who_sent_it) {
  with({{"Connection", "Host, Content-Length, Authorization, Cookie, Via, X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Proto, X-Real-IP, Forwarded"},
        {"Content-Length", "5"}, {"Authorization", "Basic eDp5"}, {"Cookie", "s=1"}, {"Host", "shop.example"}});
  const auto result = forwarded();
  EXPECT_THAT(result, AllOf(Contains("Content-Length: 5"), Contains("Authorization: Basic eDp5"), Contains("Cookie: s=1")));
  EXPECT_THAT(result, AllOf(Contains("X-Forwarded-For: 192.0.2.7"), Contains("X-Forwarded-Proto: https"), Contains("X-Forwarded-Host: shop.example"),
                            Contains("Forwarded: for=192.0.2.7;proto=https;host=\"shop.example\""), Contains("Via: 1.1 gladhand")));
  EXPECT_EQ(head.authority, "shop.example");
}

TEST_F(Forwarding, connection_cannot_take_away_that_a_request_may_be_a_replay) {
  with({{"Connection", "early-data"}, {"Early-Data", "1"}});
  forward_request(head, rules, arena);
  EXPECT_THAT(lines(), Contains("Early-Data: 1"));
}

TEST_F(Forwarding, that_a_request_may_be_a_replay_is_said_once) {
  say_early(head);
  say_early(head);
  EXPECT_THAT(lines(), ElementsAre("Early-Data: 1"));
}

TEST_F(Forwarding, a_client_that_denies_being_early_is_not_corrected) {
  with({{"early-data", "0"}});
  say_early(head);
  EXPECT_THAT(lines(), ElementsAre("early-data: 0"));
}

TEST_F(Forwarding, connection_cannot_take_away_what_a_trusted_proxy_says) {
  rules.trusts_client = true;
  with({{"Connection", "X-Forwarded-For, X-Real-IP, X-Forwarded-Port"}, {"X-Forwarded-For", "198.51.100.1"}, {"X-Real-IP", "198.51.100.1"}, {"X-Forwarded-Port", "8443"}});
  EXPECT_THAT(forwarded(), AllOf(Contains("X-Forwarded-For: 198.51.100.1, 192.0.2.7"), Contains("X-Real-IP: 198.51.100.1"), Contains("X-Forwarded-Port: 8443")));
}

TEST_F(Forwarding, a_stranger_claims_no_identity) {
  with({{"X-Forwarded-For", "127.0.0.1"}, {"X-Real-IP", "127.0.0.1"}, {"Forwarded", "for=127.0.0.1"}, {"X-Forwarded-Proto", "http"}, {"X-Forwarded-Host", "admin.example"},
        {"X-Forwarded-Port", "1"}, {"x-forwarded-for", "127.0.0.2"}});
  EXPECT_THAT(forwarded(), UnorderedElementsAre("X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example",
                                                "Forwarded: for=192.0.2.7;proto=https;host=\"shop.example\"", "Via: 1.1 gladhand"));
}

TEST_F(Forwarding, a_stranger_claims_no_identity_when_none_is_sent) {
  with({{"X-Forwarded-For", "127.0.0.1"}, {"X-Real-IP", "127.0.0.1"}, {"Forwarded", "for=127.0.0.1"}});
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(Forwarding, a_trusted_proxy_is_believed_and_added_to) {
  rules.trusts_client = true;
  with({{"X-Forwarded-For", "198.51.100.1"}, {"X-Forwarded-For", "203.0.113.9"}, {"Forwarded", "for=198.51.100.1"}, {"X-Forwarded-Proto", "http"}, {"X-Forwarded-Host", "front.example"},
        {"X-Forwarded-Port", "80"}, {"X-Real-IP", "198.51.100.1"}});
  EXPECT_THAT(forwarded(), UnorderedElementsAre("X-Forwarded-For: 198.51.100.1, 203.0.113.9, 192.0.2.7", "X-Forwarded-Proto: http", "X-Forwarded-Host: front.example",
                                                "X-Forwarded-Port: 80", "X-Real-IP: 198.51.100.1",
                                                "Forwarded: for=198.51.100.1, for=192.0.2.7;proto=https;host=\"shop.example\"", "Via: 1.1 gladhand"));
}

TEST_F(Forwarding, a_trusted_proxy_that_says_nothing_is_the_client) {
  rules.trusts_client = true;
  with({{"X-Forwarded-For", ""}});
  EXPECT_THAT(forwarded(), AllOf(Contains("X-Forwarded-For: 192.0.2.7"), Contains("X-Forwarded-Proto: https"), Contains("X-Forwarded-Host: shop.example")));
}

TEST_F(Forwarding, an_ipv6_client_is_quoted_as_the_standard_wants) {
  rules.client_address = "2001:db8::7";
  head.authority = "[::1]:8443";
  EXPECT_THAT(forwarded(), AllOf(Contains("X-Forwarded-For: 2001:db8::7"), Contains("Forwarded: for=\"[2001:db8::7]\";proto=https;host=\"[::1]:8443\"")));
}

TEST_F(Forwarding, a_request_without_authority_names_no_host) {
  head.authority = {};
  EXPECT_THAT(forwarded(), UnorderedElementsAre("X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https", "Forwarded: for=192.0.2.7;proto=https", "Via: 1.1 gladhand"));
}

TEST_F(Forwarding, each_family_of_fields_can_be_left_out) {
  rules.sends_forwarded = false;
  EXPECT_THAT(forwarded(), ElementsAre("X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example", "Via: 1.1 gladhand"));
}

TEST_F(Forwarding, a_forward_proxy_leaves_what_its_client_says_of_others) {
  rules.sends_forwarded = rules.sends_x_forwarded = false;
  rules.speaks_for_client = true;
  with({{"X-Forwarded-For", "203.0.113.5"}, {"Forwarded", "for=203.0.113.5"}, {"Proxy-Authorization", "Basic eDp5"}, {"Proxy-Connection", "keep-alive"}});
  EXPECT_THAT(forwarded(), ElementsAre("X-Forwarded-For: 203.0.113.5", "Forwarded: for=203.0.113.5", "Via: 1.1 gladhand"));
}

TEST_F(Forwarding, via_grows_by_one_and_names_the_version_received) {
  head.version = Version::http1_0;
  with({{"Via", "1.1 first"}, {"Via", "1.0 second, 1.1 third"}});
  EXPECT_THAT(forwarded(), Contains("Via: 1.1 first, 1.0 second, 1.1 third, 1.0 gladhand"));
  EXPECT_THAT(lines(), Not(Contains("Via: 1.1 first")));
}

TEST_F(Forwarding, a_wish_for_trailers_is_passed_on_and_no_other_coding) {
  with({{"TE", "gzip;q=0.5, Trailers"}});
  EXPECT_THAT(kept(), ElementsAre("te: trailers"));
}

TEST_F(Forwarding, trailers_are_wished_for_only_by_that_very_word) {
  with({{"TE", "trailersx, x-trailers"}});
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(Forwarding, names_that_differ_from_a_known_one_by_underscores_stay_behind) {
  with({{"X_Forwarded_For", "127.0.0.1"}, {"x_forwarded-for", "127.0.0.1"}, {"Content_Length", "5"}, {"Transfer_Encoding", "chunked"}, {"X_Real_IP", "127.0.0.1"}, {"HTTP2_Settings", "x"},
        {"Proxy_Authorization", "x"}});
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(Forwarding, other_names_with_underscores_pass) {
  with({{"X_Custom", "1"}, {"_", "2"}, {"________________________________", "3"}});
  EXPECT_THAT(kept(), ElementsAre("X_Custom: 1", "_: 2", "________________________________: 3"));
}

TEST_F(Forwarding, order_and_spelling_of_what_passes_are_kept) {
  with({{"B", "1"}, {"Connection", "close"}, {"a", "2"}, {"COOKIE", "x=1"}, {"B", "3"}});
  EXPECT_THAT(kept(), ElementsAre("B: 1", "a: 2", "COOKIE: x=1", "B: 3"));
}

TEST_F(Forwarding, a_response_loses_its_hop_by_hop_fields) {
  head.status = 200;
  with({{"Connection", "X-Internal, Set-Cookie, Content-Length"}, {"Keep-Alive", "5"}, {"Transfer-Encoding", "chunked"}, {"Upgrade", "h2c"}, {"Proxy-Authenticate", "Basic"}, {"X-Internal", "1"},
        {"Content-Length", "5"}, {"Server", "x"}, {"Via", "1.1 origin"}});
  EXPECT_THAT(returned(), ElementsAre("Content-Length: 5", "Server: x", "Via: 1.1 origin"));
}

TEST_F(Forwarding, trailers_keep_only_fields_that_mean_nothing_to_a_proxy) {
  with({{"X-Checksum", "1"}, {"Content-Length", "40"}, {"Host", "evil.example"}, {"Authorization", "Basic eDp5"}, {"X-Forwarded-For", "6.6.6.6"}, {"Transfer-Encoding", "chunked"},
        {"Cookie", "s=1"}, {"Set-Cookie", "s=1"}, {"Connection", "close"}, {"Trailer", "x"}, {"Content-Type", "text/html"}, {"Content-Encoding", "gzip"}, {"Content-Range", "bytes 0-1/2"},
        {"X_Forwarded_For", "6.6.6.6"}, {"Content_Length", "5"}, {"grpc-status", "0"}});
  forward_trailers(head.fields);
  EXPECT_THAT(lines(), ElementsAre("X-Checksum: 1", "grpc-status: 0"));
}

Code refusal(const Head& head) {
  const auto checked = check_request(head);
  return checked ? Code::ok : checked.error().code;
}

TEST_F(Forwarding, the_one_expectation_is_100_continue) {
  EXPECT_EQ(refusal(head), Code::ok);
  with({{"Expect", "100-Continue"}, {"Expect", "100-continue"}});
  EXPECT_EQ(refusal(head), Code::ok);
  with({{"Expect", "banana"}});
  EXPECT_EQ(refusal(head), Code::expectation_failed);
}

TEST_F(Forwarding, an_expectation_with_company_is_refused) {
  for (std::string_view bad : {"", "100-continue, banana", "100-continue;a=b", "100"}) {
    head.fields.clear();
    with({{"Expect", bad}});
    EXPECT_EQ(refusal(head), Code::expectation_failed) << bad;
  }
}

TEST_F(Forwarding, a_method_that_is_not_forwarded_is_refused) {
  head.method = "TRACE";
  EXPECT_EQ(refusal(head), Code::method_not_allowed);
  for (std::string_view method : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"}) {
    head.method = method;
    EXPECT_EQ(refusal(head), Code::ok) << method;
  }
}

}  // namespace
}  // namespace gladhand::http
