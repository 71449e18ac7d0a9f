#include "tls/record_reader.h"

namespace gladhand::tls {
namespace {

// RFC 8446 section 5.2. (TLS 1.2 allowed longer ones, once they are encrypted; no record of a handshake comes near.)
constexpr std::size_t kMostRecordBytes = (1 << 14) + 256;

}  // namespace

// Whether the header's newest byte can stand where it stands.
bool RecordReader::is_plausible() const {
  switch (header_bytes_) {
    case 1: return type() >= ContentType::change_cipher_spec && type() <= ContentType::application_data;
    case 2: return header_[1] == 3;
    case 3: return header_[2] >= 1 && header_[2] <= 3;
    case 4: return header_[3] <= kMostRecordBytes >> 8;
    default:
      if (type() == ContentType::change_cipher_spec) return length() == 1;
      return length() >= 1 && length() <= kMostRecordBytes;
  }
}

RecordReader::Found RecordReader::next(std::string_view& bytes, Nanos at) {
  if (left_ > 0 && !bytes.empty()) {
    body_ = bytes.substr(0, left_);
    bytes.remove_prefix(body_.size());
    left_ = static_cast<std::uint16_t>(left_ - body_.size());
    return Found::body;
  }
  while (!bytes.empty()) {
    if (header_bytes_ == 0) began_ = at;
    header_[header_bytes_++] = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    if (!is_plausible()) return Found::not_tls;
    if (header_bytes_ < header_.size()) continue;
    header_bytes_ = 0;
    left_ = static_cast<std::uint16_t>(length());
    return Found::header;
  }
  return Found::nothing;
}

}  // namespace gladhand::tls
