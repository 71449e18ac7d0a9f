// One transport and one codec, joined: bytes come in as messages, messages leave as bytes, once for each turn.
//
// Both sides of the proxy are made of it. The link moves bytes, keeps both directions within bounds and closes the
// connection in the manner that the codec asks for. What the connection is for is its owner's business.
#pragma once

#include <memory>
#include <optional>

#include "http/codec.h"
#include "io/deadline.h"
#include "io/loop.h"
#include "io/mover.h"
#include "net/transport.h"
#include "timeline/records.h"

namespace gladhand::link {

class LinkEvents {
 public:
  virtual ~LinkEvents() = default;
  // As net::TransportEvents'.
  virtual void on_proxy_header(const net::ProxyHeader&) {}
  // As net::TransportEvents': what comes before on_ready may be a replay. Also the time to choose what is spoken.
  virtual void on_early() {}
  // As net::TransportEvents'.
  virtual void on_connected() {}
  // Bytes may flow: the time to choose what is spoken, if that was not done yet.
  virtual void on_ready() = 0;
  // The first bytes have come, before the codec sees any. The last chance to choose another; false: they do not tell yet.
  virtual bool on_first_bytes(const Buffer&) { return true; }
  // As those of http::CodecEvents.
  virtual void on_stream(http::Stream& stream) = 0;
  virtual void on_settings(http::SettingsStep) {}
  virtual void on_drain(http::DrainStep) {}
  // Of a connection that was ready: the first sign of its end, from either side. Its record says which.
  virtual void on_closing() {}
  // The end of a turn in which something happened: the time to look at states and to arm deadlines.
  virtual void on_progress() = 0;
  // The connection is over and was said goodbye to; every stream has been reset. Drop (that is, retire) the link now.
  virtual void on_closed(Error error) = 0;
};

class Link final : public net::TransportEvents, public http::CodecEvents, public http::Wire, private io::TurnTask, private io::DeadlineEvents, private io::MoverEvents {
 public:
  Link(io::Loop& loop, LinkEvents& events, timeline::ConnectionRecord& record) : TurnTask(loop), events_(events), record_(record), deadline_(loop.deadlines(), *this) {}

  // Before anything else. It was made with this link as the receiver of its events, as is the codec of speak().
  void join(std::unique_ptr<net::Transport> transport);
  // From on_early or on_ready to on_first_bytes.
  void speak(std::unique_ptr<http::Codec> codec) {
    codec_ = std::move(codec);
    gathers_ = codec_->is_multiplexed();
  }

  // Null before speak().
  http::Codec* codec() { return codec_.get(); }
  const http::Codec* codec() const { return codec_.get(); }
  net::Transport& transport() { return *transport_; }
  const net::Transport& transport() const { return *transport_; }
  bool is_closing() const { return state_ != State::open; }
  // Bytes on their way out that the kernel has not taken.
  std::size_t backlog() const { return transport_->backlog() + codec_->pending_bytes(); }
  // Some bytes of a message have come, perhaps too few to know what is spoken.
  bool has_unread() const { return !in_.empty(); }
  // Asks for on_progress at the end of this turn, or earlier.
  void wake() { request_end(); }
  // Says goodbye, sends a FIN and waits a while for the peer's. on_closed follows.
  void leave();
  // Ends the connection where it stands. on_closed follows.
  void fail(Error error);

 private:
  // From these on, output is flushed within the turn: the bytes are still in the cache, and their block is soon free.
  static constexpr std::size_t kFlushAtOnce = 48 * 1024;
  // While each turn brings more from other streams, their output is gathered; for so long.
  static constexpr Nanos kMostGathering = std::chrono::microseconds(200);
  static constexpr std::size_t kBacklogHigh = 256 * 1024;
  static constexpr std::size_t kLeftoverHigh = 64 * 1024;
  static constexpr Nanos kLinger = std::chrono::seconds(2);
  // A fresh connection from which nothing is awaited is not watched at once: it may be over by then.
  static constexpr Nanos kUnwatched = std::chrono::milliseconds(10);

  // Bytes that take the shortcut past both codecs.
  struct Moving {
    Link& to;
    http::WireEvents& events;
    std::unique_ptr<io::Mover> mover;
    std::uint64_t untold = 0;  // not told yet: the receiver has not taken the last of them
  };

  enum class State : std::uint8_t {
    open,
    lingering,  // our FIN is out, or on its way; what comes in is dropped
    closed,     // on_closed was, or is about to be, delivered
  };

  void on_proxy_header(const net::ProxyHeader& header) override { events_.on_proxy_header(header); }
  void on_early() override;
  void on_connected() override;
  void on_ready() override;
  void on_bytes(Slice bytes) override;
  void on_end() override;
  void on_failed(Error error) override;
  void on_drained() override { request_turn_end(); }
  void on_stream(http::Stream& stream) override { events_.on_stream(stream); }
  void on_settings(http::SettingsStep step) override { events_.on_settings(step); }
  void on_drain(http::DrainStep step) override { events_.on_drain(step); }
  void on_change() override;
  http::Wire* wire() override { return transport_->bare_socket() ? this : nullptr; }
  bool start_moving(http::Wire& to, std::uint64_t bytes, http::WireEvents& events) override;
  void stop_moving() override;
  void tell() override;
  bool is_held_up() const override { return moving_ && moving_->mover->is_held_up(); }
  void on_moved(std::size_t bytes) override;
  void on_turn_end() override;
  void on_deadline(io::Deadline& deadline) override;

  // Streams that share the connection may add to what leaves in this turn. One message alone is complete after its event.
  void request_end() { gathers_ ? request_turn_end() : request_event_end(); }
  void receive();
  bool gathers_more();
  void flush();
  void regulate_reading();
  void read(bool wants);
  void finish();
  void note_rest();
  void linger();
  void note_end(timeline::CloseFacts::Closer closer, timeline::CloseFacts::Manner manner);
  void close(Error error);

  LinkEvents& events_;
  timeline::ConnectionRecord& record_;
  std::unique_ptr<net::Transport> transport_;
  std::unique_ptr<http::Codec> codec_;
  State state_ = State::open;
  bool is_recognized_ = false;
  bool is_reading_ = false;
  bool has_ended_ = false;   // the peer sent its FIN
  bool end_delivered_ = false;
  bool has_said_goodbye_ = false;
  bool gathers_ = true;
  bool is_reported_ = false;
  Buffer in_;  // read, and not yet taken by the codec
  std::size_t gathered_ = 0;  // output, when others were last waited for
  Nanos gathers_until_{};
  std::optional<Moving> moving_;
  Error closed_by_;
  io::Deadline deadline_;  // of lingering, or of not watching
};

}  // namespace gladhand::link
