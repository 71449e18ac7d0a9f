// How an HTTP/2 connection ends.
//
//   serving ──drain()──► draining ──last stream ended──► finished
//      └──── the peer's end, a breach of the rules, a lost connection: break_connection() ────┘
#include <array>

#include "codec/http2.h"

namespace gladhand::codec {

namespace {

constexpr std::array<std::uint8_t, 8> kDrainPing{'d', 'r', 'a', 'i', 'n', 'i', 'n', 'g'};

}  // namespace

void Http2::end_input() {
  break_connection(is_server() ? Error{Code::client_closed} : Error{Code::upstream_closed, "the connection closed before an answer"});
  closing_ = http::Closing::graceful;
}

void Http2::abort_input(Error error) {
  if (in_fields_) {
    nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
    return break_connection(error);
  }
  streams_.for_each([&](Http2Stream& stream) {
    if (!stream.is_awaited_) return;
    if (stream.is_answered_) return reset_wire(stream, NGHTTP2_NO_ERROR);
    stream.is_overdue_ = stream.received_ == std::exchange(stream.received_before_, stream.received_);
    if (stream.is_overdue_) refuse(stream, error);
  });
  events_.on_change();
}

void Http2::fail(Error error) {
  nghttp2_session_terminate_session(session_.get(), NGHTTP2_NO_ERROR);  // where the peer can still hear it
  break_connection(error);
  closing_ = http::Closing::abortive;
}

Error Http2::breach() const {
  return is_server() ? Error{Code::client_protocol_error} : Error{Code::bad_response, "the endpoint broke the rules of HTTP/2"};
}

// Every stream ends here. What nghttp2 has to say of it (a GOAWAY) still leaves.
void Http2::break_connection(Error error) {
  drain_ = Drain::over;
  is_last_ = true;
  closing_ = http::Closing::lingering;
  in_fields_ = nullptr;
  streams_.for_each([&](Http2Stream& stream) {
    nghttp2_session_set_stream_user_data(session_.get(), stream.id_, nullptr);
    drop_output(stream);
    stream.is_closed_ = true;
    if (stream.is_gripped()) {
      lose(stream, error);
    } else {
      free_if_over(stream);
    }
  });
  events_.on_change();
}

void Http2::abort_stalled(std::size_t least, Error error) {
  streams_.for_each([&](Http2Stream& stream) {
    if (stream.out_.empty()) return;
    const bool is_stalled = stream.sent_before_ != UINT64_MAX && stream.sent_ - stream.sent_before_ < least;
    stream.sent_before_ = stream.sent_;
    if (!is_stalled) return;
    reset_wire(stream, NGHTTP2_CANCEL);
    if (stream.is_gripped()) lose(stream, error);
  });
}

// A server says twice that it goes: first that it will, so that requests on their way are still served, and when the client
// has answered a ping, with the last request that was.
void Http2::drain() {
  if (std::exchange(is_draining_, true) || is_last_) return;
  if (is_server()) {
    nghttp2_submit_shutdown_notice(session_.get());
  } else {
    is_last_ = true;
    nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, 0, NGHTTP2_NO_ERROR, nullptr, 0);
  }
  events_.on_change();
}

void Http2::on_ping_answered() {
  if (!is_draining_ || std::exchange(is_last_, true)) return;
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR, nullptr, 0);
  note_drained();
}

// nghttp2 reads on after most breaches of the rules as if nothing had come, and tells by its GOAWAY alone.
void Http2::on_goodbye_sent(std::uint32_t error_code) {
  if (error_code == NGHTTP2_NO_ERROR) {
    begin_drain();
    if (is_server() && is_draining_ && !is_last_) nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, kDrainPing.data());
    return;
  }
  is_broken_ = has_news_ = true;
  closing_ = http::Closing::lingering;
  events_.on_change();
}

void Http2::on_goodbye_received(std::uint32_t error_code) {
  if (error_code != NGHTTP2_NO_ERROR) return;
  is_peer_draining_ = true;
  begin_drain();
}

void Http2::begin_drain() {
  if (drain_ != Drain::none || streams_.empty()) return;
  drain_ = Drain::begun;
  events_.on_drain(http::DrainStep::begun);
}

void Http2::note_drained() {
  const bool may_more_come = !is_last_ && !is_peer_draining_;
  if (drain_ != Drain::begun || may_more_come || !streams_.empty()) return;
  drain_ = Drain::over;
  events_.on_drain(http::DrainStep::done);
}

bool Http2::is_finished() const { return streams_.empty() && (is_last_ || nghttp2_session_want_read(session_.get()) == 0); }

}  // namespace gladhand::codec
