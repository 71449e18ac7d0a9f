// What is looked at before nghttp2 sees it, because nghttp2 says nothing of it or lets it pass.
#include <algorithm>

#include "codec/http2.h"

namespace gladhand::codec {

namespace {

constexpr std::int64_t kLargestWindow = INT32_MAX;  // RFC 9113 section 6.9.1

}  // namespace

void Http2::charge(int cost) {
  if (!glitches_.charge(cost)) nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
}

void Http2::on_frame_begun(const nghttp2_frame_hd& header) {
  std::uint32_t error = error_of(header);
  if (!glitches_.begin_frame(header)) error = NGHTTP2_ENHANCE_YOUR_CALM;
  if (error != NGHTTP2_NO_ERROR) nghttp2_session_terminate_session(session_.get(), error);
}

std::uint32_t Http2::error_of(const nghttp2_frame_hd& header) {
  switch (header.type) {
    case NGHTTP2_CONTINUATION: return header.length > kFrameBytes ? NGHTTP2_FRAME_SIZE_ERROR : NGHTTP2_NO_ERROR;
    case NGHTTP2_PRIORITY: {
      // RFC 7540 section 5.3.1 had the second one, and nghttp2 has it for HEADERS.
      const bool is_bad = header.stream_id == 0 || frames_.dependency() == header.stream_id;
      return is_bad ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_NO_ERROR;
    }
    case NGHTTP2_SETTINGS: note_windows(); return NGHTTP2_NO_ERROR;
    case NGHTTP2_DATA:
    case NGHTTP2_HEADERS: return error_of_message(header);
    default: return NGHTTP2_NO_ERROR;
  }
}

// Frames on streams that were left out or are over.
std::uint32_t Http2::error_of_message(const nghttp2_frame_hd& header) {
  const std::int32_t id = header.stream_id;
  const bool is_clients = id % 2 == 1;
  if (!is_clients || nghttp2_session_find_stream(session_.get(), id)) return NGHTTP2_NO_ERROR;
  if (is_server() && is_draining_) return NGHTTP2_NO_ERROR;  // some are not served any more, and of what they send nothing is read
  if (is_server() && header.type == NGHTTP2_HEADERS && ids_.open(id)) return NGHTTP2_NO_ERROR;
  if (!ids_.is_closed(id)) return NGHTTP2_NO_ERROR;
  return header.type == NGHTTP2_DATA || ids_.was_opened(id) ? NGHTTP2_STREAM_CLOSED : NGHTTP2_PROTOCOL_ERROR;
}

// RFC 9113 section 6.9.2: one window that becomes too wide ends the connection. nghttp2 would end the stream alone.
void Http2::note_windows() {
  initial_window_ = nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE);
  widest_window_ = 0;
  streams_.for_each([&](Http2Stream& stream) {
    if (stream.id_ != 0) widest_window_ = std::max<std::int64_t>(widest_window_, nghttp2_session_get_stream_remote_window_size(session_.get(), stream.id_));
  });
}

// Later SETTINGS change values; they are no handshake.
void Http2::tell(http::SettingsStep step) {
  const auto bit = static_cast<std::uint8_t>(1u << static_cast<unsigned>(step));
  if ((told_settings_ & bit) == 0) events_.on_settings(step);
  told_settings_ |= bit;
}

void Http2::on_settings_received() {
  tell(http::SettingsStep::received);
  const std::int64_t now = nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE);
  if (widest_window_ + now - initial_window_ > kLargestWindow) nghttp2_session_terminate_session(session_.get(), NGHTTP2_FLOW_CONTROL_ERROR);
}

}  // namespace gladhand::codec
