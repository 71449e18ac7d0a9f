// One stream of an HTTP/2 connection. Its codec owns it, and nghttp2 points to it for as long as it knows its id.
#pragma once

#include <cstdint>

#include "base/arena.h"
#include "base/list.h"
#include "base/pooled.h"
#include "http/message.h"
#include "http/stream.h"

namespace gladhand::codec {

class Http2;

class Http2Stream final : public http::Stream, public ListNode<Http2Stream>, public Pooled<Http2Stream> {
 public:
  // One direction.
  enum class Half : std::uint8_t {
    idle,   // no final head yet
    open,   // the head is through, more follows
    ended,  // complete
  };

  explicit Http2Stream(Http2& codec) : codec_(codec) {}

  void listen(http::StreamEvents& events) override { listener_ = &events; }
  void send_head(const http::Head& head, http::End end) override;
  void send_body(Buffer&& body, http::End end) override;
  void send_trailers(const http::Headers& trailers) override;
  void promise(const http::Head& request) override;
  void reset(Code reason) override;
  http::Wire* receiving_wire() override { return nullptr; }
  http::Wire* sending_wire() override { return nullptr; }
  std::uint64_t body_left() const override { return 0; }
  bool skip_received(std::uint64_t) override { return false; }
  void skip_sent(std::uint64_t, http::End) override {}
  std::size_t writable() const override;
  void consumed(std::size_t bytes) override;

 private:
  friend class Http2;
  friend class Http2Callbacks;

  void on_released() override;
  bool is_over() const { return receiving_ == Half::ended && sending_ == Half::ended; }

  Http2& codec_;
  http::StreamEvents* listener_ = nullptr;
  std::int32_t id_ = 0;             // 0: not submitted yet
  bool is_closed_ = false;          // nghttp2 has forgotten it
  bool is_refused_ = false;         // its fields were bad: the rest of them is skipped
  bool is_promised_ = false;        // the client has been told of it, and a server's owner has not
  bool is_surfaced_ = false;        // a server's owner has been told of it
  bool is_held_back_ = false;       // its head says that there is no body, and the stream's end does not say so yet
  bool is_answered_ = false;        // a server's answer has left, and the request has not ended
  bool is_overdue_ = false;         // the rest of its request has taken too long
  bool is_change_asked_ = false;    // its head must open a tunnel or fail
  bool is_tunnel_ = false;          // it did: both directions end for themselves, and take their time
  bool is_bodiless_ = false;        // the answer has no body, whatever its sender says
  bool is_awaited_ = false;         // see Http2::count_awaited
  bool was_full_ = false;           // a sender waits for on_writable
  Half receiving_ = Half::idle;
  Half sending_ = Half::idle;
  Error lost_;                      // how it ended, where the listener still has to be told

  Arena arena_;
  http::Head head_;
  std::size_t unconsumed_ = 0;      // delivered, and not paid back
  std::uint64_t received_ = 0;      // of the body
  std::uint64_t received_before_ = UINT64_MAX;  // the same when progress was last looked at
  Buffer out_;                      // body that waits for its frames
  http::Headers trailers_;          // that end what is sent, behind the body
  Arena trailers_arena_;
  std::uint64_t sent_ = 0;          // of the body, as frames
  std::uint64_t sent_before_ = UINT64_MAX;  // the same when progress was last looked at
};

}  // namespace gladhand::codec
