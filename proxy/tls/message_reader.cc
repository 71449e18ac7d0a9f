#include "tls/message_reader.h"

namespace gladhand::tls {
namespace {

constexpr std::uint8_t kHeaderBytes = 4;

}  // namespace

MessageReader::Found MessageReader::next(std::string_view& bytes) {
  if (header_bytes_ < kHeaderBytes) {
    if (header_bytes_ == 0) hello_.clear();
    while (header_bytes_ < kHeaderBytes) {
      if (bytes.empty()) return Found::nothing;
      header_ = header_ << 8 | static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      ++header_bytes_;
    }
    left_ = header_ & 0xffffff;
    if (!is_hello()) return Found::begun;
    if (left_ > kMostHelloBytes - kHeaderBytes) return Found::too_long;
    for (int shift = 24; shift >= 0; shift -= 8) hello_ += static_cast<char>(header_ >> shift & 0xff);
    return Found::begun;
  }
  const std::string_view taken = bytes.substr(0, left_);
  bytes.remove_prefix(taken.size());
  left_ -= static_cast<std::uint32_t>(taken.size());
  if (is_hello()) hello_ += taken;
  if (left_ > 0) return Found::nothing;
  header_bytes_ = 0;
  return Found::message;
}

}  // namespace gladhand::tls
