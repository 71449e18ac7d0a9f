// Recent connections of two workers under the sample configuration: hand-made, so that every figure is known.
#pragma once

#include "observe/recents.h"
#include "unit/observe/sample.h"

namespace gladhand::observe {

class StoryTest : public testing::Test {
 protected:
  using Closer = timeline::CloseFacts::Closer;
  using Manner = timeline::CloseFacts::Manner;
  using TlsMessageType = timeline::TlsMessageType;

  StoryTest() {
    client.messages.add({TlsMessageType::client_hello, false, 512, 32ms});
    client.messages.add({TlsMessageType::server_hello, true, 122, 33ms});
    client.messages.add({TlsMessageType::finished, true, 36, 33ms});
    client.messages.add({TlsMessageType::finished, false, 36, 55ms});
    client.tls.sni_class = timeline::SniClass::served;
    client.tls.signature = "ecdsa_sha256";
  }

  // tls_client(), 2, whose first exchange waited for dialled_upstream(), 3. Accepted at 1 ms; the client closed 80 ms after
  // that, and 1 ms later it was over.
  void tell_of_one_exchange() {
    client.tcp.accept_wait = 0ms;
    ring().handshake_ended(client);
    ring().handshake_ended(upstream);
    ring().exchange_ended(exchange());
    client.exchanges = 1;
    close(client, Code::client_closed);
  }
  void close(timeline::ConnectionRecord& record, Code why, timeline::CloseFacts how = {.closer = Closer::peer, .is_complete = true}) {
    record.ended_by = why;
    if (record.timeline.has(ConnectionMark::ready)) {
      record.close = how;
      record.timeline.mark(ConnectionMark::closing, 81ms);
    }
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
