// Follows the records of one direction (RFC 8446 section 5.1, RFC 5246 section 6.2), in whatever pieces its bytes come.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace gladhand::tls {

enum class ContentType : std::uint8_t { change_cipher_spec = 20, alert = 21, handshake = 22, application_data = 23 };

class RecordReader {
 public:
  enum class Found {
    nothing,  // all bytes were taken
    header,   // a record has begun: type(), length() and began() are its own
    body,     // some or all of what is left of its body: body()
    not_tls,  // the last byte taken is none of a record's header: there is no way on
  };
  // Takes the next thing off the front of `bytes`, which were read at `at`.
  Found next(std::string_view& bytes, Nanos at);

  ContentType type() const { return static_cast<ContentType>(header_[0]); }
  std::size_t length() const { return std::size_t{header_[3]} << 8 | header_[4]; }
  Nanos began() const { return began_; }  // when its first byte was read
  std::string_view body() const { return body_; }  // a view of what next() was given
  bool is_at_end() const { return left_ == 0; }

 private:
  bool is_plausible() const;

  std::array<std::uint8_t, 5> header_{};
  std::uint8_t header_bytes_ = 0;  // of the next record
  std::uint16_t left_ = 0;         // of this one's body
  Nanos began_{};
  std::string_view body_;
};

}  // namespace gladhand::tls
