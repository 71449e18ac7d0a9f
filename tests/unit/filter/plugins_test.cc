// Plugins by the configuration: which chain is whose, what is wrong with an option, and what a plugin is told.
#include "filter/plugins.h"

#include <gmock/gmock.h>

#include "unit/filter/ride.h"

namespace gladhand::filter {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Plugins, an_exchange_without_any_has_an_empty_chain) {
  const config::Result read = config::read_between("");
  std::vector<config::Diagnostic> problems;
  const auto plugins = Plugins::load(read.config, read.source, problems);
  EXPECT_TRUE(plugins->of(0, 0).empty());
  EXPECT_TRUE(plugins->of_listener(0).empty());
  EXPECT_FALSE(plugins->judge_handshakes(0));
}

TEST(Plugins, each_listener_and_route_share_their_chains) {
  const config::Result read = config::read_toml(R"(
[[listener]]
address = ":1"
plugins = [{ name = "headers", reply_remove = "a" }]
[[listener]]
address = ":2"
[[route]]
upstream = "http://127.0.0.1:1"
plugins = [{ name = "headers", reply_remove = "b" }, { name = "handshake_guard", resumed = true }]
[[route]]
upstream = "http://127.0.0.1:1"
)");
  ASSERT_TRUE(read.is_valid()) << config::render(read.diagnostics);
  std::vector<config::Diagnostic> problems;
  const auto plugins = Plugins::load(read.config, read.source, problems);
  ASSERT_THAT(problems, IsEmpty());
  const auto sizes = [&](std::uint16_t listener) {
    return std::vector{plugins->of(listener, 0).filters().size(), plugins->of(listener, 1).filters().size(), plugins->of_listener(listener).filters().size()};
  };
  EXPECT_THAT(sizes(0), ElementsAre(3, 1, 1));
  EXPECT_THAT(sizes(1), ElementsAre(2, 0, 0));
  EXPECT_EQ(plugins->of(0, 0).filters()[0], plugins->of(0, 1).filters()[0]) << "the listener's is one";
  EXPECT_EQ(plugins->of(0, 0).filters()[1], plugins->of(1, 0).filters()[0]) << "and so is the route's";
  EXPECT_TRUE(plugins->judge_handshakes(1)) << "by a route's";
}

// The code of each error, and what is underlined.
std::vector<std::string> errors(std::string_view plugins) {
  std::vector<std::string> found;
  for (const config::Diagnostic& d : Loaded(plugins).problems) found.push_back(std::string(d.code()) + " " + config::underlined(d));
  return found;
}

TEST(Plugins, an_option_is_judged_by_its_table_where_it_stands) {
  EXPECT_THAT(errors(R"([{ name = "rate_limit", requests = 5, burst = 9, per = "2m", key = "sni", keys = 8 }])"), IsEmpty());
  EXPECT_THAT(errors(R"(["nonsense"])"), ElementsAre("E031 \"nonsense\""));
  EXPECT_THAT(errors(R"([{ name = "rate_limit", request = 5 }])"), ElementsAre("E012 request"));
  EXPECT_THAT(errors(R"([{ name = "rate_limit", requests = "5" }])"), ElementsAre("E013 \"5\""));
  EXPECT_THAT(errors(R"([{ name = "rate_limit", requests = 0 }])"), ElementsAre("E014 0"));
  EXPECT_THAT(errors(R"([{ name = "rate_limit", requests = 5, per = "2" }])"), ElementsAre("E015 \"2\""));
  EXPECT_THAT(errors(R"([{ name = "rate_limit", requests = 5, per = "25h" }])"), ElementsAre("E014 \"25h\""));
  EXPECT_THAT(errors(R"([{ name = "rate_limit", requests = 5, key = "cookie" }])"), ElementsAre("E057 \"cookie\""));
  EXPECT_THAT(errors(R"([{ name = "compress", min_size = "1KB", gzip_level = 10 }])"), ElementsAre("E014 10"));
  EXPECT_THAT(errors(R"([{ name = "compress", min_size = "1K" }])"), ElementsAre("E016 \"1K\""));
  EXPECT_THAT(errors(R"([{ name = "redirect", https = 1 }])"), ElementsAre("E013 1"));
  EXPECT_THAT(errors(R"([{ name = "compress", min_size = 4096 }])"), IsEmpty()) << "a bare number is one of bytes";
  EXPECT_THAT(errors(R"([{ name = "compress", min_size = -1 }])"), ElementsAre("E014 -1"));
  EXPECT_THAT(errors(R"([{ name = "compress", types = 1 }])"), ElementsAre("E013 1"));
  EXPECT_THAT(errors(R"([{ name = "rate_limit", burst = 1 }])"), ElementsAre(testing::StartsWith("E011"))) << "what is required is missing";
  EXPECT_THAT(errors(R"([{ name = "headers", reply_set = "a" }])"), ElementsAre("E013 \"a\""));
  EXPECT_THAT(errors(R"([{ name = "headers", reply_set = { a = "b", c = 1 } }])"), ElementsAre("E013 1"));
  EXPECT_THAT(errors(R"([{ name = "headers", reply_remove = ["a", "b c", "d e"] }])"), ElementsAre("E057 \"b c\"", "E057 \"d e\""));
}

TEST(Plugins, one_from_outside_may_not_have_the_name_of_a_shipped_one) {
  const Loaded loaded("[]", "[plugin.headers]\npath = \"headers.so\"\n");
  ASSERT_THAT(config::brief(loaded.problems), ElementsAre("E030 6:1"));
}

TEST(Plugins, one_that_cannot_be_loaded_is_reported_once) {
  const Loaded loaded(R"(["mine", "mine"])", "[plugin.mine]\npath = \"/nowhere/mine.so\"\n");
  ASSERT_THAT(config::brief(loaded.problems), ElementsAre("E050 7:8"));
  EXPECT_THAT(loaded.problems[0].message, HasSubstr("/nowhere/mine.so"));
}

TEST(Plugins, facts_are_those_of_the_record) {
  timeline::ConnectionRecord record;
  record.id = 7;
  record.peer = "[2001:db8::1]:443";
  gladhand_facts facts = facts_of(record, "tag");
  const auto text = [](gladhand_borrowed b) { return std::string_view(b.data, b.size); };
  EXPECT_EQ(facts.size, sizeof facts);
  EXPECT_EQ(text(facts.address), "2001:db8::1");
  EXPECT_EQ(text(facts.tag), "tag");
  EXPECT_EQ(text(facts.tls_version), "");
  EXPECT_EQ(facts.rtt, GLADHAND_UNKNOWN);
  EXPECT_EQ(facts.tls_took, GLADHAND_UNKNOWN);
  record.is_tls = true;
  record.tcp.handshake_rtt = Nanos(5);
  record.tls.version = timeline::TlsVersion::tls1_3;
  record.tls.cipher = "TLS_AES_128_GCM_SHA256";
  record.tls.group = "X25519";
  record.tls.alpn = "h2";
  record.tls.resumed = true;
  record.tls.ja4 = timeline::Ja4("t13d1516h2_8daaf6152771_e5627efa2ab1");
  record.sni = "shop.example";
  record.timeline.mark(timeline::ConnectionMark::first_byte, Nanos(10));
  record.timeline.mark(timeline::ConnectionMark::secured, Nanos(30));
  facts = facts_of(record, {});
  EXPECT_EQ(text(facts.tls_version), "1.3");
  EXPECT_EQ(text(facts.cipher), "TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(text(facts.group), "X25519");
  EXPECT_EQ(text(facts.alpn), "h2");
  EXPECT_EQ(text(facts.sni), "shop.example");
  EXPECT_EQ(text(facts.ja4), "t13d1516h2_8daaf6152771_e5627efa2ab1");
  EXPECT_EQ(facts.rtt, 5);
  EXPECT_EQ(facts.tls_took, 20);
  EXPECT_TRUE(facts.is_tls && facts.is_resumed);
}

}  // namespace
}  // namespace gladhand::filter
