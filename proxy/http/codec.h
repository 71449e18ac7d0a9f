// A connection's bytes as messages: a machine without I/O.
//
// The owner feeds what it read into receive() and takes what is to be written out of produce() at the end of the turn.
// Only receive(), end_input(), abort_input(), abort_stalled(), fail() and announce_writable() deliver events; streams' own calls never do.
#pragma once

#include "base/buffer.h"
#include "http/stream.h"

namespace gladhand::http {

enum class Role : std::uint8_t { server, client };

// What the next byte of the peer would belong to: tells the owner which of its deadlines counts.
enum class Awaiting : std::uint8_t {
  message,  // a new message: the connection is idle
  head,     // the rest of a head
  body,     // more of a body
  nothing,  // the peer has said all it may for now
  tunnel,   // bytes of another protocol, now or never: its users keep the time
};

// How a connection that is finished should be closed.
enum class Closing : std::uint8_t {
  graceful,   // FIN
  lingering,  // FIN, then read and drop for a while: the peer may still send, and a RST could destroy our last bytes
  abortive,   // RST: the message on it must not look complete
};

// What both ends of a connection that streams share tell each other first.
enum class SettingsStep : std::uint8_t { sent, received, acknowledged };

class CodecEvents {
 public:
  virtual ~CodecEvents() = default;
  // Server only: a client began a request. The stream must be gripped and have a listener when this returns.
  virtual void on_stream(Stream& stream) = 0;
  // There is, or will be, something for produce(), receive() or the owner's own questions at the end of this turn. May
  // come from inside any call; the owner only notes it.
  virtual void on_change() = 0;
  // Each step once at the most, and none where nothing is negotiated. `sent`: in produce().
  virtual void on_settings(SettingsStep) {}
  // The connection's own bytes, where they can be handed on; null where they cannot.
  virtual Wire* wire() { return nullptr; }
};

class Codec {
 public:
  virtual ~Codec() = default;

  // Takes from `in` what it can use now and leaves the rest: the owner offers it again after on_change(). An error is
  // final for the receiving half; streams have been told.
  virtual Expected<void> receive(Buffer& in) = 0;
  // The peer will send no more. To be called when receive() has taken all that came before.
  virtual void end_input() = 0;
  // The peer took too long, or broke a rule outside HTTP: the message that is awaited is aborted with `error`. Where there
  // are several, those are of which nothing has come since the last call.
  virtual void abort_input(Error error) = 0;
  // The connection is gone: every stream is reset.
  virtual void fail(Error error) = 0;

  // Moves output to `out`.
  virtual void produce(Buffer& out) = 0;
  // Bytes that produce() would give, roughly; 0: none.
  virtual std::size_t pending_bytes() const = 0;
  // Bytes of bodies that only the peer's windows hold back.
  virtual std::size_t held_bytes() const { return 0; }
  // Ends streams whose peer let fewer than `least` bytes pass since the last call, and has more to take.
  virtual void abort_stalled(std::size_t, Error) {}
  // What was produced has left, or will leave soon: tells streams that waited for it.
  virtual void announce_writable() = 0;

  // Client only. Null when no stream can be opened now.
  virtual Stream* open() = 0;
  // How many more streams could be opened now.
  virtual std::size_t can_open() const = 0;

  virtual Awaiting awaiting() const = 0;
  // False: the listeners are behind, and reading should pause.
  virtual bool wants_input() const = 0;
  // No new stream after the current ones.
  virtual void drain() = 0;
  // Several streams can be open at once.
  virtual bool is_multiplexed() const = 0;
  // Several streams are: what one of them sends may soon be joined by what others do.
  virtual bool is_shared() const = 0;
  // No stream is open.
  virtual bool is_idle() const = 0;
  // No stream is open and none will be: flush and close.
  virtual bool is_finished() const = 0;
  virtual Closing closing() const = 0;
  // Another protocol's bytes have ended in the sending direction: a FIN belongs behind them, whatever still comes in.
  virtual bool has_ended_output() const { return false; }
};

}  // namespace gladhand::http
