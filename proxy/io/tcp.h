// A TCP connection on the loop.
//
// Reading is armed once and stays so, but the first read of an accepted socket is tried without: what its client has to say
// has often come with it, and a short connection may then be over before the loop had to watch it. Writing is tried at once,
// and what did not fit belongs to the connection's box until the kernel takes it. Events are never delivered from inside a
// call: a write that fails is reported at the turn's end.
// Dropping the object closes the socket; bytes that were not yet taken are lost then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/buffer.h"
#include "base/error.h"
#include "io/address.h"
#include "io/handle.h"
#include "io/loop.h"
#include "io/opening.h"

namespace gladhand::io {

class TcpEvents {
 public:
  virtual ~TcpEvents() = default;
  // Of a dial with a cookie that nothing was written to: the SYN is about to leave, and what is written within the turn leaves
  // in it.
  virtual void on_syn_due() {}
  virtual void on_connected() = 0;
  virtual void on_read(Slice bytes) = 0;
  virtual void on_end() = 0;  // the peer's FIN
  // Final: refused, unreachable, reset or internal.
  virtual void on_error(Code code) = 0;
  // Everything that was written is in the kernel's hands.
  virtual void on_drained() = 0;
};

// What follows within the turn.
enum class Then : bool { more, fin };

// Whoever moves bytes past the ordinary reading and writing: see io/mover.h.
class RawReader {
 public:
  virtual ~RawReader() = default;
  virtual void on_readable() = 0;
};
class RawWriter {
 public:
  virtual ~RawWriter() = default;
  virtual void on_drained() = 0;
};

class Tcp final : private TurnTask {
 public:
  // Takes over an accepted, non-blocking socket.
  Tcp(Loop& loop, TcpEvents& events, int fd);
  // Dials. on_connected or on_error follows, never from inside the constructor.
  Tcp(Loop& loop, TcpEvents& events, const Address& address, Dial dial = Dial::ordinary);
  ~Tcp() override;

  // Of a dial. `with_cookie`: what is written before the turn ends leaves in the SYN; if that is nothing, the SYN leaves then.
  Opening opening() const { return opening_; }

  void start_reading();
  void stop_reading();
  // Accepted, and not watched yet.
  bool is_fresh() const { return is_fresh_; }
  // The next read, and only that, takes at most `bytes`: where a head is awaited and its body may take another way.
  void limit_next_read(std::size_t bytes) { next_read_ = bytes; }
  // Takes all of `bytes`. Before a FIN they wait for it, and leave in the same segment.
  void write(Buffer& bytes, Then then = Then::more);
  // Bytes taken that the kernel has not.
  std::size_t backlog() const;
  // Asks the kernel whether the peer's FIN or RST has come, behind whatever was not read yet.
  bool has_end_come() const;
  // Sends a FIN behind the backlog.
  void shutdown();
  // Makes the close a RST.
  void reset_on_close();
  int fd() const { return fd_; }

  // For movers. While `reader` is set, nothing is read: it is told that something could be. Null: back to normal.
  void watch_raw(RawReader* reader) { raw_reader_ = reader; }
  // While `reader` is set, nothing is read either: it is told of what is new, with its loop's edges. Null: back to normal.
  // False: it cannot be.
  bool watch_edges(EdgeEvents* reader);
  // While `writer` is set, it is told of the drained backlog instead of the listener.
  void watch_drained(RawWriter* writer) { raw_writer_ = writer; }
  // on_drained comes at the end of the turn at the latest, even if the backlog is gone by then.
  void tell_when_drained();
  // Where to read to; lasts until anybody on the loop reads.
  std::span<char> raw_room() { return loop().read_space().room(); }
  // The raw reader met the end (0) or an errno.
  void end_raw(int error);

 private:
  struct Socket;

  void on_turn_end() override;
  void dial(const Address& address);
  bool dial_fast(const Address& address);
  void send_syn(Buffer& bytes);
  void watch_rise();
  void on_risen();
  bool is_rising() const;
  void hand_over();
  void watch();
  std::span<char> next_room();
  void read_first();
  void report_at_turn_end(int uv_error);
  void drained();

  TcpEvents& events_;
  Handle<Socket> socket_;
  Handle<Box<uv_poll_t, Tcp>> rise_;  // of a fast dial; gone before the socket is libuv's, or closed
  RawReader* raw_reader_ = nullptr;
  EdgeEvents* edge_reader_ = nullptr;
  RawWriter* raw_writer_ = nullptr;
  // Of the socket, what every write asks about.
  int fd_ = -1;
  bool is_queued_ = false;
  bool is_connecting_ = false;
  Opening opening_ = Opening::ordinary;
  bool owes_syn_ = false;
  bool has_asked_ = false;  // for something to put into the SYN
  bool owes_drained_ = false;
  bool is_fresh_ = false;
  bool is_first_read_due_ = false;
  bool wants_reading_ = false;
  std::size_t next_read_ = SIZE_MAX;
  Code pending_error_ = Code::ok;
};

}  // namespace gladhand::io
