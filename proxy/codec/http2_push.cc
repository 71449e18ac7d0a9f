// Server push (RFC 9113 section 8.4): the codec makes the request of which the client is told, and its owner serves it.
//
//   promise() ──PUSH_PROMISE has left──► promised ──announce_writable()──► surfaced, and complete
//       └──── it never left: the client's own stream was gone, or it had changed its mind ────► closed, and nobody heard of it
#include <algorithm>

#include "codec/http2.h"

namespace gladhand::codec {

bool Http2::can_push(const Http2Stream& parent) const {
  if (!is_server() || is_pushed(parent) || is_draining_ || is_last_) return false;
  if (parent.is_closed_ || parent.sending_ == Http2Stream::Half::ended) return false;
  if (nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_ENABLE_PUSH) == 0) return false;
  return pushed_ < std::min(nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS), kMostPushed);
}

void Http2::promise(const Http2Stream& parent, const http::Head& request) {
  if (!can_push(parent)) return;
  const auto& fields = writer_.request(request, settings_.scheme);
  const std::int32_t id = nghttp2_submit_push_promise(session_.get(), NGHTTP2_FLAG_NONE, parent.id_, fields.data(), fields.size(), nullptr);
  if (id < 0) return;
  Http2Stream& stream = make_stream(id);
  ++pushed_;
  stream.receiving_ = Http2Stream::Half::ended;
  http::Head& head = stream.head_;
  head.version = http::Version::http2;
  head.method = stream.arena_.copy(request.method);
  head.scheme = settings_.scheme;
  head.authority = stream.arena_.copy(request.authority);
  head.target = stream.arena_.copy(request.target);
  for (const http::Field& field : request.fields) {
    head.fields.add(field.id, stream.arena_.copy(field.name), stream.arena_.copy(field.value), field.is_sensitive);
  }
  events_.on_change();
}

void Http2::on_promise_sent(Http2Stream& stream) {
  stream.is_promised_ = has_news_ = true;
  events_.on_change();
}

void Http2::begin_pushed(Http2Stream& stream) {
  stream.is_promised_ = false;
  if (stream.is_surfaced_) return;  // by a breach of the client's
  surface(stream);
  if (stream.is_gripped()) stream.listener_->on_head(stream.head_);
  if (stream.is_gripped()) stream.listener_->on_end();
}

}  // namespace gladhand::codec
