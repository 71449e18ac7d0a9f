//   receiving   idle ──final head──► open ──END_STREAM──► ended
//   sending     idle ──final head──► open ──end──► ended, its last frames perhaps still waiting in out_
//
// The stream lives until nghttp2 has closed it and its grip is gone, whichever comes last.
#include "codec/http2_stream.h"

#include "codec/http2.h"
#include "codec/http2_callbacks.h"

namespace gladhand::codec {

using http::End;

void Http2Stream::send_head(const http::Head& head, End end) {
  if (sending_ != Half::idle || is_closed_) return;
  nghttp2_session* session = codec_.session_.get();
  if (head.is_informational() && head.protocol.empty()) {
    const auto& fields = codec_.writer_.response(head);
    nghttp2_submit_headers(session, NGHTTP2_FLAG_NONE, id_, nullptr, fields.data(), fields.size(), nullptr);
    return codec_.events_.on_change();
  }
  is_tunnel_ = is_change_asked_ && (!head.protocol.empty() || head.status / 100 == 2);
  is_bodiless_ |= head.status == 204 || head.status == 304;
  const bool is_end = end == End::yes || (codec_.is_server() && is_bodiless_);
  sending_ = is_end ? Half::ended : Half::open;
  codec_.count_awaited(*this, false);
  const nghttp2_data_provider body = Http2Callbacks::body_of(*this);
  if (codec_.is_server()) {
    const auto& fields = codec_.writer_.response(head);
    nghttp2_submit_response(session, id_, fields.data(), fields.size(), is_end ? nullptr : &body);
  } else {
    is_bodiless_ = head.method == "HEAD";
    const auto& fields = codec_.writer_.request(head, codec_.settings_.scheme);
    id_ = nghttp2_submit_request(session, nullptr, fields.data(), fields.size(), is_end ? nullptr : &body, this);
    if (id_ < 0) {
      id_ = 0;
      is_closed_ = true;
      lost_ = {Code::stream_refused, "no stream is left on the connection"};
      codec_.has_news_ = true;
    }
  }
  codec_.events_.on_change();
}

void Http2Stream::send_body(Buffer&& body, End end) {
  if (sending_ != Half::open || is_closed_) {
    body.clear();
    return;
  }
  codec_.unsent_ += body.size();
  out_.append(std::move(body));
  if (end == End::yes) sending_ = Half::ended;
  nghttp2_session_resume_data(codec_.session_.get(), id_);
  if (writable() == 0) was_full_ = codec_.has_news_ = true;
  codec_.events_.on_change();
}

void Http2Stream::send_trailers(const http::Headers& trailers) {
  if (sending_ != Half::open || is_closed_) return;
  for (const http::Field& field : trailers) trailers_.add(field.id, trailers_arena_.copy(field.name), trailers_arena_.copy(field.value));
  send_body({}, End::yes);
}

void Http2Stream::promise(const http::Head& request) { codec_.promise(*this, request); }

std::size_t Http2Stream::writable() const {
  if (is_closed_) return Http2::kStreamOutput;
  const std::size_t most = codec_.unsent_ < Http2::kOutput ? Http2::kStreamOutput : Http2::kLittleOutput;
  return out_.size() < most ? most - out_.size() : 0;
}

void Http2Stream::consumed(std::size_t bytes) {
  unconsumed_ -= bytes;
  nghttp2_session_consume(codec_.session_.get(), id_, bytes);
  codec_.events_.on_change();
}

void Http2Stream::reset(Code) {
  lose_grip();
  on_released();
}

void Http2Stream::on_released() {
  listener_ = nullptr;
  if (unconsumed_ > 0) consumed(unconsumed_);
  if (!is_closed_ && !is_over()) {
    // A server that has answered waits for the request's end: Http2::on_end_sent.
    const bool is_answered = codec_.is_server() && sending_ == Half::ended && !is_tunnel_;
    const auto reason = is_tunnel_ ? NGHTTP2_CONNECT_ERROR : codec_.is_server() ? NGHTTP2_INTERNAL_ERROR : NGHTTP2_CANCEL;
    if (!is_answered) codec_.reset_wire(*this, reason);
  }
  codec_.free_if_over(*this);
}

}  // namespace gladhand::codec
