// Moves bytes from one TCP connection to another past everything above: what the shortcut of http/wire.h is made of.
//
// While a mover is in charge of reading, nobody else reads; it is told that there is something to move, by libuv's own watcher
// or by the loop's edges. Errors and ends of the two connections are told to their own listeners. When it is destroyed, the connections
// are back in their ordinary use.
#pragma once

#include <cstddef>

namespace gladhand::io {

class MoverEvents {
 public:
  virtual ~MoverEvents() = default;
  // `bytes` more have gone across, or are about to; 0: the receiver, who was full, has taken everything. Small moves are told
  // together, a while later. The mover may be destroyed in this call.
  virtual void on_moved(std::size_t bytes) = 0;
};

class Mover {
 public:
  virtual ~Mover() = default;
  // Nothing is left to move.
  virtual bool is_done() const = 0;
  // The receiver is full.
  virtual bool is_held_up() const = 0;
  // Tells now what would be told later. To be asked for before the mover is destroyed early: what it has not told is lost.
  virtual void settle() = 0;
};

}  // namespace gladhand::io
