// An Http2 on a rig, in either role: an owner that feeds it, ends its turns as a link does, and writes down what each stream
// hears and what the peer would see.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "codec/http2.h"
#include "support/http2_peer.h"
#include "support/manual_clock.h"
#include "support/recording_stream.h"
#include "support/slices.h"

namespace gladhand::test {

inline const Fields kGet{{":method", "GET"}, {":scheme", "http"}, {":authority", "shop.example"}, {":path", "/"}};
inline const Fields kPost{{":method", "POST"}, {":scheme", "http"}, {":authority", "shop.example"}, {":path", "/"}};

inline Fields with(Fields fields, const Fields& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

// A stream's listener with a transcript of its own: streams of one connection take turns.
struct Heard {
  std::string transcript;
  RecordingStream stream{transcript};
};

class Http2Rig : public http::CodecEvents {
 public:
  explicit Http2Rig(http::Role role, const codec::Settings& settings = {}) : codec(role, *this, timed(settings, clock)) {}

  ManualClock clock;
  codec::Http2 codec;
  Http2Peer peer;
  int changes = 0;
  // Of the last receive().
  Expected<void> result;

  // One read of the socket, and the end of its turn.
  void feed(std::string_view bytes) {
    if (bytes.empty()) return;
    in_.append(slice_at_the_edge(bytes));
    result = codec.receive(in_);
    if (!result) in_.clear();
    answer();
    turn();
  }
  void feed_byte_by_byte(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) feed(bytes.substr(i, 1));
  }
  // The peer's FIN.
  void end() {
    codec.end_input();
    turn();
  }
  void turn() {
    flush();
    codec.announce_writable();
    flush();
  }
  // What the peer saw since the last call.
  std::string sent() {
    turn();
    return peer.lines();
  }

  // What the stream heard since the last call; it begins at 0.
  std::string heard(std::size_t index = 0) { return std::exchange(streams.at(index)->transcript, {}); }
  RecordingStream& stream(std::size_t index = 0) { return streams.at(index)->stream; }
  std::vector<std::unique_ptr<Heard>> streams;

  // Everything that was heard, and the state of the connection.
  std::string story() {
    std::string text;
    for (const auto& heard : streams) text += heard->transcript + "--\n";
    const char* closing = codec.closing() == http::Closing::graceful ? "gracefully" : codec.closing() == http::Closing::lingering ? "lingering" : "by reset";
    if (codec.is_finished()) return text + "closes " + closing;
    return text + fmt::format("awaits {}{}", static_cast<int>(codec.awaiting()), codec.is_idle() ? ", idle" : "");
  }

  // `prepare` is called with each stream before its first event.
  void prepare_with(std::function<void(RecordingStream&)> prepare) { prepare_ = std::move(prepare); }
  // A server: each request that can be read no further is answered, and let go.
  bool answers = false;

  void on_stream(http::Stream& stream) override {
    RecordingStream& listener = streams.emplace_back(std::make_unique<Heard>())->stream;
    listener.grip = http::StreamGrip(stream);
    listener.grip->listen(listener);
    prepare_(listener);
  }
  void on_change() override { ++changes; }

 protected:
  void receive_first(std::string_view bytes) {
    feed(bytes);
    static_cast<void>(sent());
  }

 private:
  static codec::Settings timed(codec::Settings settings, const Clock& clock) {
    settings.clock = &clock;
    return settings;
  }
  void flush() {
    while (codec.pending_bytes() > 0) {
      Buffer out;
      codec.produce(out);
      if (out.empty()) return;
      peer.read(out.to_string());
    }
  }
  void answer() {
    for (const auto& heard : streams) {
      http::StreamGrip& grip = heard->stream.grip;
      if (!answers || !grip || !heard->stream.is_over) continue;
      http::Head head;
      head.status = 200;
      grip->send_head(head, http::End::yes);
      grip.drop();
    }
  }

  Buffer in_;
  std::function<void(RecordingStream&)> prepare_ = [](RecordingStream&) {};
};

// A server whose client has said its preface, with `settings` of its own.
class Http2ServerRig final : public Http2Rig {
 public:
  using Entries = std::vector<std::pair<std::uint16_t, std::uint32_t>>;

  explicit Http2ServerRig(const codec::Settings& settings = {}, const Entries& of_peer = {}) : Http2Rig(http::Role::server, settings) {
    receive_first(Http2Peer::magic() + Http2Peer::settings(of_peer) + Http2Peer::settings_ack());
  }

  static http::Head reply(std::uint16_t status = 200) {
    http::Head head;
    head.status = status;
    return head;
  }
  // The next request, which is complete.
  RecordingStream& ask(const Fields& fields = kGet) { return begin(fields, http::End::yes); }
  RecordingStream& begin(const Fields& fields = kPost, http::End end = http::End::no) {
    feed(peer.headers(next_, fields, end));
    next_ += 2;
    return streams.back()->stream;
  }

 private:
  std::uint32_t next_ = 1;
};

// A client whose server has said its preface.
class Http2ClientRig final : public Http2Rig {
 public:
  using Entries = std::vector<std::pair<std::uint16_t, std::uint32_t>>;

  explicit Http2ClientRig(const codec::Settings& settings = {}, const Entries& of_peer = {}) : Http2Rig(http::Role::client, settings) {
    receive_first(Http2Peer::settings(of_peer) + Http2Peer::settings_ack());
  }

  static http::Head request(std::string_view method = "GET") {
    http::Head head;
    head.method = method;
    head.scheme = "http";
    head.authority = "shop.example";
    head.target = "/";
    return head;
  }
  // A stream without a request yet. Only when can_open() says so.
  RecordingStream& open() {
    http::Stream* stream = codec.open();
    if (!stream) throw std::logic_error("the codec opens no stream");
    on_stream(*stream);
    return streams.back()->stream;
  }
  RecordingStream& ask(std::string_view method = "GET", http::End end = http::End::yes) {
    RecordingStream& stream = open();
    stream.grip->send_head(request(method), end);
    turn();
    return stream;
  }
  void reply(std::uint32_t id, const Fields& more = {}, http::End end = http::End::yes) { feed(peer.headers(id, with({{":status", "200"}}, more), end)); }
};

}  // namespace gladhand::test
