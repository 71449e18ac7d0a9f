// The proxy's other ends, as scripts that read like stories: a client in front of it, an upstream behind it.
//
//   client.get("/a");
//   upstream.expect_request("GET", "/a");
//   upstream.reply(200, "first");
//   client.expect(200, "first");
//
// Whatever is expected is waited for; a story that goes another way fails at the line that expected it.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <source_location>
#include <string>

#include "support/message.h"
#include "support/sockets.h"
#include "support/stage.h"
#include "support/tls_client.h"
#include "support/tls_server.h"

namespace gladhand::test {

using Where = std::source_location;

inline void fail_at(const Where& where, const std::string& text) { ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line())) << text; }

class Peer : public Actor {
 public:
  // A client of the proxy.
  Peer(Stage& stage, Socket socket, const std::optional<TlsOptions>& tls = {}) : stage_(stage), socket_(std::move(socket)) {
    socket_.make_non_blocking();
    stage_.enter(*this);
    if (!tls) return;
    tls_ = std::make_unique<TlsClient>(*tls);
    begins_ = true;
  }
  // A server that the proxy has dialled.
  Peer(Stage& stage, Socket socket, const std::optional<TlsServerOptions>& tls) : stage_(stage), socket_(std::move(socket)) {
    socket_.make_non_blocking();
    stage_.enter(*this);
    if (tls) tls_ = std::make_unique<TlsServer>(*tls);
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() override { stage_.leave(*this); }

  // ---- what it does

  void send(std::string_view bytes) {
    if (tls_) {
      tls_->write(bytes);
    } else {
      out_ += bytes;
    }
    act();
  }
  // Past TLS: what goes over the wire as it is.
  void send_raw(std::string_view bytes) {
    out_ += bytes;
    act();
  }
  // As a single segment for each piece.
  void send_in_pieces(std::string_view bytes, std::size_t size) {
    for (std::size_t at = 0; at < bytes.size(); at += size) {
      send(bytes.substr(at, size));
      stage_.run_until_quiet();
    }
  }
  void pause_reading() { reads_ = false; }
  void resume_reading() { reads_ = true; }
  // Nothing leaves before let_go().
  void hold() { holds_ = true; }
  void let_go() {
    holds_ = false;
    act();
  }
  // A FIN behind everything, with close_notify before it where there is TLS.
  void end(const Where& where = Where::current()) {
    if (tls_) {
      expect_secured(where);
      tls_->close_notify();
    }
    ends_ = true;
    act();
  }
  // A FIN, and nothing that says goodbye.
  void break_off() {
    ends_ = true;
    act();
  }
  void vanish() { socket_.reset(); }  // a RST
  void close() { socket_.close(); }

  // ---- what it expects

  void expect_head_complete(Message& message, const Where& where) {
    std::optional<Message> head;
    stage_.run_until([&] { return (head = Message::take_head(received())) || is_over(); });
    if (!head) head = Message::take_head(received());
    if (!head) return fail_at(where, fmt::format("no head came, but `{}`{}", received(), is_over() ? " and the end" : ""));
    message = std::move(*head);
  }
  void expect_body_complete(Message& message, const Where& where, bool is_bodiless = false) {
    bool is_complete = false;
    stage_.run_until([&] {
      const bool is_last = is_over();
      return (is_complete = message.take_body(received(), is_bodiless, is_last)) || is_last;
    });
    if (!is_complete) fail_at(where, fmt::format("the body broke off after {} bytes", message.body.size()));
  }
  // The peer says that it will send no more: FIN, or close_notify where there is TLS.
  void expect_end(const Where& where = Where::current()) {
    if (!stage_.run_until([&] { return is_over(); })) return fail_at(where, fmt::format("the connection is still open, after `{}`", received()));
    if (!received().empty()) fail_at(where, fmt::format("`{}` came before the end", received()));
    if (was_reset_) fail_at(where, "the connection was reset");
    if (tls_ && !tls_->is_ended()) fail_at(where, "TLS was cut off without close_notify");
  }
  // The connection breaks in a way that no message can pass for complete: a RST.
  void expect_reset(const Where& where = Where::current()) {
    if (!stage_.run_until([&] { return is_over() || was_reset_; })) return fail_at(where, fmt::format("the connection is still open, after `{}`", received()));
    if (!was_reset_) fail_at(where, "the connection ended without a reset");
  }
  // However it comes about.
  void expect_over(const Where& where = Where::current()) {
    if (!stage_.run_until([&] { return is_over(); })) fail_at(where, fmt::format("the connection is still open, after `{}`", received()));
  }
  // Neither a byte nor an end.
  void expect_nothing(const Where& where = Where::current()) {
    stage_.run_until_quiet();
    if (!received().empty()) fail_at(where, fmt::format("`{}` came", received()));
    if (is_over()) fail_at(where, "the connection ended");
  }
  // Any byte at all.
  void expect_bytes(std::size_t at_least, const Where& where = Where::current()) {
    if (!stage_.run_until([&] { return received().size() >= at_least || is_over(); }) || received().size() < at_least) {
      fail_at(where, fmt::format("{} bytes came, not {}", received().size(), at_least));
    }
  }

  // Came, and was not yet taken by an expectation.
  std::string& received() { return tls_ ? tls_->plaintext : in_; }
  bool is_over() const { return has_end_ || was_reset_ || (tls_ && (tls_->is_ended() || tls_->has_failed())); }
  bool was_reset() const { return was_reset_; }
  std::size_t unsent() const { return out_.size(); }
  std::uint64_t sent() const { return sent_; }
  TlsClient& tls() { return static_cast<TlsClient&>(*tls_); }
  TlsServer& tls_server() { return static_cast<TlsServer&>(*tls_); }
  Socket& socket() { return socket_; }
  // Ends when TLS is done; a handshake that fails is a failure here.
  void expect_secured(const Where& where = Where::current()) {
    if (!stage_.run_until([&] { return tls_->is_open() || is_over(); }) || !tls_->is_open()) fail_at(where, "the handshake failed");
  }

  bool act() final {
    if (!socket_) return false;
    bool was_busy = std::exchange(begins_, false);
    if (was_busy) tls_->feed({});
    if (reads_) was_busy |= read();
    if (tls_) out_ += tls_->output();
    if (!holds_) was_busy |= write();
    return was_busy;
  }
  pollfd awaited() const final {
    const bool wants_to_send = !holds_ && !out_.empty();
    return {is_over() ? -1 : socket_.fd(), static_cast<short>((reads_ ? POLLIN : 0) | (wants_to_send ? POLLOUT : 0)), 0};
  }

 protected:
  Stage& stage() { return stage_; }

 private:
  bool read() {
    if (has_end_ || was_reset_) return false;
    std::array<char, 64 * 1024> room;
    const ssize_t n = ::recv(socket_.fd(), room.data(), room.size(), 0);
    if (n > 0) {
      const std::string_view bytes(room.data(), static_cast<std::size_t>(n));
      tls_ ? tls_->feed(bytes) : void(in_ += bytes);
    } else if (n == 0) {
      has_end_ = true;
    } else if (errno != EAGAIN) {
      was_reset_ = true;
    } else {
      return false;
    }
    return true;
  }
  bool write() {
    bool was_busy = false;
    while (!out_.empty()) {
      const ssize_t n = ::send(socket_.fd(), out_.data(), std::min<std::size_t>(out_.size(), 256 * 1024), MSG_NOSIGNAL);
      if (n <= 0) {
        if (errno != EAGAIN) out_.clear();  // reading will tell
        break;
      }
      out_.erase(0, static_cast<std::size_t>(n));
      sent_ += static_cast<std::uint64_t>(n);
      was_busy = true;
    }
    if (ends_ && out_.empty()) {
      ends_ = false;
      socket_.end();
    }
    return was_busy;
  }

  Stage& stage_;
  Socket socket_;
  std::unique_ptr<TlsPeer> tls_;
  std::string in_;
  std::string out_;
  std::uint64_t sent_ = 0;
  bool begins_ = false;  // the ClientHello is still to be made
  bool reads_ = true;
  bool holds_ = false;
  bool ends_ = false;     // a FIN is to follow what is unsent
  bool has_end_ = false;  // the other end's FIN came
  bool was_reset_ = false;
};

class Client final : public Peer {
 public:
  using Peer::Peer;

  void get(std::string_view target, std::string_view fields = {}) { send(fmt::format("GET {} HTTP/1.1\r\nHost: shop.example\r\n{}\r\n", target, fields)); }
  void post(std::string_view target, std::string_view body) {
    send(fmt::format("POST {} HTTP/1.1\r\nHost: shop.example\r\nContent-Length: {}\r\n\r\n{}", target, body.size(), body));
  }

  Message expect_head(int status, const Where& where = Where::current()) {
    Message message;
    expect_head_complete(message, where);
    if (message.status() != status) fail_at(where, fmt::format("the answer was `{}`, not {}", message.start_line, status));
    return message;
  }
  Message expect(int status, const Where& where = Where::current()) {
    Message message = expect_head(status, where);
    expect_body_complete(message, where);
    return message;
  }
  Message expect(int status, std::string_view body, const Where& where = Where::current()) {
    Message message = expect(status, where);
    if (message.body != body) fail_at(where, fmt::format("the body was {} bytes, `{}`, not `{}`", message.body.size(), message.body.substr(0, 200), body.substr(0, 200)));
    return message;
  }
};

class Upstream final : public Peer {
 public:
  using Peer::Peer;

  // The head alone; see expect_request() for all of it.
  Message expect_request_head(std::string_view method, std::string_view target, const Where& where = Where::current()) {
    Message message;
    expect_head_complete(message, where);
    const std::string wanted = fmt::format("{} {} HTTP/1.1", method, target);
    if (message.start_line != wanted) fail_at(where, fmt::format("the request was `{}`, not `{}`", message.start_line, wanted));
    return message;
  }
  Message expect_request(std::string_view method, std::string_view target, const Where& where = Where::current()) {
    Message message = expect_request_head(method, target, where);
    expect_body_complete(message, where);
    return message;
  }
  void reply(int status, std::string_view body = {}, std::string_view fields = {}) {
    send(fmt::format("HTTP/1.1 {} Fine\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), fields, body));
  }
};

}  // namespace gladhand::test
