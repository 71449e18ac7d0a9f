// One request and its response on one connection: what an exchange holds one of on either side.
//
// The same class serves both ends. A client's stream receives a request and sends a response; an upstream's stream sends
// a request and receives a response. Calls go down and return at once; what the peer does comes up as an event, never
// from inside a call. Bytes are handed on by reference and paid back with consumed(), which is all the flow control.
#pragma once

#include <cstddef>
#include <utility>

#include "base/error.h"
#include "http/message.h"
#include "http/wire.h"

namespace gladhand::timeline {
struct ConnectionRecord;
}

namespace gladhand::http {

// Events of one stream. After on_end (without trailers) or on_reset no other event of the receiving half follows.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;

  // The listener may move from `head`. May come several times on an upstream's stream: informational ones, then one final.
  virtual void on_head(Head& head) = 0;
  // A client's stream that asks for a tunnel: bytes for it have come, and wait until it is there. May come several times.
  virtual void on_early_bytes() {}
  // The listener takes all of `body` and owes consumed() of as many bytes, now or later.
  virtual void on_body(Buffer&& body) = 0;
  // Before on_end, if any came. The views are valid during the call.
  virtual void on_trailers(const Headers& trailers) = 0;
  virtual void on_end() = 0;
  // writable() was zero and is not any more.
  virtual void on_writable() = 0;
  // A client's stream only: the request cannot be read on, and perhaps never had a head. A reply may still be sent.
  virtual void on_aborted(Error error) = 0;
  // The stream died, in either direction; the grip is empty by now.
  virtual void on_reset(Error error) = 0;
};

class StreamGrip;

class Stream {
 public:
  virtual void listen(StreamEvents& events) = 0;

  virtual void send_head(const Head& head, End end) = 0;
  // Takes all of `body`. A sender that sees writable() at zero should wait for on_writable before it offers more.
  virtual void send_body(Buffer&& body, End end) = 0;
  virtual void send_trailers(const Headers& trailers) = 0;  // ends the message
  // A client's stream, before the end of its response: announces `request`, a GET, as one that the client would make soon.
  // Where that client takes such requests it becomes a stream of its own, of which the codec's owner hears as of any other.
  virtual void promise(const Head&) {}
  // Gives the stream up where it stands. No event follows.
  virtual void reset(Code reason) = 0;

  // The shortcut past the codecs (http/wire.h). Null: this stream shares its connection, or its bytes are framed.
  virtual Wire* receiving_wire() = 0;  // the rest of the received body stands on it as it is
  virtual Wire* sending_wire() = 0;    // the rest of the sent body may be put on it as it is
  // Of the received body, what has not come yet.
  virtual std::uint64_t body_left() const = 0;
  // So many bytes of a body with a length went past. True: the received body is complete, and no on_end will say so.
  virtual bool skip_received(std::uint64_t bytes) = 0;
  virtual void skip_sent(std::uint64_t bytes, End end) = 0;

  virtual std::size_t writable() const = 0;
  // The listener has done with `bytes` of received body; the peer may send as many more.
  virtual void consumed(std::size_t bytes) = 0;

 protected:
  virtual ~Stream() = default;

  // For the codec: takes the grip away from its holder.
  void lose_grip();
  bool is_gripped() const { return grip_ != nullptr; }
  // The holder let go. Unfinished halves are reset; a finished stream just becomes free.
  virtual void on_released() = 0;

 private:
  friend class StreamGrip;
  StreamGrip* grip_ = nullptr;
};

// The one link across ownership trees: from an exchange to a stream that its connection owns. Move-only. Dropping it
// resets the stream if it is unfinished; when the connection dies first, it empties the grip.
class StreamGrip {
 public:
  StreamGrip() = default;
  explicit StreamGrip(Stream& stream) : stream_(&stream) { stream.grip_ = this; }
  StreamGrip(StreamGrip&& other) noexcept : stream_(std::exchange(other.stream_, nullptr)) {
    if (stream_) stream_->grip_ = this;
  }
  StreamGrip& operator=(StreamGrip&& other) noexcept {
    if (this != &other) {
      drop();
      stream_ = std::exchange(other.stream_, nullptr);
      if (stream_) stream_->grip_ = this;
    }
    return *this;
  }
  ~StreamGrip() { drop(); }

  explicit operator bool() const { return stream_ != nullptr; }
  Stream* operator->() const { return stream_; }
  Stream& operator*() const { return *stream_; }
  void drop() {
    if (Stream* stream = std::exchange(stream_, nullptr)) {
      stream->grip_ = nullptr;
      stream->on_released();
    }
  }

 private:
  friend class Stream;
  Stream* stream_ = nullptr;
};

inline void Stream::lose_grip() {
  if (StreamGrip* grip = std::exchange(grip_, nullptr)) grip->stream_ = nullptr;
}

}  // namespace gladhand::http
