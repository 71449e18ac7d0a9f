// A client session of ours against a scripted server, byte by byte or all at once, without a socket.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/manual_clock.h"
#include "support/tls_server.h"
#include "tls/session.h"

namespace gladhand::tls {

inline const CertificatePair& authority() {
  static const CertificatePair made = make_authority("Test authority", 2);
  return made;
}
inline const CertificatePair& good_leaf() {
  static const CertificatePair made = make_leaf(authority(), {"origin.example", "*.wild.example", "192.0.2.7"}, 2);
  return made;
}

// One upstream with one endpoint, which may be connected to again and again.
class ClientRig {
 public:
  config::UpstreamTls settings = {};
  std::vector<config::Protocol> protocols = {config::Protocol::h2, config::Protocol::http1_1};
  std::string authorities = authority().chain_pem;
  std::optional<CertificatePair> own_certificate = {};
  std::string name = "origin.example";
  test::TlsServerOptions server_options = {.certificate = good_leaf()};
  std::size_t piece = SIZE_MAX;  // bytes that each end is given at a time

  test::ManualClock clock;
  timeline::ConnectionRecord record;
  std::unique_ptr<test::TlsServer> server;

  // The result of a handshake, after which the server's tickets have been taken in.
  Code connect() {
    if (!context_) make_context();
    session_.reset();
    record = {};
    record.side = timeline::Side::upstream;
    tap_.emplace(clock, record);
    session_ = std::make_unique<Session>(*remote_, *tap_);
    server = std::make_unique<test::TlsServer>(server_options);
    error_ = {};
    while (step()) continue;
    return error_.code;
  }
  // What each end has to say reaches the other. False: nobody had anything to say.
  bool step() {
    bool was_busy = false;
    if (!session_->is_open() && error_.code == Code::ok) handshake();
    std::string out = take(session_->output());
    for (std::size_t at = 0; at < out.size(); at += std::min(piece, out.size() - at)) {
      server->feed(std::string_view(out).substr(at, piece));
      was_busy = true;
    }
    clock.advance(std::chrono::milliseconds(1));  // a round trip, all of it on the way back
    const std::string in = server->output();
    for (std::size_t at = 0; at < in.size(); at += std::min(piece, in.size() - at)) {
      receive(std::string_view(in).substr(at, piece));
      was_busy = true;
    }
    return was_busy;
  }
  void send(std::string_view text) {
    Buffer plaintext;
    plaintext.append(text);
    EXPECT_TRUE(session().write(plaintext));
  }
  // As a transport that is dropped without a word.
  void drop() { session_.reset(); }

  Session& session() { return *session_; }
  Remote& remote() { return *remote_; }
  const std::string& received() const { return received_; }
  std::string_view detail() const { return error_.detail; }

 private:
  static std::string take(Buffer& bytes) {
    std::string text;
    for (const Slice& slice : bytes.slices()) text += slice.view();
    bytes.clear();
    return text;
  }
  void make_context() {
    auto made = ClientContext::make(library_, settings, protocols, authorities, own_certificate ? &*own_certificate : nullptr);
    ASSERT_TRUE(made) << made.error();
    context_ = std::move(*made);
    remote_.emplace(Remote{*context_, name});
  }
  void handshake() {
    if (const auto done = session_->handshake(); !done) error_ = done.error();
  }
  void receive(std::string_view bytes) {
    if (error_.code != Code::ok) return;
    session_->feed(bytes);
    if (!session_->is_open()) {
      tap_->arrived(clock.now());
      handshake();
    }
    if (!session_->is_open()) return;
    std::array<char, 4096> room;
    for (;;) {
      const auto n = session_->read(room);
      if (!n) error_ = n.error();
      if (!n || *n == 0) return;
      received_.append(room.data(), *n);
    }
  }

  TicketKeys keys_;
  Library library_{keys_};
  std::unique_ptr<ClientContext> context_;
  std::optional<Remote> remote_;
  std::optional<Tap> tap_;
  std::unique_ptr<Session> session_;
  Error error_;
  std::string received_;
};

}  // namespace gladhand::tls
