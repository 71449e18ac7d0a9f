// A connection's bytes below its codec: the shortcut that large bodies take, and tunnels.
//
// Where a body stands on both connections as the same bytes (a known length, no TLS), the two wires can be joined for as
// long as it lasts. Neither codec sees those bytes; both are told how many there were (http/stream.h). A tunnel's direction
// lasts until it ends, of which the codecs hear as ever, and nobody is told how much it was.
#pragma once

#include <cstdint>

namespace gladhand::http {

class WireEvents {
 public:
  virtual ~WireEvents() = default;
  // `bytes` more went across. The last of a body are told when the receiver has taken them; of a tunnel, small ones are told
  // together a while later, and all when it ends or is stopped.
  virtual void on_moved(std::uint64_t bytes) = 0;
};

class Wire {
 public:
  virtual ~Wire() = default;
  static constexpr std::uint64_t kEndless = UINT64_MAX;

  // From here on the next `bytes` that arrive on this wire go out on `to`; kEndless: all of them. False: not here, or not now.
  virtual bool start_moving(Wire& to, std::uint64_t bytes, WireEvents& events) = 0;
  // Ends it early. Of a body, bytes on their way are lost, so both connections can only be closed.
  virtual void stop_moving() = 0;
  // Tells now what would be told a while later, if there is anything.
  virtual void tell() = 0;
  // It is the receiver who is slow.
  virtual bool is_held_up() const = 0;
};

}  // namespace gladhand::http
