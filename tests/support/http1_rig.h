// An Http1 on a rig: an owner that feeds it, answers or asks in the simplest way, and writes down everything it tells.
//
// Both rigs end a transcript with what the codec says about the connection, so that two transcripts are equal only when
// the codecs are in the same state.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "codec/http1.h"
#include "support/recording_stream.h"
#include "support/slices.h"

namespace gladhand::test {

inline std::string_view name(http::Closing closing) {
  switch (closing) {
    case http::Closing::graceful: return "gracefully";
    case http::Closing::lingering: return "lingering";
    case http::Closing::abortive: return "by reset";
  }
  return "";
}

inline std::string_view name(http::Awaiting awaiting) {
  switch (awaiting) {
    case http::Awaiting::message: return "a message";
    case http::Awaiting::head: return "a head";
    case http::Awaiting::body: return "a body";
    case http::Awaiting::nothing: return "nothing";
    case http::Awaiting::tunnel: return "a tunnel's bytes";
  }
  return "";
}

class Rig : public http::CodecEvents {
 public:
  Rig(http::Role role, const codec::Settings& settings) : codec(role, *this, settings) {}

  codec::Http1 codec;
  std::string transcript;
  int changes = 0;

  // One read of the socket.
  void feed(std::string_view bytes) {
    if (bytes.empty()) return;
    in_.append(slice_at_the_edge(bytes));
    receive();
  }
  void feed_byte_by_byte(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) feed(bytes.substr(i, 1));
  }
  // The peer's FIN.
  void end() {
    codec.end_input();
    after_events();
  }

  // What the codec would send, taken out.
  std::string output() {
    Buffer out;
    codec.produce(out);
    return out.to_string();
  }
  std::size_t left_over() const { return in_.size(); }
  // Of the last receive().
  Expected<void> result;

  // The transcript, and the state of the connection when all output is gone.
  std::string story() {
    static_cast<void>(output());
    const std::string state = codec.is_finished() ? fmt::format("closes {}", name(codec.closing())) : fmt::format("awaits {}", name(codec.awaiting()));
    return fmt::format("{}{}\n", transcript, state);
  }

  void on_stream(http::Stream& stream) override {
    streams.push_back(std::make_unique<RecordingStream>(transcript));
    RecordingStream& listener = *streams.back();
    listener.grip = http::StreamGrip(stream);
    listener.grip->listen(listener);
    prepare_(listener);
  }
  void on_change() override { ++changes; }
  http::Wire* wire() override { return wire_; }
  // What lies below the codec, when there is something.
  void put_on(http::Wire& wire) { wire_ = &wire; }

  std::vector<std::unique_ptr<RecordingStream>> streams;
  RecordingStream& stream() { return *streams.back(); }
  // `prepare` is called with each stream before its first event.
  void prepare_with(std::function<void(RecordingStream&)> prepare) { prepare_ = std::move(prepare); }

 protected:
  // The end of the turn. True: the codec may now take what it left.
  virtual bool after_events() = 0;

 private:
  void receive() {
    do {
      result = codec.receive(in_);
      if (!result) in_.clear();
    } while (after_events() && !in_.empty());
  }

  Buffer in_;
  http::Wire* wire_ = nullptr;
  std::function<void(RecordingStream&)> prepare_ = [](RecordingStream&) {};
};

// A server that answers each request with `answer` and an empty body as soon as nothing more of it will come.
class ServerRig final : public Rig {
 public:
  explicit ServerRig(const codec::Settings& settings = {}) : Rig(http::Role::server, settings) {}

  bool answers = true;

  static http::Head answer(std::uint16_t status = 200) {
    http::Head head;
    head.status = status;
    head.reason = "Fine";
    return head;
  }

 private:
  bool after_events() override {
    if (!answers || streams.empty() || !stream().is_over || !stream().grip) return false;
    stream().grip->send_head(answer(), http::End::yes);
    stream().grip.drop();
    return true;
  }
};

// A client that asks with ask(), and lets go of the stream when the answer is complete.
class ClientRig final : public Rig {
 public:
  explicit ClientRig(const codec::Settings& settings = {}) : Rig(http::Role::client, settings) {}

  bool lets_go = true;

  static http::Head request(std::string_view method = "GET") {
    http::Head head;
    head.method = method;
    head.scheme = "http";
    head.authority = "shop.example";
    head.target = "/";
    return head;
  }

  // False: the codec opens no stream.
  bool ask(std::string_view method = "GET") {
    if (!open()) return false;
    stream().grip->send_head(request(method), http::End::yes);
    return true;
  }
  bool open() {
    http::Stream* stream = codec.open();
    if (stream) on_stream(*stream);
    return stream != nullptr;
  }

 private:
  bool after_events() override {
    if (!lets_go || streams.empty() || !stream().is_over || !stream().grip) return false;
    stream().grip.drop();
    return true;
  }
};

}  // namespace gladhand::test
