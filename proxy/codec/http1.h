// HTTP/1.0 and HTTP/1.1 as a byte machine, for both ends (RFC 9112).
//
// Every message is read twice: strictly by ourselves (head_scanner, http1_head, chunk_guard, http/framing) and by llhttp
// (second_reader), which accepts, release by release, things that another server would read differently. Both must agree on
// where a message ends, or the message is refused.
//
// One message pair at a time, so the codec is its own stream. Requests that a client pipelines stay unread until the
// response before them is complete: they are answered in order by construction.
#pragma once

#include "base/arena.h"
#include "base/pooled.h"
#include "codec/chunk_guard.h"
#include "codec/head_scanner.h"
#include "codec/http1_writer.h"
#include "codec/second_reader.h"
#include "codec/settings.h"
#include "http/codec.h"
#include "http/framing.h"

namespace gladhand::codec {

class Http1 final : public http::Codec, public http::Stream, public Pooled<Http1> {
 public:
  Http1(http::Role role, http::CodecEvents& events, const Settings& settings);

  Expected<void> receive(Buffer& in) override;
  void end_input() override;
  void abort_input(Error error) override;
  void fail(Error error) override;
  void produce(Buffer& out) override { out.append(std::move(out_)); }
  std::size_t pending_bytes() const override { return out_.size(); }
  void announce_writable() override;
  http::Stream* open() override;
  std::size_t can_open() const override;
  http::Awaiting awaiting() const override;
  bool wants_input() const override { return unconsumed_ < kInputHigh; }
  void drain() override;
  bool is_multiplexed() const override { return false; }
  bool is_shared() const override { return false; }
  bool is_idle() const override { return !is_gripped() && request_and_response_idle(); }
  bool is_finished() const override { return is_last_ && is_idle() && !scanner_.is_started(); }
  http::Closing closing() const override { return closing_; }
  bool has_ended_output() const override { return sending_ == Half::ended && outgoing_.kind == http::Framing::Kind::tunnel; }

  void listen(http::StreamEvents& events) override { listener_ = &events; }
  void send_head(const http::Head& head, http::End end) override;
  void send_body(Buffer&& body, http::End end) override;
  void send_trailers(const http::Headers& trailers) override;
  void reset(Code reason) override;
  http::Wire* receiving_wire() override;
  http::Wire* sending_wire() override;
  std::uint64_t body_left() const override { return body_left_; }
  bool skip_received(std::uint64_t bytes) override;
  void skip_sent(std::uint64_t bytes, http::End end) override;
  std::size_t writable() const override { return out_.size() < kOutputHigh ? kOutputHigh - out_.size() : 0; }
  void consumed(std::size_t bytes) override;

 private:
  static constexpr std::size_t kOutputHigh = 256 * 1024;
  static constexpr std::size_t kInputHigh = 256 * 1024;
  static constexpr int kMostInformational = 32;

  // One direction of the current message pair.
  enum class Half : std::uint8_t {
    idle,     // nothing yet
    waiting,  // asked to change to another protocol: the answer decides whether anything follows
    open,     // the head is through, the body on its way
    ended,    // complete
    aborted,  // will never be complete; of receiving alone, as a sender that gives up leaves the pair
  };

  Code bad() const { return role_ == http::Role::server ? Code::bad_request : Code::bad_response; }
  bool request_and_response_idle() const { return receiving_ == Half::idle && sending_ == Half::idle; }
  bool may_receive_head() const;

  Expected<void> receive_head(Buffer& in);
  Expected<void> accept_head(Slice raw);
  Expected<void> accept_request();
  Expected<void> accept_response();
  Expected<void> receive_body(Buffer& in);
  Expected<void> receive_chunks(Buffer& in);
  Expected<void> receive_trailers();
  Expected<void> deliver_body(Buffer& in, std::size_t size, bool is_complete);
  Expected<void> broken(Error error);
  void end_receiving();
  void open_tunnel();
  void give_up();
  void forget_partial_head();
  void settle();
  void on_released() override;

  void send_request_head(const http::Head& head, http::End end);
  void send_response_head(const http::Head& head, http::End end);
  void note_output();

  const http::Role role_;
  http::CodecEvents& events_;
  const Settings settings_;
  http::StreamEvents* listener_ = nullptr;

  Half receiving_ = Half::idle;
  Half sending_ = Half::idle;
  bool is_last_ = false;  // no message follows the current one
  http::Closing closing_ = http::Closing::graceful;
  bool is_head_request_ = false;
  bool is_connect_ = false;
  bool has_early_bytes_ = false;  // some came behind a head whose answer decides what they are
  bool peer_is_http1_0_ = false;
  std::uint32_t messages_ = 0;

  // Receiving.
  HeadScanner scanner_;
  Buffer partial_;  // a head that has not ended yet, copied so that it pins no read block
  http::Head head_;
  Arena arena_;
  http::Framing incoming_;
  std::uint64_t body_left_ = 0;
  ChunkGuard guard_;
  http::Headers trailers_;
  SecondReader reader_;
  int informational_ = 0;
  std::size_t unconsumed_ = 0;

  // Sending.
  Buffer out_;
  http::Framing outgoing_;
  bool was_full_ = false;
};

}  // namespace gladhand::codec
