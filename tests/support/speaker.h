// Peers of the proxy that say the same words in every version of HTTP: a caller in front of it, an origin behind it.
//
//   Talk& asked = caller.get("/a");
//   Talk& heard = origin.expect_request("GET", "/a");
//   heard.reply(200, "first");
//   asked.expect(200, "first");
//
// They are made of the proxy's own codecs in the opposite role, so they tell nothing about bytes on the wire: the codecs'
// tests and the peers that write their messages by hand (peer.h) do. They are for stories about what an exchange does.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/make.h"
#include "support/peer.h"

namespace gladhand::test {

using Fields = std::vector<std::pair<std::string, std::string>>;

class Speaker;

// One request and its answer, as one of the peers sees them.
class Talk final : private http::StreamEvents {
 public:
  explicit Talk(Stage& stage) : stage_(stage) {}

  // ---- what it says

  // More of the body of a request or answer that was begun.
  Talk& say(std::string_view more);
  Talk& end(Fields last_words = {});
  // An answer: all of it, or its head.
  void reply(int code, std::string_view text = {}, const Fields& with = {});
  Talk& begin_reply(int code, std::optional<std::uint64_t> size = {}, const Fields& with = {});
  // An answer that has no body; `size` is what a GET would get.
  void reply_without_body(int code, std::optional<std::uint64_t> size = {}, const Fields& with = {});
  void inform(int code, const Fields& with = {});
  // Gives up in the middle: in one version the stream, in another the connection.
  void reset() { grip_.drop(); }
  // The other end's body is not taken any more, which its sender finds out.
  void pause() { takes_ = false; }
  void resume();

  // ---- what it expects

  Talk& expect_head(int wanted, const Where& where = Where::current());
  Talk& expect(int wanted, const Where& where = Where::current());
  Talk& expect(int wanted, std::string_view wanted_body, const Where& where = Where::current());
  // The whole of the other end's message, and `wanted` as its body.
  Talk& expect_body(std::string_view wanted, const Where& where = Where::current());
  Talk& expect_heard(std::size_t bytes, const Where& where = Where::current());
  Talk& expect_informed(int wanted, const Where& where = Where::current());
  // The other end gave up, and its message does not look complete.
  void expect_broken(const Where& where = Where::current());
  // The other end gave up, at whatever point.
  void expect_lost(const Where& where = Where::current());

  // ---- what came

  int status = 0;
  std::string method;
  std::string target;
  std::string authority;
  Fields fields;
  std::optional<std::uint64_t> length;
  std::vector<int> informed;
  std::string body;
  Fields trailers;
  bool has_head = false;
  bool is_complete = false;
  bool is_lost = false;
  std::string field(std::string_view name) const;
  // Of the body to be sent, what has not left for the codec.
  std::size_t unsaid() const { return unsaid_.size() - said_; }
  bool is_over() const { return is_lost || (is_complete && is_said_); }

 private:
  friend class Speaker;
  friend class Caller;
  friend class Origin;

  void begin(http::Stream& stream);
  void send_head(http::Head& head, const Fields& with, http::End last);
  bool pump();
  bool await(const std::function<bool()>& happened);

  void on_head(http::Head& head) override;
  void on_body(Buffer&& bytes) override;
  void on_trailers(const http::Headers& trailers) override;
  void on_end() override { is_complete = true; }
  void on_writable() override {}
  void on_aborted(Error) override { is_lost = true; }
  void on_reset(Error) override { is_lost = true; }

  Stage& stage_;
  http::StreamGrip grip_;
  std::string unsaid_;
  std::size_t said_ = 0;
  bool ends_ = false;     // the end is to follow
  bool is_said_ = false;  // the end is out
  Fields last_words_;     // trailers that go with it
  bool takes_ = true;
  std::size_t owed_ = 0;
  bool is_taken_ = false;  // by an expectation of an origin
};

class Speaker : public Actor, private http::CodecEvents {
 public:
  ~Speaker() override { stage_.leave(*this); }
  Speaker(const Speaker&) = delete;
  Speaker& operator=(const Speaker&) = delete;

  // No new message after those on their way.
  void drain() { codec_->drain(); }
  // A FIN, with everything that comes after it; or a RST.
  void close();
  void vanish();
  // Past the codec.
  void say_raw(std::string_view bytes) { line_.send(bytes); }
  // The connection ends, in whatever manner.
  void expect_over(const Where& where = Where::current());
  void expect_open(const Where& where = Where::current());
  Peer& line() { return line_; }

  bool act() final;
  pollfd awaited() const final { return {-1, 0, 0}; }  // the line waits

 protected:
  template <class Tls>
  Speaker(Stage& stage, Socket socket, http::Role role, codec::Protocol protocol, const std::optional<Tls>& tls, std::uint32_t streams)
      : stage_(stage), line_(stage, std::move(socket), tls) {
    begin(role, protocol, streams);
  }
  Talk& add_talk() { return *talks_.emplace_back(std::make_unique<Talk>(stage_)); }

  Stage& stage_;
  Peer line_;
  std::unique_ptr<http::Codec> codec_;
  std::deque<std::unique_ptr<Talk>> talks_;

 private:
  static constexpr std::size_t kMostUnsent = 128 * 1024;

  void begin(http::Role role, codec::Protocol protocol, std::uint32_t streams);
  void on_stream(http::Stream& stream) override { add_talk().begin(stream); }
  void on_change() override {}
  bool receive();
  bool say();
  void say_goodbye();

  const Clock clock_;
  Buffer in_;
  bool is_gone_ = false;
  bool has_ended_ = false;
  bool said_goodbye_ = false;
};

class Caller final : public Speaker {
 public:
  Caller(Stage& stage, Socket socket, codec::Protocol protocol, const std::optional<TlsOptions>& tls = {})
      : Speaker(stage, std::move(socket), http::Role::client, protocol, tls, 100) {}

  Talk& get(std::string_view target, const Fields& fields = {}) { return ask("GET", target, fields); }
  // Without a body.
  Talk& ask(std::string_view method, std::string_view target, const Fields& fields = {});
  Talk& post(std::string_view target, std::string_view body, const Fields& fields = {});
  // A tunnel to `authority`; or one to what speaks `protocol` at `target`.
  Talk& connect(std::string_view authority, const Fields& fields = {});
  Talk& change(std::string_view protocol, std::string_view target, const Fields& fields = {});
  // A body follows, of so many bytes or of as many as there will be.
  Talk& begin(std::string_view method, std::string_view target, std::optional<std::uint64_t> length = {}, const Fields& fields = {});

 private:
  Talk& send(http::Head& head, const Fields& fields, http::End end);
};

class Origin final : public Speaker {
 public:
  Origin(Stage& stage, Socket socket, codec::Protocol protocol, const std::optional<TlsServerOptions>& tls = {}, std::uint32_t streams = 100)
      : Speaker(stage, std::move(socket), http::Role::server, protocol, tls, streams) {}

  // All of a request, or the head alone; in whatever order they come.
  Talk& expect_request(std::string_view method, std::string_view target, const Where& where = Where::current());
  Talk& expect_head(std::string_view method, std::string_view target, const Where& where = Where::current());
  // The request for `target`, if its head has come and nobody has taken it yet.
  Talk* find(std::string_view target);
  std::size_t requests() const { return talks_.size(); }
};

}  // namespace gladhand::test
