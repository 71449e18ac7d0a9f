#include "codec/http2_callbacks.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "base/size_classes.h"
#include "codec/http2.h"

namespace gladhand::codec {
namespace {

Http2& of(void* codec) { return *static_cast<Http2*>(codec); }

std::string_view text_of(nghttp2_rcbuf* buffer) {
  const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(buffer);
  return {reinterpret_cast<const char*>(bytes.base), bytes.len};
}

Http2Stream* stream_of(nghttp2_session* session, std::int32_t id) {
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session, id));
}

// A stream takes some five allocations.
nghttp2_mem* memory() {
  static nghttp2_mem shared{
      .mem_user_data = nullptr,
      .malloc = [](std::size_t size, void*) { return size_classes::allocate(size); },
      .free = [](void* memory, void*) { size_classes::release(memory); },
      .calloc =
          [](std::size_t count, std::size_t size, void*) {
            void* memory = size_classes::allocate(count * size);  // of a few hundred bytes: cannot overflow
            return memory ? std::memset(memory, 0, count * size) : nullptr;
          },
      .realloc = [](void* memory, std::size_t size, void*) { return size_classes::reallocate(memory, size); },
  };
  return size_classes::kIsOffered ? &shared : nullptr;
}

bool ends_stream(const nghttp2_frame_hd& header) { return (header.flags & NGHTTP2_FLAG_END_STREAM) != 0; }

}  // namespace

nghttp2_session_callbacks* Http2Callbacks::callbacks() {
  static const auto shared = [] {
    nghttp2_session_callbacks* made = nullptr;
    if (nghttp2_session_callbacks_new(&made) != 0) throw std::bad_alloc();
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback2(made, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback2(made, on_invalid_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame_recv);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, on_invalid_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, on_stream_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, on_frame_send);
    nghttp2_session_callbacks_set_send_data_callback(made, send_body);
    nghttp2_session_callbacks_set_on_extension_chunk_recv_callback(made, [](nghttp2_session*, const nghttp2_frame_hd*, const std::uint8_t*, std::size_t, void*) { return 0; });
    nghttp2_session_callbacks_set_unpack_extension_callback(made, [](nghttp2_session*, void**, const nghttp2_frame_hd*, void*) { return int{NGHTTP2_ERR_CANCEL}; });
    return std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)>(made, nghttp2_session_callbacks_del);
  }();
  return shared.get();
}

nghttp2_option* Http2Callbacks::option() {
  static const auto shared = [] {
    nghttp2_option* made = nullptr;
    if (nghttp2_option_new(&made) != 0) throw std::bad_alloc();
    nghttp2_option_set_no_auto_window_update(made, 1);
    // Frames that nobody knows are ignored, but not uncounted: nghttp2 tells of them only who says that he knows them.
    for (int type = NGHTTP2_CONTINUATION + 1; type <= 0xff; ++type) {
      if (type != NGHTTP2_PRIORITY_UPDATE) nghttp2_option_set_user_recv_extension_type(made, static_cast<std::uint8_t>(type));
    }
    nghttp2_option_set_builtin_recv_extension_type(made, NGHTTP2_PRIORITY_UPDATE);
    return std::unique_ptr<nghttp2_option, decltype(&nghttp2_option_del)>(made, nghttp2_option_del);
  }();
  return shared.get();
}

nghttp2_session* Http2Callbacks::make_session(Http2& codec, bool is_server) {
  nghttp2_session* session = nullptr;
  const int error = (is_server ? nghttp2_session_server_new3 : nghttp2_session_client_new3)(&session, callbacks(), &codec, option(), memory());
  if (error != 0) throw std::bad_alloc();
  return session;
}

nghttp2_data_provider Http2Callbacks::body_of(Http2Stream& stream) {
  return {.source = {.ptr = &stream}, .read_callback = read_body};
}

// ---- receiving

int Http2Callbacks::on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* codec) {
  Http2& self = of(codec);
  if (frame->hd.type != NGHTTP2_HEADERS) return 0;
  Http2Stream* stream = stream_of(session, frame->hd.stream_id);
  if (!stream && frame->headers.cat == NGHTTP2_HCAT_REQUEST) stream = &self.make_stream(frame->hd.stream_id);
  if (stream) self.begin_fields(*stream);
  return 0;
}

int Http2Callbacks::on_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf* name, nghttp2_rcbuf* value, std::uint8_t flags, void* codec) {
  of(codec).on_field(text_of(name), text_of(value), (flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0);
  return 0;
}

// nghttp2 would leave the field out and go on. Nobody else would read such a message the same way.
int Http2Callbacks::on_invalid_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf*, nghttp2_rcbuf*, std::uint8_t, void* codec) {
  of(codec).on_bad_field();
  return 0;
}

int Http2Callbacks::on_frame_recv(nghttp2_session* session, const nghttp2_frame* frame, void* codec) {
  Http2& self = of(codec);
  Http2Stream* stream = frame->hd.stream_id == 0 ? nullptr : stream_of(session, frame->hd.stream_id);
  switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
      if (stream) self.end_fields(*stream, ends_stream(frame->hd));
      break;
    case NGHTTP2_DATA:
      if (stream && ends_stream(frame->hd)) self.deliver_end(*stream);
      break;
    case NGHTTP2_SETTINGS:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) {
        self.on_settings_received();
      } else {
        self.tell(http::SettingsStep::acknowledged);
      }
      break;
    case NGHTTP2_PING:
      if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) self.on_ping_answered();
      break;
    default: break;
  }
  return 0;
}

int Http2Callbacks::on_invalid_frame(nghttp2_session* session, const nghttp2_frame* frame, int, void* codec) {
  if (frame->hd.stream_id != 0) of(codec).on_bad_frame(frame->hd.stream_id, stream_of(session, frame->hd.stream_id));
  return 0;
}

int Http2Callbacks::on_data(nghttp2_session* session, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size, void* codec) {
  Http2Stream* stream = stream_of(session, id);
  if (stream && stream->is_gripped() && !stream->is_refused_) {
    of(codec).deliver_body(*stream, data, size);
  } else {
    nghttp2_session_consume_connection(session, size);  // nobody wants more of this stream
  }
  return 0;
}

int Http2Callbacks::on_stream_close(nghttp2_session* session, std::int32_t id, std::uint32_t error_code, void* codec) {
  if (Http2Stream* stream = stream_of(session, id)) of(codec).close(*stream, error_code);
  return 0;
}

// ---- sending

int Http2Callbacks::on_frame_send(nghttp2_session* session, const nghttp2_frame* frame, void* codec) {
  if (frame->hd.type == NGHTTP2_SETTINGS && (frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) of(codec).tell(http::SettingsStep::sent);
  if (frame->hd.type == NGHTTP2_HEADERS) of(codec).on_head_sent(frame->hd.stream_id);
  if (frame->hd.type == NGHTTP2_PUSH_PROMISE) {
    if (Http2Stream* stream = stream_of(session, frame->push_promise.promised_stream_id)) of(codec).on_promise_sent(*stream);
  }
  if (frame->hd.type == NGHTTP2_RST_STREAM) of(codec).on_reset_sent(frame->hd.stream_id);
  if (frame->hd.type == NGHTTP2_GOAWAY) of(codec).on_goodbye_sent(frame->goaway.error_code);
  const bool may_end = frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
  if (!may_end || !ends_stream(frame->hd)) return 0;
  if (Http2Stream* stream = stream_of(session, frame->hd.stream_id)) of(codec).on_end_sent(*stream);
  return 0;
}

ssize_t Http2Callbacks::read_body(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t size, std::uint32_t* flags, nghttp2_data_source*, void* codec) {
  Http2Stream* known = stream_of(session, id);
  if (!known) return NGHTTP2_ERR_DEFERRED;  // the connection was given up, and the stream with it
  Http2Stream& stream = *known;
  const std::size_t n = std::min(size, stream.out_.size());
  const bool is_last = stream.sending_ == Http2Stream::Half::ended && n == stream.out_.size();
  if (n == 0 && !is_last) return NGHTTP2_ERR_DEFERRED;
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (is_last) *flags |= of(codec).submit_trailers(stream) ? NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM : NGHTTP2_DATA_FLAG_EOF;
  return static_cast<ssize_t>(n);
}

int Http2Callbacks::send_body(nghttp2_session*, nghttp2_frame*, const std::uint8_t* header, std::size_t size, nghttp2_data_source* source, void* codec) {
  constexpr std::size_t kFrameHeader = 9;  // no padding: nobody asks for it
  of(codec).send_data(*static_cast<Http2Stream*>(source->ptr), {reinterpret_cast<const char*>(header), kFrameHeader}, size);
  return 0;
}

}  // namespace gladhand::codec
