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
  std::size_t i = 0;
  while (i < bytes.size() && state_ != State::complete) {
    if (state_ == State::data) {
      const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - i));
      left_ -= n;
      i += n;
      if (left_ == 0) state_ = State::data_cr;
    } else if (state_ == State::trailer) {
      std::size_t used = 0;
      const auto ended = trailer_.feed(bytes.substr(i), used);
      if (!ended) return failure(ended.error().code == Code::request_header_too_large ? ended.error().code : bad_, ended.error().detail);
      trailers_.append(bytes.substr(i, used));
      i += used;
      if (*ended) state_ = State::complete;
    } else if (!step(bytes[i++])) {
      return failure(bad_, "the chunked body is malformed");
    }
  }
  return i;
}

bool ChunkGuard::step(char c) {
  switch (state_) {
    case State::size:
      if (const int digit = http::hex_value(c); digit >= 0) {
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return ++digits_ <= kMostDigits;
      }
      if (digits_ == 0 || (c != ';' && c != '\r')) return false;
      state_ = c == ';' ? State::extension : State::size_lf;
      return true;
    case State::extension:
      if (c == '\r') {
        state_ = State::size_lf;
        return true;
      }
      return ++extension_bytes_ <= kExtensionBytes && (static_cast<unsigned char>(c) >= 0x20 || c == '\t') && c != 0x7f;
    case State::size_lf:
      if (c != '\n') return false;
      data_bytes_ += left_;
      state_ = left_ > 0 ? State::data : State::trailer;
      digits_ = 0;
      return true;
    case State::data_cr:
      state_ = State::data_lf;
      return c == '\r';
    case State::data_lf:
      state_ = State::size;
      return c == '\n';
    case State::data:
    case State::trailer:
    case State::complete: break;
  }
  return false;
}

}  // namespace gladhand::codec
