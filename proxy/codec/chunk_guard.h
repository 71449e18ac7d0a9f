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

  // `bad` is the error of a violation: bad_request or bad_response.
  ChunkGuard(Code bad, const HeadLimits& limits) : bad_(bad), trailer_(HeadScanner::Kind::trailers, limits) {}

  // How many of `bytes`, which follow those of the last call, belong to the body. Fewer than all: it has ended.
  Expected<std::size_t> check(std::string_view bytes);
  bool is_complete() const { return state_ == State::complete; }
  // The trailer section as it came, final empty line included. Complete when the body is.
  std::string_view trailers() const { return trailers_; }
  // Bytes of data so far, chunk by chunk as announced.
  std::uint64_t data_bytes() const { return data_bytes_; }
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
  };

  bool step(char c);

  Code bad_;
  State state_ = State::size;
  int digits_ = 0;
  std::uint64_t left_ = 0;
  std::uint64_t data_bytes_ = 0;
  std::size_t extension_bytes_ = 0;
  HeadScanner trailer_;
  std::string trailers_;
};

}  // namespace gladhand::codec
