// nghttp2's callbacks, each turned into a call of the codec.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>

namespace gladhand::codec {

class Http2;

class Http2Callbacks {
 public:
  static nghttp2_session* make_session(Http2& codec, bool is_server);
  // Where the body of a stream comes from.
  static nghttp2_data_provider body_of(class Http2Stream& stream);

 private:
  static nghttp2_session_callbacks* callbacks();
  static nghttp2_option* option();

  static int on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* codec);
  static int on_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf* name, nghttp2_rcbuf* value, std::uint8_t, void* codec);
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf* name, nghttp2_rcbuf* value, std::uint8_t, void* codec);
  static int on_frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* codec);
  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* codec);
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* data, std::size_t size, void* codec);
  static int on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t error_code, void* codec);
  static int on_frame_send(nghttp2_session*, const nghttp2_frame* frame, void* codec);
  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t size, std::uint32_t* flags, nghttp2_data_source* source, void*);
  static int send_body(nghttp2_session*, nghttp2_frame* frame, const std::uint8_t* header, std::size_t size, nghttp2_data_source* source, void* codec);
};

}  // namespace gladhand::codec
