// HTTP/2 as a byte machine, for both ends (RFC 9113), on nghttp2.
//
// nghttp2 keeps the states, the windows and the tables. This class turns its callbacks into streams' events, holds the
// bodies that wait for windows, gathers the frames of all streams once a turn, and counts what only an attacker sends.
// nghttp2 must not be asked for output from inside a callback: calls of streams only submit, produce() does the rest.
#pragma once

#include <nghttp2/nghttp2.h>

#include <memory>
#include <vector>

#include "base/list.h"
#include "codec/frame_walk.h"
#include "codec/glitches.h"
#include "codec/http2_head.h"
#include "codec/http2_stream.h"
#include "codec/settings.h"
#include "codec/stream_ids.h"
#include "http/codec.h"

namespace gladhand::codec {

class Http2 final : public http::Codec {
 public:
  Http2(http::Role role, http::CodecEvents& events, const Settings& settings);
  ~Http2() override;

  Expected<void> receive(Buffer& in) override;
  void end_input() override;
  void abort_input(Error error) override;
  void fail(Error error) override;
  void produce(Buffer& out) override;
  std::size_t pending_bytes() const override;
  std::size_t held_bytes() const override { return unsent_; }
  void abort_stalled(std::size_t least, Error error) override;
  void announce_writable() override;
  http::Stream* open() override;
  std::size_t can_open() const override;
  http::Awaiting awaiting() const override;
  bool wants_input() const override { return true; }
  void drain() override;
  bool is_multiplexed() const override { return true; }
  bool is_shared() const override { return open_ > 1; }
  bool is_idle() const override { return streams_.empty(); }
  bool is_finished() const override;
  http::Closing closing() const override { return closing_; }

 private:
  friend class Http2Stream;
  friend class Http2Callbacks;

  // Of one stream; and of all, from where on each may only hold little.
  static constexpr std::size_t kStreamOutput = 256 * 1024;
  static constexpr std::size_t kOutput = 1024 * 1024;
  static constexpr std::size_t kLittleOutput = 16 * 1024;
  // What peers may send before it is consumed.
  static constexpr std::uint32_t kStreamWindow = 256 * 1024;
  static constexpr std::int32_t kConnectionWindow = 1024 * 1024;
  // What one produce() gathers at the most.
  static constexpr std::size_t kGather = 256 * 1024;
  static constexpr std::size_t kFrameBytes = 16 * 1024;  // what SETTINGS_MAX_FRAME_SIZE is when nothing is said of it
  static constexpr std::uint32_t kMostPushed = 100;  // at a time, whatever the client allows
  // Smaller pieces of a body are copied: they would pin the block that was read into.
  static constexpr std::size_t kCopyBelow = 2048;

  struct SessionDeleter {
    void operator()(nghttp2_session* session) const { nghttp2_session_del(session); }
  };

  bool is_server() const { return role_ == http::Role::server; }
  bool is_too_large(std::uint64_t body) const { return settings_.body_bytes != 0 && body > settings_.body_bytes; }
  Code bad() const { return is_server() ? Code::bad_request : Code::bad_response; }
  void submit_settings();
  // A glitch: something that well-behaved peers send rarely. Too many end the connection.
  void charge(int cost);

  void on_frame_begun(const nghttp2_frame_hd& header);
  std::uint32_t error_of(const nghttp2_frame_hd& header);
  std::uint32_t error_of_message(const nghttp2_frame_hd& header);
  void note_windows();

  // What nghttp2 tells, by way of Http2Callbacks.
  void on_settings_received();
  void tell(http::SettingsStep step);
  void begin_fields(Http2Stream& stream);
  void on_field(std::string_view name, std::string_view value, bool is_sensitive);
  void on_bad_field();
  void end_fields(Http2Stream& stream, bool is_end);
  void deliver_body(Http2Stream& stream, const std::uint8_t* data, std::size_t size);
  void deliver_end(Http2Stream& stream);
  void on_ping_answered();
  void on_goodbye_sent(std::uint32_t error_code);
  void on_bad_frame(std::int32_t id, Http2Stream* stream);
  void on_reset_sent(std::int32_t id) { ids_.reset_by_us(id); }
  void on_head_sent(std::int32_t id) { if (!is_server()) ids_.open(id); }
  void close(Http2Stream& stream, std::uint32_t error_code);
  void on_end_sent(Http2Stream& stream);
  void send_data(Http2Stream& stream, std::string_view frame_header, std::size_t size);
  // With the last of the body, not before: nghttp2 would send them first. False: there are none.
  bool submit_trailers(Http2Stream& stream);

  bool can_push(const Http2Stream& parent) const;
  void promise(const Http2Stream& parent, const http::Head& request);
  void on_promise_sent(Http2Stream& stream);
  void begin_pushed(Http2Stream& stream);
  // A server's own; only clients' are odd, and no server may push to us.
  static bool is_pushed(const Http2Stream& stream) { return stream.id_ != 0 && stream.id_ % 2 == 0; }

  Http2Stream& make_stream(std::int32_t id);
  Expected<void> finish_fields(Http2Stream& stream);
  void deliver_head(Http2Stream& stream, bool is_end);
  void surface(Http2Stream& stream);
  void refuse(Http2Stream& stream, Error error);
  void lose(Http2Stream& stream, Error error);
  void break_connection(Error error);
  Error breach() const;
  void reset_wire(Http2Stream& stream, std::uint32_t error_code);
  void drop_output(Http2Stream& stream);
  void free_if_over(Http2Stream& stream);
  // Whether the rest of a request is what the owner waits for: nothing has been answered yet.
  void count_awaited(Http2Stream& stream, bool is_awaited);

  const http::Role role_;
  http::CodecEvents& events_;
  const Settings settings_;
  std::unique_ptr<nghttp2_session, SessionDeleter> session_;
  List<Http2Stream> streams_;
  std::vector<http::Headers> spare_fields_;  // of streams that are over, for the next ones: they have grown
  std::size_t open_ = 0;     // streams
  std::size_t unsent_ = 0;   // bytes in the streams' out_
  std::uint32_t messages_ = 0;
  std::uint32_t pushed_ = 0;  // of the streams
  std::uint32_t skipped_fields_ = 0;  // of heads that were refused
  int awaited_bodies_ = 0;
  FieldReader reader_;
  FieldWriter writer_;
  Glitches glitches_;
  FrameWalk frames_;
  StreamIds ids_;
  std::uint8_t told_settings_ = 0;   // a bit for each http::SettingsStep
  std::int64_t initial_window_ = 0;  // of the peer's streams; and the widest of all, when SETTINGS began to come
  std::int64_t widest_window_ = 0;
  const Slice* current_ = nullptr;    // what receive() is reading
  Buffer* target_ = nullptr;          // where produce() writes to
  Http2Stream* in_fields_ = nullptr;  // whose field section has begun and not ended
  bool is_draining_ = false;
  bool is_broken_ = false;   // the peer broke a rule of the connection, and the streams have not been told
  bool is_last_ = false;     // no stream follows the current ones
  bool has_news_ = false;    // a stream's end waits to be told, or a sender for room
  http::Closing closing_ = http::Closing::graceful;
};

}  // namespace gladhand::codec
