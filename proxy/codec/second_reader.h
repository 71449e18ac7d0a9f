// llhttp as the second reader of a message that the strict reading has passed.
//
// Every smuggling trick needs two readers who disagree about where a message ends. The strict reading decides that; llhttp,
// which half the world's servers use, must see the same end, or the message is refused. It also finds the data in chunked
// bodies and knows the rules of persistence.
#pragma once

#include <llhttp.h>

#include "base/buffer.h"
#include "base/error.h"
#include "http/codec.h"

namespace gladhand::codec {

class SecondReader {
 public:
  // Reads what `role` receives.
  explicit SecondReader(http::Role role);
  SecondReader(const SecondReader&) = delete;  // llhttp knows where it lives
  SecondReader& operator=(const SecondReader&) = delete;

  // A new message follows. The answer to a HEAD has no body whatever its fields say, nor has a 2xx to CONNECT.
  void begin(bool answers_head, bool answers_connect = false);
  // `piece` follows what was read before, and ends the message or does not. Its body bytes are added to body().
  Expected<void> read(const Slice& piece, bool ends_message);
  // What the listener has not been given yet.
  Buffer& body() { return body_; }
  // Whether another message may follow on the connection. Known once the head was read.
  bool keeps_alive() const { return keeps_alive_; }

 private:
  static const llhttp_settings_t& callbacks();

  const Code bad_;
  llhttp_t parser_;
  const Slice* piece_ = nullptr;  // what llhttp is reading
  Buffer body_;
  bool answers_head_ = false;
  bool answers_connect_ = false;
  bool has_ended_ = false;
  bool keeps_alive_ = true;
};

}  // namespace gladhand::codec
