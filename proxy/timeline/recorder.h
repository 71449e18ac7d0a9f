// Where records go. The metrics, the access log and the tests implement it.
//
// Every call is made on the worker's thread, exactly once for each event, and must not block: the references are valid
// only during the call. `connection_attempted` is always followed by one `handshake_ended`, and that by one
// `connection_ended`; `request_received` by one `exchange_ended`. An exchange that came in early data may end before the
// handshake of its client does.
#pragma once

#include "timeline/records.h"

namespace gladhand::timeline {

class Recorder {
 public:
  virtual ~Recorder() = default;

  // A client's connection was accepted, or an upstream is being dialled.
  virtual void connection_attempted(Side side, std::uint16_t owner) = 0;
  // The handshakes of the connection are over, well (`result` is ok) or not.
  virtual void handshake_ended(const ConnectionRecord& record) = 0;
  // Both ends of a connection that many streams share have said what they allow. Not told of others; may come after an
  // exchange, and never when the connection ends before.
  virtual void settings_exchanged(const ConnectionRecord& record) = 0;
  virtual void connection_ended(const ConnectionRecord& record) = 0;
  // A request's head was accepted from a client, or refused with a local reply.
  virtual void request_received(std::uint16_t listener) = 0;
  virtual void exchange_ended(const ExchangeRecord& record) = 0;
  // A tunnel, be it CONNECT's or another protocol's that was upgraded to, is open: its record is not complete yet.
  virtual void tunnel_opened(const ExchangeRecord& record) = 0;
  // The TLS handshake inside a tunnel has ended well. The exchange goes on, and tells the same facts when it ends.
  virtual void tunnel_secured(const ExchangeRecord& record) = 0;
  // A new connection found the process out of file descriptors; accepting pauses.
  virtual void accept_paused(std::uint16_t listener) = 0;
};

}  // namespace gladhand::timeline
