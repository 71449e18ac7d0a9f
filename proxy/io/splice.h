// Bytes from one TCP connection to another without passing through this process (splice(2)).
//
// For bodies large enough to be worth it: the pages go from one socket's queue into a pipe and from there into the other's.
// When the receiving socket is full, one piece of the pipe is written in the ordinary way, because that knows how to wait.
#pragma once

#include <cstdint>

#include "io/mover.h"
#include "io/tcp.h"

namespace gladhand::io {

// A pipe of the loop's thread, from a small stock.
class Pipe {
 public:
  Pipe();
  // Returns to the stock if it is empty; else its content is thrown away with it.
  ~Pipe();
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool is_open() const { return read_fd_ >= 0; }
  int read_fd() const { return read_fd_; }
  int write_fd() const { return write_fd_; }
  void note_content(std::size_t bytes) { content_ = bytes; }
  std::size_t content() const { return content_; }

 private:
  int read_fd_ = -1;
  int write_fd_ = -1;
  std::size_t content_ = 0;
};

class Splice final : public Mover, private RawReader, private RawWriter {
 public:
  // Moves the next `bytes` of `from`.
  Splice(Tcp& from, Tcp& to, std::uint64_t bytes, MoverEvents& events);
  ~Splice() override;

  bool is_ready() const { return pipe_.is_open(); }
  bool is_done() const override { return left_ == 0 && pipe_.content() == 0; }
  void settle() override {}
  bool is_held_up() const override { return pipe_.content() > 0; }

 private:
  static constexpr std::size_t kMost = 1024 * 1024;  // of one turn: others want to be served too
  static constexpr std::size_t kPiece = 16 * 1024;

  void on_readable() override;
  void on_drained() override;
  bool empty_pipe();
  void wait_for_room();

  Tcp& from_;
  Tcp& to_;
  MoverEvents& events_;
  std::uint64_t left_;  // not yet in the pipe
  Pipe pipe_;
};

}  // namespace gladhand::io
