// Bytes without a protocol, as a codec: the far end of a tunnel (RFC 9110 section 9.3.6).
//
// The one stream it opens answers its own request: to have the connection is all that CONNECT asks for. From then on bodies
// are the connection's bytes, and each direction ends with its FIN.
#pragma once

#include "base/pooled.h"
#include "http/codec.h"

namespace gladhand::codec {

class Raw final : public http::Codec, public http::Stream, public Pooled<Raw> {
 public:
  explicit Raw(http::CodecEvents& events) : events_(events) {}

  Expected<void> receive(Buffer& in) override;
  void end_input() override;
  void abort_input(Error error) override { fail(error); }
  void fail(Error error) override;
  void produce(Buffer& out) override { out.append(std::move(out_)); }
  std::size_t pending_bytes() const override { return out_.size(); }
  void announce_writable() override;
  http::Stream* open() override;
  std::size_t can_open() const override { return is_fresh_ ? 1 : 0; }
  http::Awaiting awaiting() const override { return http::Awaiting::tunnel; }
  // What a server says before anybody asked for the connection waits in the kernel.
  bool wants_input() const override { return is_gripped() && unconsumed_ < kInputHigh; }
  void drain() override {}
  bool is_multiplexed() const override { return false; }
  bool is_shared() const override { return false; }
  bool is_idle() const override { return !is_gripped(); }
  bool is_finished() const override { return !is_fresh_ && !is_gripped(); }
  http::Closing closing() const override { return closing_; }
  bool has_ended_output() const override { return sending_ == Half::ended; }

  void listen(http::StreamEvents& events) override { listener_ = &events; }
  void send_head(const http::Head& head, http::End end) override;
  void send_body(Buffer&& body, http::End end) override;
  void send_trailers(const http::Headers&) override { send_body({}, http::End::yes); }
  void reset(Code reason) override;
  http::Wire* receiving_wire() override { return receiving_ == Half::open ? events_.wire() : nullptr; }
  http::Wire* sending_wire() override { return sending_ == Half::open ? events_.wire() : nullptr; }
  std::uint64_t body_left() const override { return 0; }
  bool skip_received(std::uint64_t) override { return false; }
  void skip_sent(std::uint64_t, http::End) override {}
  std::size_t writable() const override { return out_.size() < kOutputHigh ? kOutputHigh - out_.size() : 0; }
  void consumed(std::size_t bytes) override;

 private:
  static constexpr std::size_t kOutputHigh = 256 * 1024;
  static constexpr std::size_t kInputHigh = 256 * 1024;

  // One direction.
  enum class Half : std::uint8_t {
    idle,   // the tunnel is not open yet
    open,   // bytes flow
    ended,  // its FIN has come, or is to be sent
  };

  void answer();
  void on_released() override;

  http::CodecEvents& events_;
  http::StreamEvents* listener_ = nullptr;
  Half receiving_ = Half::idle;
  Half sending_ = Half::idle;
  bool is_fresh_ = true;  // nobody has opened the stream yet
  bool was_full_ = false;
  http::Closing closing_ = http::Closing::graceful;
  http::Head head_;
  std::size_t unconsumed_ = 0;
  Buffer out_;
};

}  // namespace gladhand::codec
