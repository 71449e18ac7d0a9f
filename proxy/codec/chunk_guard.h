// Judges the bytes of a chunked body before the parser sees them (RFC 9112 section 7.1).
//
// The parser's own reading has been more lenient than the grammar in every release so far (line ends, extensions, sizes).
// The guard lets pass what the grammar allows, bounds what it does not bound, and knows where the body ends.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "codec/head_scanner.h"

namespace gladhand::codec {

class ChunkGuard {
 public:
  static constexpr std::size_t kExtensionBytes = 16 * 1024;  // of one body, all its chunks together

  // `bad` and `too_large` are the errors of a violation of the grammar and of `limits`. More than `most_bytes` of data are
  // body_too_large; 0 is no limit.
  ChunkGuard(Code bad, Code too_large, const HeadLimits& limits, std::uint64_t most_bytes)
      : bad_(bad), too_large_(too_large), most_bytes_(most_bytes), trailer_(HeadScanner::Kind::trailers, limits) {}

  enum class Part : std::uint8_t {
    chunks,     // sizes and data
    extension,  // of a chunk: valid, of no use to anybody, and better not read by a second reader
    trailers,   // kept: see trailers()
  };

  // How many of `bytes`, which follow those of the last call, belong to one part of the body. Fewer than all: it has ended, or
  // another part begins there, or the next of them is the violation that the next call reports. What was right is thus
  // passed on however the bytes are cut.
  Expected<std::size_t> check(std::string_view bytes);
  // What the last check() passed.
  Part part() const { return part_; }
  bool is_complete() const { return state_ == State::complete; }
  // The trailer section as it came, final empty line included. Complete when the body is.
  std::string_view trailers() const { return trailers_; }
  void restart();

 private:
  enum class State : std::uint8_t {
    size,       // hexadecimal digits
    extension,  // after the size, up to CR
    size_lf,    // the LF of the size line
    data,       // left_ bytes of it
    data_cr,    // the CR behind the data
    data_lf,    // its LF
    trailer,    // behind the last chunk
    complete,
    broken,     // violation_ says how
  };

  Part part_of(char next) const;
  void step(char c);
  void read_trailer(std::string_view bytes, std::size_t& used);
  void fail(Error violation);

  Code bad_;
  Code too_large_;
  std::uint64_t most_bytes_;
  Error violation_;
  State state_ = State::size;
  Part part_ = Part::chunks;
  int digits_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t data_bytes_ = 0;
  std::size_t extension_bytes_ = 0;
  HeadScanner trailer_;
  std::string trailers_;
};

}  // namespace gladhand::codec
