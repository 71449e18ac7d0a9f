// Recent connections of two workers under the sample configuration: hand-made, so that every figure is known.
#pragma once

#include "observe/recents.h"
#include "unit/observe/sample.h"

namespace gladhand::observe {

class StoryTest : public testing::Test {
 protected:
  // tls_client(), 2, whose first exchange waited for dialled_upstream(), 3. Accepted at 1 ms, closed 81 ms after that.
  void tell_of_one_exchange() {
    client.tcp.accept_wait = 0ms;
    ring().handshake_ended(client);
    ring().handshake_ended(upstream);
    ring().exchange_ended(exchange());
    client.exchanges = 1;
    close(client, Code::client_closed);
  }
  void close(timeline::ConnectionRecord& record, Code why) {
    record.ended_by = why;
    record.timeline.mark(ConnectionMark::closed, 82ms);
    ring().connection_ended(record);
  }
  timeline::ExchangeRecord exchange() {
    timeline::ExchangeRecord record = served_exchange();
    record.client = &client;
    record.upstream = &upstream;
    record.is_first_of_client = record.is_first_of_upstream = true;
    record.timeline.mark(ExchangeMark::reply_head_sent, 73ms);
    record.timeline.mark(ExchangeMark::reply_ended, 80ms);
    return record;
  }
  RecentRing& ring() { return recents.ring(0); }
  Story story(std::uint64_t id) const { return std::move(*recents.story(id)); }

  Recents recents{sample_config(), 2};
  timeline::ConnectionRecord client = tls_client();
  timeline::ConnectionRecord upstream = dialled_upstream();
};

}  // namespace gladhand::observe
