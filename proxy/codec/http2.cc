#include "codec/http2.h"

#include <algorithm>
#include <array>

#include "codec/http2_callbacks.h"

namespace gladhand::codec {

using http::Role;
using Half = Http2Stream::Half;

Http2::Http2(Role role, http::CodecEvents& events, const Settings& settings)
    : role_(role),
      events_(events),
      settings_(settings),
      session_(Http2Callbacks::make_session(*this, role == Role::server)),
      reader_(settings.head, bad(), role == Role::server ? Code::request_header_too_large : Code::response_header_too_large),
      glitches_(*settings.clock),
      frames_(role == Role::server ? NGHTTP2_CLIENT_MAGIC_LEN : 0) {
  submit_settings();
}

Http2::~Http2() {
  while (!streams_.empty()) delete &streams_.front();
}

void Http2::submit_settings() {
  std::array<nghttp2_settings_entry, 5> entries;
  std::size_t n = 0;
  entries[n++] = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kStreamWindow};
  entries[n++] = {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, settings_.head.section_bytes};
  if (is_server()) {
    entries[n++] = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, settings_.streams};
    entries[n++] = {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1};
    entries[n++] = {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1};
  } else {
    entries[n++] = {NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
  }
  nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, entries.data(), n);
  nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, 0, kConnectionWindow);
}

// ---- the codec

// Frame by frame: what one of them did must be known when the next is looked at.
Expected<void> Http2::receive(Buffer& in) {
  while (!in.empty()) {
    current_ = &in.slices().front();
    std::string_view left(current_->data(), current_->size());
    ssize_t read = 0;
    while (!left.empty() && read >= 0) {
      const std::size_t size = frames_.step(left);
      if (frames_.has_begun()) on_frame_begun(frames_.header());
      read = nghttp2_session_mem_recv(session_.get(), reinterpret_cast<const std::uint8_t*>(left.data()), size);
      left.remove_prefix(size);
    }
    const std::size_t size = current_->size();
    current_ = nullptr;
    if (read < 0) {
      nghttp2_session_terminate_session(session_.get(), read == NGHTTP2_ERR_FLOODED ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
      in.clear();
      break_connection(breach());
      return std::unexpected(breach());
    }
    in.consume(size);
  }
  events_.on_change();
  return {};
}

void Http2::produce(Buffer& out) {
  target_ = &out;
  while (out.size() < kGather) {
    const std::uint8_t* bytes = nullptr;
    const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size <= 0) break;
    out.append(std::string_view(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)));
  }
  target_ = nullptr;
}

std::size_t Http2::pending_bytes() const {
  if (current_ || target_ || nghttp2_session_want_write(session_.get()) == 0) return 0;  // not from inside a callback
  return std::max<std::size_t>(unsent_, 1);
}

void Http2::announce_writable() {
  if (!std::exchange(has_news_, false)) return;
  if (std::exchange(is_broken_, false)) return break_connection(breach());
  streams_.for_each([&](Http2Stream& stream) {
    if (stream.is_promised_) return begin_pushed(stream);
    if (stream.lost_.code != Code::ok && stream.is_gripped()) return lose(stream, stream.lost_);
    if (!stream.was_full_) return;
    if (stream.writable() == 0) {
      has_news_ = true;
      return;
    }
    stream.was_full_ = false;
    if (stream.is_gripped()) stream.listener_->on_writable();
  });
}

http::Stream* Http2::open() { return can_open() > 0 ? &make_stream(0) : nullptr; }

std::size_t Http2::can_open() const {
  if (is_server() || is_last_ || is_draining_ || nghttp2_session_check_request_allowed(session_.get()) == 0) return 0;
  const std::size_t most = nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  constexpr std::size_t kMost = 100;  // of ours, whatever the endpoint allows; and until it has said
  return std::min(most, kMost) - std::min({most, kMost, open_});
}

http::Awaiting Http2::awaiting() const {
  if (in_fields_) return http::Awaiting::head;
  if (awaited_bodies_ > 0) return http::Awaiting::body;
  return streams_.empty() && is_server() ? http::Awaiting::message : http::Awaiting::nothing;
}

// ---- what the peer sent

Http2Stream& Http2::make_stream(std::int32_t id) {
  auto& stream = *new Http2Stream(*this);
  stream.id_ = id;
  if (!spare_fields_.empty()) {
    stream.head_.fields = std::move(spare_fields_.back());
    spare_fields_.pop_back();
  }
  streams_.push_back(stream);
  ++open_;
  if (id != 0) nghttp2_session_set_stream_user_data(session_.get(), id, &stream);
  return stream;
}

void Http2::begin_fields(Http2Stream& stream) {
  if (stream.is_held_back_) return;  // trailers of a message without a body: nobody could forward them
  in_fields_ = &stream;
  reader_.begin();
  if (!is_server()) stream.arena_.clear();  // a request's texts are still in use when its trailers come
  stream.head_.clear();
}

void Http2::on_field(std::string_view name, std::string_view value, bool is_sensitive) {
  if (!in_fields_) return;
  if (in_fields_->is_refused_) {
    // They must be decoded all the same, and a reference of one byte may stand for 4 KB.
    if (++skipped_fields_ % Glitches::kSkippedFields == 0) charge(Glitches::kStrange);
    return;
  }
  if (auto added = reader_.add(name, value, in_fields_->arena_, in_fields_->head_, is_sensitive); !added) refuse(*in_fields_, added.error());
}

void Http2::on_bad_field() {
  if (in_fields_ && !in_fields_->is_refused_) refuse(*in_fields_, {bad(), "a field that HTTP/2 forbids"});
}

Expected<void> Http2::finish_fields(Http2Stream& stream) {
  if (!is_server()) return reader_.finish_response(stream.head_);
  auto fit = reader_.finish_request(settings_.scheme, stream.arena_, stream.head_);
  if (fit && is_too_large(stream.head_.content_length.value_or(0))) return failure(Code::body_too_large);
  return fit;
}

void Http2::end_fields(Http2Stream& stream, bool is_end) {
  in_fields_ = nullptr;
  if (stream.is_refused_) {
    if (is_end) stream.receiving_ = Half::ended;
    return;
  }
  if (stream.receiving_ != Half::idle || stream.is_held_back_) {
    if (stream.is_gripped() && !stream.head_.fields.empty()) stream.listener_->on_trailers(stream.head_.fields);
    return deliver_end(stream);  // nghttp2 lets no other fields pass here
  }
  if (auto fit = finish_fields(stream); !fit) {
    if (is_end) stream.receiving_ = Half::ended;
    return refuse(stream, fit.error());
  }
  deliver_head(stream, is_end);
}

void Http2::deliver_head(Http2Stream& stream, bool is_end) {
  stream.head_.has_body = !is_end;
  if (is_server()) {
    stream.is_change_asked_ = stream.head_.must_change;
    // Forwarded as HTTP/1 such a request would be complete, and what follows another one.
    stream.is_held_back_ = stream.head_.content_length == 0 && !is_end;
    if (stream.is_held_back_) return count_awaited(stream, true);
    stream.is_bodiless_ = stream.head_.method == "HEAD";
    surface(stream);
    if (!stream.is_gripped()) return;
  }
  if (!stream.is_gripped()) return;
  if (stream.head_.is_informational()) return stream.listener_->on_head(stream.head_);
  stream.receiving_ = Half::open;
  count_awaited(stream, !is_end && !stream.is_change_asked_);
  stream.listener_->on_head(stream.head_);
  if (is_end) deliver_end(stream);
}

// The owner learns of a request when its head is complete, or will never be.
void Http2::surface(Http2Stream& stream) {
  if (std::exchange(stream.is_surfaced_, true)) return;
  if (settings_.most_messages && ++messages_ >= settings_.most_messages) drain();
  events_.on_stream(stream);
}

void Http2::deliver_body(Http2Stream& stream, const std::uint8_t* data, std::size_t size) {
  if (is_server() && is_too_large(stream.received_ + size)) {
    nghttp2_session_consume_connection(session_.get(), size);
    return refuse(stream, {Code::body_too_large});
  }
  const char* text = reinterpret_cast<const char*>(data);
  Buffer body;
  if (size < kCopyBelow || !current_->block()) {
    body.append(std::string_view(text, size));
  } else {
    body.append(Slice::share(current_->block(), text, size));
  }
  stream.unconsumed_ += size;
  stream.received_ += size;
  stream.listener_->on_body(std::move(body));
}

void Http2::deliver_end(Http2Stream& stream) {
  if (std::exchange(stream.is_held_back_, false)) return deliver_head(stream, true);
  stream.receiving_ = Half::ended;
  count_awaited(stream, false);
  if (stream.is_gripped()) stream.listener_->on_end();
}

void Http2::on_bad_frame(std::int32_t id, Http2Stream* stream) {
  ids_.reset_by_us(id);
  charge(Glitches::kOurReset);
  if (!stream) return;
  if (in_fields_ == stream) in_fields_ = nullptr;
  stream->is_refused_ = true;
  if (is_server()) surface(*stream);
  if (stream->is_gripped()) lose(*stream, {bad(), "a frame that HTTP/2 forbids here"});
}

// The message cannot be read on. A server may still answer.
void Http2::refuse(Http2Stream& stream, Error error) {
  charge(Glitches::kOurReset);
  stream.is_refused_ = true;
  count_awaited(stream, false);
  if (!is_server()) {
    reset_wire(stream, NGHTTP2_PROTOCOL_ERROR);
    if (stream.is_gripped()) lose(stream, error);
    return;
  }
  surface(stream);
  if (stream.is_gripped()) stream.listener_->on_aborted(error);
}

void Http2::close(Http2Stream& stream, std::uint32_t error_code) {
  stream.is_closed_ = true;
  count_awaited(stream, false);
  if (in_fields_ == &stream) in_fields_ = nullptr;
  drop_output(stream);
  if (stream.is_gripped() && !stream.is_over()) {
    // Processed or not, is what a retry depends on (RFC 9113 section 8.7).
    stream.lost_ = {Code::reset};
    if (error_code == NGHTTP2_REFUSED_STREAM && !is_server()) stream.lost_ = {Code::stream_refused};
    const bool is_our_verdict = !current_ && (error_code == NGHTTP2_PROTOCOL_ERROR || error_code == NGHTTP2_FLOW_CONTROL_ERROR);
    if (is_our_verdict) stream.lost_ = {bad(), "a body that HTTP/2 forbids"};
    if (is_server() && current_ && !is_pushed(stream)) charge(Glitches::kStrange);  // who has it cached may well refuse a push
    if (current_) return lose(stream, stream.lost_);
    has_news_ = true;
    return events_.on_change();
  }
  free_if_over(stream);
}

void Http2::lose(Http2Stream& stream, Error error) {
  http::StreamEvents& listener = *stream.listener_;
  stream.lose_grip();
  if (stream.unconsumed_ > 0) stream.consumed(stream.unconsumed_);
  listener.on_reset(error);
  free_if_over(stream);
}

// ---- what is sent

void Http2::reset_wire(Http2Stream& stream, std::uint32_t error_code) {
  drop_output(stream);
  stream.sending_ = Half::ended;
  count_awaited(stream, false);
  if (stream.id_ == 0) stream.is_closed_ = true;
  if (!stream.is_closed_) nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id_, error_code);
  events_.on_change();
}

// The answer is out, and its request has not ended: the rest of it is not wanted. RFC 9113 section 8.1 would let us say so
// with a reset at once, which makes some clients throw the answer away (curl 7.88). So the window just stays shut, and the
// reset comes when the client's time for the body is up.
void Http2::on_end_sent(Http2Stream& stream) {
  if (!is_server() || stream.receiving_ == Half::ended || stream.is_tunnel_) return;
  if (stream.is_overdue_) return reset_wire(stream, NGHTTP2_NO_ERROR);
  stream.is_answered_ = true;
  count_awaited(stream, true);
}

void Http2::send_data(Http2Stream& stream, std::string_view frame_header, std::size_t size) {
  target_->append(frame_header);
  target_->append(stream.out_.take(size));
  stream.sent_ += size;
  unsent_ -= size;
  glitches_.sent_data(size);
}

bool Http2::submit_trailers(Http2Stream& stream) {
  const auto& fields = writer_.trailers(stream.trailers_);
  return !fields.empty() && nghttp2_submit_trailer(session_.get(), stream.id_, fields.data(), fields.size()) == 0;
}

void Http2::drop_output(Http2Stream& stream) {
  unsent_ -= stream.out_.size();
  stream.out_.clear();
}

void Http2::free_if_over(Http2Stream& stream) {
  if (!stream.is_closed_ || stream.is_gripped()) return;
  count_awaited(stream, false);
  if (is_pushed(stream)) --pushed_;
  --open_;
  stream.head_.clear();
  spare_fields_.push_back(std::move(stream.head_.fields));
  delete &stream;
  note_drained();
  events_.on_change();
}

void Http2::count_awaited(Http2Stream& stream, bool is_awaited) {
  if (stream.is_awaited_ == is_awaited || !is_server()) return;
  stream.is_awaited_ = is_awaited;
  awaited_bodies_ += is_awaited ? 1 : -1;
}

}  // namespace gladhand::codec
