// Each shipped plugin, through the interface that those from outside have.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "support/scratch_folder.h"
#include "support/unzipped.h"
#include "unit/filter/ride.h"

namespace gladhand::filter {
namespace {

using test::unzipped;
using test::unzipped_so_far;
using testing::ElementsAre;
using testing::IsEmpty;
using timeline::TlsVersion;

// What a plugin does of a request, with `prepare` for what is special of it.
struct Tried {
  explicit Tried(const Loaded& loaded, const std::function<void(Ride&)>& prepare = [](Ride&) {}) : ride(loaded.chain()) {
    EXPECT_THAT(config::brief(loaded.problems), IsEmpty());
    prepare(ride);
    verdict = ride.go();
  }
  bool passes() const { return verdict == Verdict::go_on; }

  Ride ride;
  Verdict verdict;
};

// ---- headers

TEST(HeadersPlugin, removes_sets_and_adds_whatever_the_order_of_the_file) {
  const Loaded loaded(R"([{ name = "headers", request_add = { a = ["2", "3"] }, request_set = { a = "1" }, request_remove = "a", reply_set = { b = "1" } }])");
  Tried tried(loaded, [](Ride& ride) { ride.request_field("A", "0"); ride.reply_field("B", "0"); });
  tried.ride.come_back();
  EXPECT_EQ(tried.ride.asked("a"), "1|2|3|");
  EXPECT_EQ(tried.ride.told("b"), "1|");
}

// ---- redirect

std::string location(std::string_view plugin, const std::function<void(Ride&)>& prepare = [](Ride&) {}) {
  Tried tried(Loaded(plugin), prepare);
  return tried.passes() ? "passes" : fmt::format("{} {}", tried.ride.reply.status, tried.ride.told("location"));
}

TEST(RedirectPlugin, fills_in_what_was_asked_for) {
  EXPECT_EQ(location(R"([{ name = "redirect", https = true }])"), "308 https://shop.example/a/b?c=d|");
  EXPECT_EQ(location(R"([{ name = "redirect", to = "{scheme}://{authority}/x{path}#{query}", status = 301 }])"), "301 http://shop.example:8080/x/a/b#?c=d|");
  EXPECT_EQ(location(R"([{ name = "redirect", https = true }])", [](Ride& ride) { ride.record.scheme = "https"; }), "passes");
  EXPECT_EQ(location(R"([{ name = "redirect", https = true, to = "https://[::1]:8443{target}" }])"), "308 https://[::1]:8443/a/b?c=d|");
  EXPECT_EQ(location(R"([{ name = "redirect", to = "https://{host}/" }])", [](Ride& ride) { ride.record.authority = "[::1]"; }), "308 https://[::1]/|");
}

// ---- rate_limit

TEST(RateLimitPlugin, counts_by_the_clock_that_it_is_given) {
  Loaded loaded(R"([{ name = "rate_limit", requests = 2, per = "1s" }])");
  const auto passes = [&](const char* peer = "192.0.2.1:1") {
    Tried tried(loaded, [&](Ride& ride) { ride.client.peer = peer; });
    if (!tried.passes()) {
      EXPECT_EQ(tried.ride.reply.status, 429);
      EXPECT_EQ(tried.ride.told("retry-after"), "1|");
    }
    return tried.passes();
  };
  EXPECT_TRUE(passes());
  EXPECT_TRUE(passes("192.0.2.1:2")) << "another port is the same client";
  EXPECT_FALSE(passes());
  EXPECT_TRUE(passes("192.0.2.2:1"));
  loaded.clock.advance(std::chrono::milliseconds(499));
  EXPECT_FALSE(passes());
  loaded.clock.advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(passes());
  EXPECT_FALSE(passes());
}

TEST(RateLimitPlugin, lets_a_burst_through_and_rounds_the_wait_up) {
  Loaded loaded(R"([{ name = "rate_limit", requests = 4, per = "10s", burst = 2 }])");
  const auto wait = [&] {
    Tried tried(loaded);
    return tried.passes() ? "" : tried.ride.told("retry-after");
  };
  EXPECT_EQ(wait(), "");
  EXPECT_EQ(wait(), "");
  EXPECT_EQ(wait(), "3|") << "of two seconds and a half";
  loaded.clock.advance(std::chrono::milliseconds(1600));
  EXPECT_EQ(wait(), "1|");
}

TEST(RateLimitPlugin, has_a_burst_of_as_many_as_there_may_be_in_the_time) {
  const Loaded loaded(R"([{ name = "rate_limit", requests = 3, per = "1h" }])");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Tried(loaded).passes()) << i;
  EXPECT_FALSE(Tried(loaded).passes());
}

TEST(RateLimitPlugin, takes_more_than_one_in_a_nanosecond_for_one_in_a_nanosecond) {
  const Loaded loaded(R"([{ name = "rate_limit", requests = 1000000000, per = "1ms" }])");
  EXPECT_TRUE(Tried(loaded).passes());
}

TEST(RateLimitPlugin, refuses_a_burst_that_takes_centuries) {
  const Loaded loaded(R"([{ name = "rate_limit", requests = 1, per = "24h", burst = 1000000000 }])");
  ASSERT_EQ(loaded.problems.size(), 1u);
  EXPECT_THAT(loaded.problems[0].message, testing::HasSubstr("centuries"));
}

TEST(RateLimitPlugin, takes_64_bits_of_ipv6_for_one_client) {
  const Loaded loaded(R"([{ name = "rate_limit", requests = 1, per = "1h" }])");
  const auto passes = [&](const char* peer) { return Tried(loaded, [&](Ride& ride) { ride.client.peer = peer; }).passes(); };
  EXPECT_TRUE(passes("[2001:db8::1]:1"));
  EXPECT_FALSE(passes("[2001:db8::ffff:2]:1"));
  EXPECT_TRUE(passes("[2001:db8:0:1::1]:1"));
}

TEST(RateLimitPlugin, counts_by_a_field_or_a_server_name) {
  const Loaded by_field(R"([{ name = "rate_limit", requests = 1, per = "1h", key = "header:X-Key" }])");
  const auto with_field = [&](const char* value) { return Tried(by_field, [&](Ride& ride) { ride.request_field("x-key", value); }).passes(); };
  EXPECT_TRUE(with_field("a"));
  EXPECT_TRUE(with_field("b"));
  EXPECT_FALSE(with_field("a"));
  EXPECT_TRUE(Tried(by_field).passes()) << "who says nothing is one, too,";
  EXPECT_FALSE(Tried(by_field).passes()) << "and shares the limit with others like it";
  const Loaded by_name(R"([{ name = "rate_limit", requests = 1, per = "1h", key = "sni" }])");
  const auto with_name = [&](const char* sni) { return Tried(by_name, [&](Ride& ride) { ride.client.sni = sni; }).passes(); };
  EXPECT_TRUE(with_name("a.example"));
  EXPECT_FALSE(with_name("A.Example"));
  EXPECT_TRUE(with_name("b.example"));
}

// ---- ip_filter

TEST(IpFilterPlugin, denies_before_it_allows) {
  const Loaded loaded(R"([{ name = "ip_filter", allow = ["192.0.2.0/24", "2001:db8::/32"], deny = "192.0.2.7" }])");
  const auto status = [&](const char* peer) {
    Tried tried(loaded, [&](Ride& ride) { ride.client.peer = peer; });
    return tried.passes() ? 0 : tried.ride.reply.status;
  };
  EXPECT_EQ(status("192.0.2.1:1"), 0);
  EXPECT_EQ(status("[2001:db8::1]:1"), 0);
  EXPECT_EQ(status("192.0.2.7:1"), 403);
  EXPECT_EQ(status("198.51.100.1:1"), 403);
}

TEST(IpFilterPlugin, lets_everybody_in_whom_it_does_not_deny_and_nobody_without_an_address) {
  const Loaded loaded(R"([{ name = "ip_filter", deny = "192.0.2.0/25" }])");
  const auto passes = [&](const char* peer) { return Tried(loaded, [&](Ride& ride) { ride.client.peer = peer; }).passes(); };
  EXPECT_FALSE(passes("192.0.2.127:1"));
  EXPECT_TRUE(passes("192.0.2.128:1"));
  EXPECT_TRUE(passes("[2001:db8::1]:1"));
  EXPECT_FALSE(passes("nonsense:1"));
}

TEST(IpFilterPlugin, needs_somebody_to_be_about_and_a_place_to_look) {
  const auto message = [](std::string_view plugin) {
    const Loaded loaded(plugin);
    return loaded.problems.size() == 1 ? loaded.problems[0].message : fmt::format("{} problems", loaded.problems.size());
  };
  EXPECT_THAT(message(R"([{ name = "ip_filter", at = "request" }])"), testing::HasSubstr("needs `allow` or `deny`"));
  EXPECT_THAT(message(R"([{ name = "ip_filter", deny = "::1", at = "dawn" }])"), testing::HasSubstr("`at` is"));
}

TEST(IpFilterPlugin, looks_at_handshakes_where_it_is_told_to) {
  timeline::ConnectionRecord client;
  client.peer = "192.0.2.7:1";
  std::string tag;
  EXPECT_TRUE(Loaded(R"([{ name = "ip_filter", deny = "192.0.2.7" }])").chain().admits(client, tag));
  EXPECT_FALSE(Loaded(R"([{ name = "ip_filter", deny = "192.0.2.7", at = "handshake" }])").chain().admits(client, tag));
}

// ---- handshake_guard

timeline::ConnectionRecord shaken() {
  timeline::ConnectionRecord client;
  client.is_tls = true;
  client.tls.version = TlsVersion::tls1_2;
  client.tls.cipher = "ECDHE-RSA-AES128-GCM-SHA256";
  client.tls.ja4 = timeline::Ja4("t12d1516h2_8daaf6152771_e5627efa2ab1");
  client.tcp.handshake_rtt = std::chrono::milliseconds(120);
  client.sni = "Shop.Example";
  return client;
}

TEST(HandshakeGuardPlugin, refuses_where_all_conditions_hold) {
  const auto refuses = [](std::string_view conditions) {
    std::string tag;
    const Loaded loaded(fmt::format(R"([{{ name = "handshake_guard", {} }}])", conditions));
    EXPECT_THAT(config::brief(loaded.problems), IsEmpty()) << conditions;
    return !loaded.chain().admits(shaken(), tag);
  };
  for (const char* holds : {R"(tls_versions = ["1.2"])", R"(ciphers = "ECDHE-RSA-*")", R"(sni = "shop.example")", R"(sni = "*.example")", "no_sni = false",
                            R"(ja4 = "t12d*")", R"(rtt_over = "119ms")", "resumed = false", R"(tls_versions = "1.2", resumed = false)"}) {
    EXPECT_TRUE(refuses(holds)) << holds;
  }
  for (const char* fails : {R"(tls_versions = ["1.3", "none"])", R"(ciphers = "ECDHE-ECDSA-*")", R"(ciphers = "ECDHE")", R"(sni = "example")", R"(sni = "*.shop.example")",
                            "no_sni = true", R"(ja4 = "t13d*")", R"(rtt_over = "120ms")", "resumed = true", R"(tls_versions = "1.2", resumed = true)"}) {
    EXPECT_FALSE(refuses(fails)) << fails;
  }
}

TEST(HandshakeGuardPlugin, an_unknown_round_trip_is_not_a_long_one) {
  timeline::ConnectionRecord client = shaken();
  client.tcp.handshake_rtt.reset();
  std::string tag;
  EXPECT_TRUE(Loaded(R"([{ name = "handshake_guard", rtt_over = "1ms" }])").chain().admits(client, tag));
}

TEST(HandshakeGuardPlugin, marks_and_tells_upstreams_and_takes_forged_marks_away) {
  const Loaded loaded(R"([{ name = "handshake_guard", tls_versions = "1.2", tag = "old", tag_field = "X-Tls" }])");
  std::string tag;
  EXPECT_TRUE(loaded.chain().admits(shaken(), tag));
  EXPECT_EQ(tag, "old");
  const auto told = [&](const timeline::ConnectionRecord& client) {
    Tried tried(loaded, [&](Ride& ride) { ride.client = client; ride.request_field("x-tls", "forged"); });
    return tried.ride.asked("X-Tls");
  };
  EXPECT_EQ(told(shaken()), "old|");
  EXPECT_EQ(told({}), "");
}

TEST(HandshakeGuardPlugin, answers_403_on_a_route_but_not_to_those_it_marks) {
  const auto status = [](std::string_view options) {
    Tried tried(Loaded(fmt::format(R"([{{ name = "handshake_guard", {} }}])", options)), [](Ride& ride) { ride.client = shaken(); });
    return tried.passes() ? 0 : int{tried.ride.reply.status};
  };
  EXPECT_EQ(status(R"(tls_versions = "1.2")"), 403);
  EXPECT_EQ(status(R"(tls_versions = "1.3")"), 0);
  EXPECT_EQ(status(R"(tls_versions = "1.2", tag = "old")"), 0);
}

TEST(HandshakeGuardPlugin, knows_connections_without_tls_and_names_below_a_name) {
  const auto refuses = [](std::string_view options, const timeline::ConnectionRecord& client) {
    std::string tag;
    return !Loaded(fmt::format(R"([{{ name = "handshake_guard", {} }}])", options)).chain().admits(client, tag);
  };
  timeline::ConnectionRecord named = shaken();
  EXPECT_TRUE(refuses(R"(tls_versions = "none")", {}));
  EXPECT_FALSE(refuses(R"(tls_versions = "none")", named));
  named.sni = ".example";
  EXPECT_FALSE(refuses(R"(sni = "*.example")", named)) << "is not below example";
  EXPECT_TRUE(refuses("no_sni = true", {}));
}

TEST(HandshakeGuardPlugin, says_what_it_cannot_be) {
  const auto message = [](std::string_view options) {
    const Loaded loaded(fmt::format(R"([{{ name = "handshake_guard", {} }}])", options));
    return loaded.problems.size() == 1 ? loaded.problems[0].message : fmt::format("{} problems", loaded.problems.size());
  };
  EXPECT_THAT(message(R"(tls_versions = "1.1")"), testing::HasSubstr("a TLS version is"));
  EXPECT_THAT(message(R"(tag = "all")"), testing::HasSubstr("about every connection"));
  EXPECT_THAT(message(R"(resumed = true, tag = "")"), testing::HasSubstr("a tag is text"));
  EXPECT_THAT(message(R"(resumed = true, tag_field = "X-Tag")"), testing::HasSubstr("without a `tag`"));
  EXPECT_THAT(message(R"(resumed = true, tag = "a", tag_field = "Host")"), testing::HasSubstr("`Host`"));
}

// ---- basic_auth

TEST(BasicAuthPlugin, verifies_once_and_remembers_for_a_while) {
  const test::ScratchFolder folder;
  const std::string users = folder.file("users", "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n");  // secret
  Loaded loaded(fmt::format(R"([{{ name = "basic_auth", users = "{}" }}])", users));
  const auto status_and_asides = [&](const char* authorization) {
    Tried tried(loaded, [&](Ride& ride) { if (authorization) ride.request_field("Authorization", authorization); });
    if (tried.passes()) {
      EXPECT_EQ(tried.ride.asked("Authorization"), "");
    }
    return std::pair(tried.passes() ? 200 : int{tried.ride.reply.status}, tried.ride.asides);
  };
  EXPECT_EQ(status_and_asides(nullptr), std::pair(401, 0));
  EXPECT_EQ(status_and_asides("Bearer x"), std::pair(401, 0));
  EXPECT_EQ(status_and_asides("Basic YWxpY2U6d3Jvbmc="), std::pair(401, 1));
  EXPECT_EQ(status_and_asides("Basic YWxpY2U6c2VjcmV0"), std::pair(200, 1));
  EXPECT_EQ(status_and_asides("Basic YWxpY2U6c2VjcmV0"), std::pair(200, 0));
  EXPECT_EQ(status_and_asides("Basic YWxpY2U6d3Jvbmc="), std::pair(401, 1));
  loaded.clock.advance(std::chrono::hours(1));
  EXPECT_EQ(status_and_asides("Basic YWxpY2U6c2VjcmV0"), std::pair(200, 1));
}

TEST(BasicAuthPlugin, says_what_for_and_keeps_the_password_if_it_is_to) {
  const test::ScratchFolder folder;
  const std::string users = folder.file("users", "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n");
  const Loaded loaded(fmt::format(R"([{{ name = "basic_auth", users = "{}", realm = "back office", keep_field = true }}])", users));
  EXPECT_EQ(Tried(loaded).ride.told("WWW-Authenticate"), R"(Basic realm="back office", charset="UTF-8"|)");
  Tried known(loaded, [](Ride& ride) { ride.request_field("Authorization", "Basic YWxpY2U6c2VjcmV0"); });
  EXPECT_TRUE(known.passes());
  EXPECT_EQ(known.ride.asked("Authorization"), "Basic YWxpY2U6c2VjcmV0|");
}

TEST(BasicAuthPlugin, has_a_realm_that_can_be_quoted) {
  const test::ScratchFolder folder;
  const std::string users = folder.file("users", "alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n");
  for (const char* realm : {R"('')", R"('a "b" c')", R"('a\b')"}) {
    const Loaded loaded(fmt::format(R"([{{ name = "basic_auth", users = "{}", realm = {} }}])", users, realm));
    ASSERT_EQ(loaded.problems.size(), 1u) << realm;
    EXPECT_THAT(loaded.problems[0].message, testing::HasSubstr("`realm` is text without quotes")) << realm;
  }
}

// ---- compress

TEST(CompressPlugin, each_piece_can_be_read_when_it_has_come) {
  const Loaded loaded(R"([{ name = "compress", encodings = "gzip" }])");
  Tried tried(loaded, [](Ride& ride) {
    ride.request_field("Accept-Encoding", "gzip");
    ride.reply_field("Content-Type", "text/plain");
    ride.reply_field("ETag", "\"1\"");
    ride.reply_field("Vary", "Cookie");
  });
  tried.ride.come_back(200, {"first ", "second ", std::string(100'000, 'x')}, false);
  EXPECT_EQ(unzipped_so_far(tried.ride.came[0]), "first ");
  EXPECT_EQ(unzipped_so_far(tried.ride.came[0] + tried.ride.came[1]), "first second ");
  EXPECT_EQ(unzipped(tried.ride.body), "first second " + std::string(100'000, 'x'));
  EXPECT_LT(tried.ride.body.size(), 1000u);
  EXPECT_EQ(tried.ride.told("content-encoding"), "gzip|");
  EXPECT_EQ(tried.ride.told("vary"), "Cookie|Accept-Encoding|");
  EXPECT_EQ(tried.ride.told("etag"), "W/\"1\"|");
}

TEST(CompressPlugin, knows_what_to_leave_alone) {
  const Loaded loaded(R"(["compress"])");
  const auto result = [&](std::string_view type, std::string_view field = "x-none", std::string_view value = "", std::uint16_t status = 200, std::size_t size = 2000) {
    Tried tried(loaded, [&](Ride& ride) {
      ride.request_field("Accept-Encoding", "gzip, br");
      if (field == "request") ride.request_field("Cache-Control", value);
      ride.reply_field("Content-Type", type);
      ride.reply_field(field, value);
    });
    tried.ride.come_back(status, {std::string(size, 'x')});
    return tried.ride.told("content-encoding") + tried.ride.told("vary");
  };
  EXPECT_EQ(result("text/html; charset=utf-8"), "br|Accept-Encoding|");
  EXPECT_EQ(result("application/json"), "br|Accept-Encoding|");
  EXPECT_EQ(result("TEXT/CSS"), "br|Accept-Encoding|");
  EXPECT_EQ(result("text/html", "Vary", "*"), "br|*|");
  EXPECT_EQ(result("text/html", "vary", "cookie, accept-encoding"), "br|cookie, accept-encoding|");
  EXPECT_EQ(result("text/html", "request", "no-transform"), "Accept-Encoding|");
  EXPECT_EQ(result("text/event-stream"), "");
  EXPECT_EQ(result("image/png"), "");
  EXPECT_EQ(result("application/grpc+json"), "");
  EXPECT_EQ(result(""), "");
  EXPECT_EQ(result("text/html", "Content-Encoding", "zstd"), "zstd|");
  EXPECT_EQ(result("text/html", "Cache-Control", "max-age=5, No-Transform"), "");
  EXPECT_EQ(result("text/html", "Content-Digest", "sha-256=:AA==:"), "");
  EXPECT_EQ(result("text/html", "Content-Range", "bytes 0-1/2"), "");
  EXPECT_EQ(result("text/html", "x-none", "", 206), "");
  EXPECT_EQ(result("text/html", "x-none", "", 204), "");
  EXPECT_EQ(result("text/html", "x-none", "", 404), "br|Accept-Encoding|");
  EXPECT_EQ(result("text/html", "x-none", "", 200, 1023), "");
}

TEST(CompressPlugin, weakens_what_is_a_strong_tag_and_nothing_else) {
  const Loaded loaded(R"(["compress"])");
  const auto tag = [&](std::string_view given, std::string_view accepted) {
    Tried tried(loaded, [&](Ride& ride) {
      ride.request_field("Accept-Encoding", accepted);
      ride.reply_field("Content-Type", "text/plain");
      ride.reply_field("ETag", given);
    });
    tried.ride.come_back(200, {std::string(2000, 'x')});
    return tried.ride.told("etag");
  };
  EXPECT_EQ(tag(R"("1")", "gzip"), R"(W/"1"|)");
  EXPECT_EQ(tag(R"(W/"1")", "gzip"), R"(W/"1"|)");
  EXPECT_EQ(tag("1", "gzip"), "1|") << "is none, and does not become one";
  EXPECT_EQ(tag(R"("1")", "gzip;q=0, *;q=0"), R"("1"|)");
}

TEST(CompressPlugin, tells_head_what_it_would_tell_get) {
  const Loaded loaded(R"(["compress"])");
  const auto told = [&](std::string_view accepted, std::uint64_t length) {
    Tried tried(loaded, [&](Ride& ride) {
      ride.record.method = "HEAD";
      ride.request_field("Accept-Encoding", accepted);
      ride.reply_field("Content-Type", "text/plain");
      ride.reply_field("ETag", "\"1\"");
      ride.reply.content_length = length;
    });
    tried.ride.come_back(200, {}, false);
    EXPECT_EQ(tried.ride.body, "");
    const Ride& ride = tried.ride;
    return ride.told("content-encoding") + ride.told("vary") + ride.told("etag") + (ride.reply.content_length ? std::to_string(*ride.reply.content_length) : "unknown");
  };
  EXPECT_EQ(told("gzip", 2000), R"(gzip|Accept-Encoding|W/"1"|unknown)");
  EXPECT_EQ(told("identity", 2000), R"(Accept-Encoding|"1"|2000)");
  EXPECT_EQ(told("gzip", 1023), R"("1"|1023)");
}

TEST(CompressPlugin, confirms_the_compressed_copy_of_a_client_by_its_own_tag) {
  const Loaded loaded(R"(["compress"])");
  const auto told = [&](std::string_view known, std::string_view tag) {
    Tried tried(loaded, [&](Ride& ride) {
      ride.request_field("Accept-Encoding", "gzip");
      ride.request_field("If-None-Match", known);
      ride.reply_field("ETag", tag);
    });
    tried.ride.come_back(304, {}, false);
    return tried.ride.told("vary") + tried.ride.told("etag") + tried.ride.told("content-encoding");
  };
  EXPECT_EQ(told(R"(W/"1")", R"("1")"), R"(Accept-Encoding|W/"1"|)");
  EXPECT_EQ(told(R"("0", W/"1,2", W/"3")", R"("1,2")"), R"(Accept-Encoding|W/"1,2"|)");
  EXPECT_EQ(told(R"("1")", R"("1")"), R"("1"|)") << "has it as it is";
  EXPECT_EQ(told(R"(W/"12")", R"("1")"), R"("1"|)");
  EXPECT_EQ(told("*", R"("1")"), R"("1"|)");
  EXPECT_EQ(told(R"(W/"1")", R"(W/"1")"), R"(W/"1"|)");
}

TEST(CompressPlugin, an_empty_body_of_unknown_length_is_complete) {
  const Loaded loaded(R"([{ name = "compress", encodings = "gzip" }])");
  Tried tried(loaded, [](Ride& ride) {
    ride.request_field("Accept-Encoding", "gzip");
    ride.reply_field("Content-Type", "text/plain");
  });
  tried.ride.come_back(200, {""}, false);
  EXPECT_EQ(unzipped(tried.ride.body), "");
  EXPECT_FALSE(tried.ride.body.empty());
}

}  // namespace
}  // namespace gladhand::filter
