// A connection inside a tunnel: the bytes of a stream that CONNECT opened, plain or with TLS of their own.
//
// What net::Plain and net::Secure are to a socket, this is to a stream. Whatever comes is handed on at once: its user is one
// that stops reading only when it is done.
#pragma once

#include <optional>

#include "http/stream.h"
#include "io/loop.h"
#include "net/transport.h"
#include "timeline/records.h"
#include "tls/session.h"

namespace gladhand::cli {

class Tunnelled final : public net::Transport, private http::StreamEvents, private io::TurnTask {
 public:
  // on_ready or on_failed follows. `remote`, which may be null, outlives the transport.
  Tunnelled(io::Loop& loop, net::TransportEvents& events, timeline::ConnectionRecord& record, http::StreamGrip stream, tls::Remote* remote);

  bool is_ready() const override { return is_ready_; }
  void start_reading() override {}
  bool is_fresh() const override { return false; }
  bool has_end_come() const override { return has_ended_; }
  void stop_reading() override {}
  void send(Buffer& bytes) override;
  void send_last(Buffer& bytes) override { send(bytes); }
  std::size_t backlog() const override { return 0; }  // the stream's connection has it
  void goodbye() override;
  void end() override;
  void abort() override { stream_.drop(); }
  std::string_view alpn() const override { return secure_ ? secure_->session.alpn() : std::string_view{}; }
  bool is_cut_off() const override { return is_cut_off_; }

 private:
  struct Tls {
    Tls(const Clock& clock, timeline::ConnectionRecord& record, tls::Remote& remote) : tap(clock, record), session(remote, tap) {}
    tls::Tap tap;
    tls::Session session;
  };

  void on_turn_end() override;
  void on_head(http::Head&) override {}
  void on_body(Buffer&& body) override;
  void on_trailers(const http::Headers&) override {}
  void on_end() override;
  void on_writable() override {}
  void on_aborted(Error) override {}
  void on_reset(Error error) override { fail(error); }

  void receive(Slice bytes);
  void handshake();
  void deliver();
  void flush();
  void fail(Error error);

  net::TransportEvents& events_;
  timeline::ConnectionRecord& record_;
  http::StreamGrip stream_;
  std::optional<Tls> secure_;
  bool is_ready_ = false;
  bool has_ended_ = false;   // the peer; what follows does not count
  bool is_cut_off_ = false;  // it, without close_notify
  bool has_failed_ = false;
};

}  // namespace gladhand::cli
