#include "codec/chunk_guard.h"

#include <algorithm>

#include "http/syntax.h"

namespace gladhand::codec {
namespace {

constexpr int kMostDigits = 15;  // 2^60: far above any body, far below any overflow
constexpr std::string_view kMalformed = "the chunked body is malformed";

}  // namespace

void ChunkGuard::restart() {
  state_ = State::size;
  digits_ = 0;
  left_ = data_bytes_ = 0;
  extension_bytes_ = 0;
  trailer_.restart();
  trailers_.clear();
}

Expected<std::size_t> ChunkGuard::check(std::string_view bytes) {
  std::size_t passed = 0;
  while (passed < bytes.size() && state_ != State::complete && state_ != State::broken) {
    const char next = bytes[passed];
    const Part part = part_of(next);
    if (passed > 0 && part != part_) break;
    part_ = part;
    std::size_t used = 1;
    if (state_ == State::data) {
      used = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - passed));
      left_ -= used;
      if (left_ == 0) state_ = State::data_cr;
    } else if (state_ == State::trailer) {
      read_trailer(bytes.substr(passed), used);
    } else {
      step(next);
    }
    if (state_ != State::broken) passed += used;
  }
  if (state_ == State::broken && passed == 0) return std::unexpected(violation_);
  return passed;
}

ChunkGuard::Part ChunkGuard::part_of(char next) const {
  if (state_ == State::trailer) return Part::trailers;
  const bool is_extension = (state_ == State::extension && next != '\r') || (state_ == State::size && next == ';');
  return is_extension ? Part::extension : Part::chunks;
}

void ChunkGuard::read_trailer(std::string_view bytes, std::size_t& used) {
  const auto ended = trailer_.feed(bytes, used);
  if (!ended) {
    const bool is_too_large = ended.error().code == Code::request_header_too_large;
    return fail({is_too_large ? too_large_ : bad_, ended.error().detail});
  }
  trailers_.append(bytes.substr(0, used));
  if (*ended) state_ = State::complete;
}

void ChunkGuard::step(char c) {
  switch (state_) {
    case State::size:
      if (const int digit = http::hex_value(c); digit >= 0) {
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        if (++digits_ > kMostDigits) fail({bad_, kMalformed});
        return;
      }
      if (digits_ == 0 || (c != ';' && c != '\r')) return fail({bad_, kMalformed});
      state_ = c == ';' ? State::extension : State::size_lf;
      return;
    case State::extension:
      if (c == '\r') {
        state_ = State::size_lf;
        return;
      }
      if (http::is_control(c)) return fail({bad_, kMalformed});
      if (++extension_bytes_ > kExtensionBytes) fail({bad_, "too many chunk extensions"});
      return;
    case State::size_lf:
      data_bytes_ += left_;
      state_ = left_ > 0 ? State::data : State::trailer;
      digits_ = 0;
      if (c != '\n') return fail({bad_, kMalformed});
      if (most_bytes_ && data_bytes_ > most_bytes_) fail({Code::body_too_large});
      return;
    case State::data_cr:
      state_ = State::data_lf;
      if (c != '\r') fail({bad_, kMalformed});
      return;
    case State::data_lf:
      state_ = State::size;
      if (c != '\n') fail({bad_, kMalformed});
      return;
    case State::data:
    case State::trailer:
    case State::complete:
    case State::broken: return;
  }
}

void ChunkGuard::fail(Error violation) {
  violation_ = violation;
  state_ = State::broken;
}

}  // namespace gladhand::codec
