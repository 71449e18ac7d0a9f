// One TLS session as a byte machine: ciphertext in, plaintext out, and the other way, without I/O.
//
// feed() lends the session the bytes that were read; handshake() and read() use them up. What is to be sent collects in
// output(). The only caller of SSL_get_error, and the only one that empties OpenSSL's error queue.
#pragma once

#include <span>
#include <string_view>

#include "base/buffer.h"
#include "base/error.h"
#include "tls/client_context.h"
#include "tls/context.h"
#include "tls/tap.h"

namespace gladhand::tls {

class Session {
 public:
  // A server's.
  Session(const ServerContext& context, Tap& tap);
  // A client's. Resumes an earlier session with `remote` where there is one, and keeps what it is given to resume later.
  Session(Remote& remote, Tap& tap);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // `ciphertext` must live until the calls that follow have used it up: until they ask for more.
  void feed(std::string_view ciphertext) { input_ = ciphertext; }
  // True: done. False: more bytes are needed. Errors are the handshake results of the error table.
  Expected<bool> handshake();
  // A server's: the client's early data was accepted (RFC 8446 section 2.3) and the handshake has not ended. write() works.
  bool is_early() const { return is_early_ && !is_open_; }
  // Early data that handshake() has read and its owner not taken yet. Anybody may have sent it again but to us.
  Buffer& early() { return early_; }
  // Plaintext into `room`, as much as there is; 0: more bytes are needed, or the peer is done (is_ended()).
  Expected<std::size_t> read(std::span<char> room);
  // Encrypts.
  Expected<void> write(Buffer& plaintext);
  void close_notify();

  // The peer sent close_notify.
  bool is_ended() const { return is_ended_; }
  bool is_open() const { return is_open_; }
  // The protocol that both ends have agreed on; empty: none. A view of the session's own.
  std::string_view alpn() const;
  // A server's: whether a client that asks for `host` is shown the same certificate as this one was.
  bool is_for(std::string_view host) const { return !context_ || context_->shows_the_same(ssl_.get(), host); }
  Buffer& output() { return output_; }

  // Who listens to a session of ours.
  static Tap& tap_of(const SSL* ssl) { return static_cast<Session*>(SSL_get_app_data(ssl))->tap_; }
  // OpenSSL's callbacks of a client: the server's certificate is to be judged; there is a session to be resumed later.
  static int on_certificate(X509_STORE_CTX* certificate, void*);
  static int on_resumable(SSL* ssl, SSL_SESSION* session);

 private:
  static BIO_METHOD* bio_method();
  Judge* judge() const { return remote_ ? remote_->judge : nullptr; }
  void attach();
  void resume();
  int step();
  bool read_early();
  Expected<void> failed(int result);

  Tap& tap_;
  Remote* remote_ = nullptr;  // null: this is the server
  const ServerContext* context_ = nullptr;  // null: this is the client
  SslPtr ssl_;
  std::string_view input_;
  Buffer output_;
  Buffer early_;  // bounded by limits.early_data_bytes, which OpenSSL watches
  bool awaits_early_ = false;  // the client may send some, or more
  bool is_early_ = false;
  bool is_open_ = false;
  bool is_ended_ = false;
};

}  // namespace gladhand::tls
