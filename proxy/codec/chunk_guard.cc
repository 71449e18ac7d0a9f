#include "codec/chunk_guard.h"

#include <algorithm>

#include "http/syntax.h"

namespace gladhand::codec {
namespace {

constexpr int kMostDigits = 15;  // 2^60: far above any body, far below any overflow

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
    std::size_t used = 1;
    if (state_ == State::data) {
      used = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - passed));
      left_ -= used;
      if (left_ == 0) state_ = State::data_cr;
    } else if (state_ == State::trailer) {
      read_trailer(bytes.substr(passed), used);
    } else {
      step(bytes[passed]);
    }
    if (state_ != State::broken) passed += used;
  }
  if (state_ == State::broken && passed == 0) return std::unexpected(violation_);
  return passed;
}

void ChunkGuard::read_trailer(std::string_view bytes, std::size_t& used) {
  const auto ended = trailer_.feed(bytes, used);
  if (!ended) {
    const bool is_too_large = ended.error().code == Code::request_header_too_large;
    violation_ = {is_too_large ? too_large_ : bad_, ended.error().detail};
    state_ = State::broken;
    return;
  }
  trailers_.append(bytes.substr(0, used));
  if (*ended) state_ = State::complete;
}

void ChunkGuard::step(char c) {
  switch (state_) {
    case State::size:
      if (const int digit = http::hex_value(c); digit >= 0) {
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return expect(++digits_ <= kMostDigits);
      }
      if (digits_ == 0 || (c != ';' && c != '\r')) return expect(false);
      state_ = c == ';' ? State::extension : State::size_lf;
      return;
    case State::extension:
      if (c == '\r') {
        state_ = State::size_lf;
        return;
      }
      return expect(++extension_bytes_ <= kExtensionBytes && (static_cast<unsigned char>(c) >= 0x20 || c == '\t') && c != 0x7f);
    case State::size_lf:
      data_bytes_ += left_;
      state_ = left_ > 0 ? State::data : State::trailer;
      digits_ = 0;
      expect(c == '\n');
      if (most_bytes_ && data_bytes_ > most_bytes_) {
        violation_ = {Code::body_too_large};
        state_ = State::broken;
      }
      return;
    case State::data_cr:
      state_ = State::data_lf;
      return expect(c == '\r');
    case State::data_lf:
      state_ = State::size;
      return expect(c == '\n');
    case State::data:
    case State::trailer:
    case State::complete:
    case State::broken: return;
  }
}

void ChunkGuard::expect(bool is_right) {
  if (is_right) return;
  violation_ = {bad_, "the chunked body is malformed"};
  state_ = State::broken;
}

}  // namespace gladhand::codec
