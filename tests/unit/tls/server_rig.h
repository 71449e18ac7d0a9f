// A server session of ours against a scripted client, without a socket, on a clock that only the rig turns.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/manual_clock.h"
#include "support/tls_client.h"
#include "tls/session.h"

namespace gladhand::tls {

// One listener, which may be connected to again and again.
class ServerRig {
 public:
  static constexpr Nanos kOnTheWay = std::chrono::milliseconds(10);   // of what the client sends
  static constexpr Nanos kUnprocessed = std::chrono::milliseconds(3);  // read from the socket, and not looked at yet

  config::Listener listener = {.protocols = {config::Protocol::http1_1}};
  std::string client_authorities = {};
  std::vector<CertificatePair> certificates = {make_self_signed({"origin.example"}, 2)};

  test::ManualClock clock;
  timeline::ConnectionRecord record;
  std::unique_ptr<test::TlsClient> client;
  std::size_t received = 0, sent = 0;  // on the wire of the last connect()

  // The result of a handshake, after which the client has taken in what the server sent last. `early` is sent before it.
  Code connect(const test::TlsOptions& options, std::string_view early = {}) {
    if (!context_) make_context();
    session_.reset();
    if (client) client->close_notify();  // else OpenSSL takes its session for spoiled
    record = {};
    received = sent = 0;
    error_ = {};
    tap_.emplace(clock, record);
    session_ = std::make_unique<Session>(*context_, *tap_);
    client = std::make_unique<test::TlsClient>(options);
    if (!early.empty()) client->write_early(early);
    client->feed({});
    for (std::string flight = client->output(); !flight.empty() && error_.code == Code::ok; flight = client->output()) {
      clock.advance(kOnTheWay);
      received += flight.size();
      receive(flight);
      const std::string answer = take(session_->output());
      sent += answer.size();
      client->feed(answer);
    }
    return error_.code;
  }
  // As another listener, whose settings may differ, but not its ticket keys.
  void begin_again() {
    session_.reset();
    context_.reset();
  }
  Session& session() { return *session_; }
  std::string_view detail() const { return error_.detail; }

 private:
  static std::string take(Buffer& bytes) {
    const std::string text = bytes.to_string();
    bytes.clear();
    return text;
  }
  void make_context() {
    auto made = ServerContext::make(library_, listener, certificates, client_authorities);
    ASSERT_TRUE(made) << made.error();
    context_ = std::move(*made);
  }
  void receive(const std::string& bytes) {
    const bool was_open = session_->is_open();
    if (!was_open) tap_->arrived(clock.now());
    clock.advance(kUnprocessed);
    session_->feed(bytes);
    if (!was_open) {
      if (const auto done = session_->handshake(); !done) error_ = done.error();
    } else {
      std::array<char, 4096> room;
      if (const auto read = session_->read(room); !read) error_ = read.error();
    }
    tap_->departed(clock.now());
  }

  TicketKeys keys_;
  Library library_{keys_};
  std::unique_ptr<ServerContext> context_;
  std::optional<Tap> tap_;
  std::unique_ptr<Session> session_;
  Error error_;
};

}  // namespace gladhand::tls
