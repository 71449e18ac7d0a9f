// Server-Timing: what pages are told is what is recorded.
#include "support/story.h"
#include "timeline/phases.h"

namespace gladhand::test {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

using Entries = std::vector<std::pair<std::string, std::string>>;

// The names and durations of the field, in its order.
Entries entries_of(const std::string& field) {
  Entries entries;
  http::for_each_token(field, [&](std::string_view entry) {
    const std::size_t split = entry.find(";dur=");
    entries.emplace_back(entry.substr(0, split), split == std::string_view::npos ? "" : entry.substr(split + 5));
  });
  return entries;
}

std::string milliseconds_of(Nanos duration) {
  const auto us = duration.count() / 1000;
  return fmt::format("{}.{:03}", us / 1000, us % 1000);
}

class ServerTiming : public Story, public testing::WithParamInterface<bool> {
 protected:
  ServerTiming() : Story(GetParam()) { config.routes.front().server_timing = true; }

  Message answer(Client& client, Upstream& upstream, const std::string& more = "") {
    upstream.expect_request("GET", "/");
    upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + more + "\r\n");
    return client.expect(200, "");
  }
};

TEST_P(ServerTiming, the_first_response_tells_of_the_handshakes_and_later_ones_do_not) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  stage.pass(milliseconds(3));  // the origin's
  const Message first = answer(client, upstream);
  client.get("/");
  const Message second = answer(client, upstream);

  const auto& record = exchange(0);
  const auto origin = *record.timeline.between(ExchangeMark::head_sent, ExchangeMark::reply_head_received);
  EXPECT_GE(origin, milliseconds(3));
  const auto connect = *record.upstream->timeline.between(ConnectionMark::started, ConnectionMark::ready);
  Entries wanted;
  if (record.client->tcp.handshake_rtt) wanted.emplace_back("tcp", milliseconds_of(*record.client->tcp.handshake_rtt));
  if (GetParam()) wanted.emplace_back("tls", milliseconds_of(*record.client->timeline.between(ConnectionMark::first_byte, ConnectionMark::secured)));
  wanted.emplace_back("queue", milliseconds_of(*record.timeline.between(ExchangeMark::upstream_asked, ExchangeMark::upstream_ready) - connect));
  wanted.emplace_back("connect", milliseconds_of(connect));
  wanted.emplace_back("origin", milliseconds_of(origin));
  EXPECT_EQ(entries_of(first.field("server-timing")), wanted);

  const auto& later = exchange(1).timeline;
  EXPECT_THAT(entries_of(second.field("server-timing")),
              ElementsAre(Pair("queue", milliseconds_of(*later.between(ExchangeMark::upstream_asked, ExchangeMark::upstream_ready))),
                          Pair("origin", milliseconds_of(*later.between(ExchangeMark::head_sent, ExchangeMark::reply_head_received)))));
}

TEST_P(ServerTiming, what_the_upstream_says_of_its_own_timing_stays) {
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  const Message message = answer(client, upstream, "Server-Timing: db;dur=7\r\n");
  EXPECT_THAT(message.fields, Contains(Pair("server-timing", "db;dur=7")));
  EXPECT_THAT(message.fields, Contains(Pair("server-timing", HasSubstr("origin;dur="))));
}

TEST_P(ServerTiming, other_origins_may_read_it_where_the_route_says_so) {
  config.routes.front().timing_allow_origin = {"https://a.example", "https://b.example:8443"};
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  EXPECT_EQ(answer(client, upstream).field("timing-allow-origin"), "https://a.example, https://b.example:8443");
}

TEST_P(ServerTiming, nothing_is_told_unless_the_route_says_so) {
  config.routes.front().server_timing = false;
  config.routes.front().timing_allow_origin = {"*"};
  Client client = connect();
  client.get("/");
  Upstream upstream = this->upstream();
  const Message message = answer(client, upstream);
  EXPECT_EQ(message.field("server-timing"), "");
  EXPECT_EQ(message.field("timing-allow-origin"), "");
}

INSTANTIATE_TEST_SUITE_P(Clients, ServerTiming, testing::Bool(), [](const auto& param) { return param.param ? "tls" : "clear"; });

}  // namespace
}  // namespace gladhand::test
