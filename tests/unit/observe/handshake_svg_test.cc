#include "observe/handshake_svg.h"

#include <gmock/gmock.h>

#include "observe/svg.h"
#include "unit/observe/story_fixture.h"

namespace gladhand::observe {
namespace {

using testing::ElementsAre;
using testing::IsSupersetOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HandshakeSvgTest : public StoryTest {};

std::string shown(const Bar& bar) {
  return bar.label + (bar.from ? " from " + milliseconds(bar.from->count() / 1000) : "") + " took " + milliseconds(bar.took.count() / 1000);
}

TEST_F(HandshakeSvgTest, bars_are_the_phases_in_the_order_of_the_table) {
  tell_of_one_exchange();
  std::vector<std::string> bars;
  for (const Bar& bar : bars_of(story(2))) bars.push_back(shown(bar));
  EXPECT_THAT(bars, ElementsAre("client tcp from -20.000 ms took 20.000 ms", "client accept_wait from 0.000 ms took 0.000 ms",
                                "client client_hello_wait from 0.000 ms took 30.000 ms", "client tls_server_flight from 31.000 ms took 2.000 ms",
                                "client tls_client_flight from 33.000 ms took 21.000 ms", "client tls from 30.000 ms took 24.000 ms",
                                "client tls_compute took 0.300 ms", "client close from 80.000 ms took 1.000 ms", "upstream tcp from 59.000 ms took 4.000 ms",
                                "upstream pool_wait from 59.000 ms took 5.000 ms", "upstream first_byte from 65.000 ms took 7.000 ms"));
}

TEST_F(HandshakeSvgTest, the_wait_for_a_hello_begins_where_a_proxy_header_ends) {
  client.timeline.mark(ConnectionMark::proxy_header, 11ms);
  ring().handshake_ended(client);
  std::vector<std::string> bars;
  for (const Bar& bar : bars_of(story(2))) bars.push_back(shown(bar));
  EXPECT_THAT(bars, IsSupersetOf({"client proxy_protocol from 0.000 ms took 10.000 ms", "client client_hello_wait from 10.000 ms took 20.000 ms"}));
}

TEST_F(HandshakeSvgTest, bars_lie_on_the_axis_where_they_were_in_time) {
  tell_of_one_exchange();
  const std::string svg = handshake_svg(story(2), "secure");
  // The axis reaches from -20 ms to 81 ms over 550 units.
  EXPECT_THAT(svg, HasSubstr(R"(<rect class="network" x="270.0" y="88.0" width="108.9" height="16.0" rx="2"><title>SYN-ACK to ACK)"));
  EXPECT_THAT(svg, HasSubstr(R"(<rect class="network" x="700.2" y="280.0" width="21.8")"));
  EXPECT_THAT(svg, HasSubstr(">first byte</text>"));
  EXPECT_THAT(svg, HasSubstr(">client 192.0.2.1:50001 at listener secure</text>"));
  EXPECT_THAT(svg, HasSubstr(">81.000 ms in all, from accepted to closed</text>"));
}

TEST_F(HandshakeSvgTest, a_long_time_in_which_nothing_happened_is_cut_out_of_the_axis) {
  client.tcp.accept_wait = 0ms;
  ring().handshake_ended(client);
  client.close = {.closer = Closer::peer, .is_complete = true};
  client.timeline.mark(ConnectionMark::closing, 3'600'001ms);
  client.timeline.mark(ConnectionMark::closed, 3'600'007ms);
  ring().connection_ended(client);
  const std::string svg = handshake_svg(story(2), "secure");
  // From -20 ms to 54 ms, and six more behind the cut: 80 ms over 520 units.
  EXPECT_THAT(svg, HasSubstr(R"(<rect class="network" x="270.0" y="88.0" width="130.0" height="16.0" rx="2"><title>SYN-ACK to ACK)"));
  EXPECT_THAT(svg, HasSubstr(R"(<rect class="several" x="781.0" y="256.0" width="39.0" height="16.0" rx="2"><title>first FIN)"));
  EXPECT_THAT(svg, HasSubstr("<title>nothing happened</title>…</text>"));
}

TEST_F(HandshakeSvgTest, bars_of_facts_lie_where_the_marks_say) {
  ring().handshake_ended(tls_upstream());
  std::vector<std::string> bars;
  for (const Bar& bar : bars_of(story(4))) bars.push_back(shown(bar));
  EXPECT_THAT(bars, testing::Contains("upstream tls_verify from 26.000 ms took 1.000 ms"));

  auto tunnel = exchange();
  tunnel.purpose = timeline::Purpose::connect;
  ring().handshake_ended(client);
  ring().handshake_ended(upstream);
  ring().tunnel_opened(tunnel);
  bars.clear();
  for (const Bar& bar : bars_of(story(2))) bars.push_back(shown(bar));
  EXPECT_THAT(bars, testing::Contains("tunnel tcp from 59.000 ms took 4.000 ms"));
}

TEST_F(HandshakeSvgTest, loads_and_runs_nothing_and_follows_the_reader_into_the_dark) {
  tell_of_one_exchange();
  const std::string svg = handshake_svg(story(2), "secure");
  EXPECT_THAT(svg, StartsWith(R"(<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 )"));
  EXPECT_THAT(svg, HasSubstr("@media(prefers-color-scheme:dark)"));
  for (const char* never : {"<script", "href", "url(", "@import", "foreignObject", "onload"}) EXPECT_THAT(svg, Not(HasSubstr(never)));
}

TEST_F(HandshakeSvgTest, what_strangers_wrote_is_escaped) {
  auto one = exchange();
  one.target = "/<script>\"&'";
  ring().handshake_ended(client);
  ring().exchange_ended(one);
  const std::string svg = handshake_svg(story(2), "a<b");
  EXPECT_THAT(svg, HasSubstr("GET /&lt;script&gt;&quot;&amp;&#39;"));
  EXPECT_THAT(svg, HasSubstr("listener a&lt;b"));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
}

TEST(EscapedForXml, replaces_what_xml_does_not_allow) {
  EXPECT_EQ(escaped_for_xml("a\x01\xff\x7f\xef\xbf\xbe\xe2\x80\xae"), "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(escaped_for_xml("ä…"), "ä…");
}

}  // namespace
}  // namespace gladhand::observe
