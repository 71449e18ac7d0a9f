#include "exchange/server_timing.h"

#include <gtest/gtest.h>

namespace gladhand::exchange {
namespace {

using namespace std::chrono_literals;
using timeline::ConnectionMark;
using timeline::ExchangeMark;

class ServerTimingField : public testing::Test {
 protected:
  ServerTimingField() {
    upstream.timeline.mark(ConnectionMark::started, 10ms);
    record.upstream = &upstream;
    record.client = &client;
    record.is_first_of_upstream = true;
    record.timeline.mark(ExchangeMark::upstream_asked, 9ms);
    record.timeline.mark(ExchangeMark::reply_head_received, 50ms);
  }
  std::string_view text() {
    add_server_timing(fields, record, arena);
    return fields.begin()->value;
  }

  timeline::ConnectionRecord client, upstream;
  timeline::ExchangeRecord record;
  http::Headers fields;
  Arena arena;
};

TEST_F(ServerTimingField, what_a_request_waited_for_is_told_apart) {
  upstream.timeline.mark(ConnectionMark::ready, 30ms);
  record.timeline.mark(ExchangeMark::upstream_ready, 30ms);
  record.timeline.mark(ExchangeMark::head_sent, 30ms);
  EXPECT_EQ(text(), "queue;dur=1.000, connect;dur=20.000, origin;dur=20.000");
}

TEST_F(ServerTimingField, a_request_that_left_in_the_syn_has_waited_for_no_connection) {
  record.timeline.mark(ExchangeMark::upstream_ready, 10ms);
  record.timeline.mark(ExchangeMark::head_sent, 10ms);
  upstream.timeline.mark(ConnectionMark::ready, 30ms);
  EXPECT_EQ(text(), "queue;dur=1.000, origin;dur=40.000") << "its round trip is the origin's wait";
}

TEST_F(ServerTimingField, what_attempts_took_that_came_to_nothing_is_nobody_else_s) {
  record.timeline.mark(ExchangeMark::routed, 2ms);
  record.timeline.mark(ExchangeMark::upstream_ready, 10ms);
  record.timeline.mark(ExchangeMark::head_sent, 10ms);
  EXPECT_EQ(text(), "retry;dur=7.000, queue;dur=1.000, origin;dur=40.000");
}

TEST_F(ServerTimingField, a_request_that_was_asked_for_once_has_lost_nothing) {
  record.timeline.mark(ExchangeMark::routed, 9ms);
  record.timeline.mark(ExchangeMark::upstream_ready, 10ms);
  record.timeline.mark(ExchangeMark::head_sent, 10ms);
  EXPECT_EQ(text(), "queue;dur=1.000, origin;dur=40.000");
}

}  // namespace
}  // namespace gladhand::exchange
