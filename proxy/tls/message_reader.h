// Cuts handshake messages out of the records of one direction (RFC 8446 section 4). Hellos are kept whole; of all others the
// bytes are only counted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tls/wire.h"

namespace gladhand::tls {

class MessageReader {
 public:
  // Those of browsers have about 2,000 bytes, a post-quantum key share included.
  static constexpr std::size_t kMostHelloBytes = 16 * 1024;

  enum class Found {
    nothing,   // all bytes were taken
    begun,     // a message of type() has begun
    message,   // it is complete: hello() is the whole of it, if it is one
    too_long,  // the hello that has begun is longer than is kept: there is no way on
  };
  // Takes the next thing off the front of `bytes`, which are some of a handshake record's body.
  Found next(std::string_view& bytes);

  MessageType type() const { return static_cast<MessageType>(header_ >> 24); }
  std::string_view hello() const { return hello_; }  // until the next call
  // Gives the memory back.
  void release() { std::string().swap(hello_); }

 private:
  bool is_hello() const { return type() == MessageType::client_hello || type() == MessageType::server_hello; }

  std::uint32_t header_ = 0;  // type and length
  std::uint32_t left_ = 0;    // of the message's body
  std::uint8_t header_bytes_ = 0;
  std::string hello_;
};

}  // namespace gladhand::tls
