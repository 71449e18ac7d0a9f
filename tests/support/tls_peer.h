// One end of a TLS connection as a byte machine: ciphertext in, plaintext out, and the other way, so that a test holds every
// byte. Which end it is, a class derived from it says: tls_client.h, tls_server.h.
#pragma once

#include <string>
#include <string_view>

#include "tls/openssl.h"

namespace gladhand::test {

class TlsPeer {
 public:
  virtual ~TlsPeer() = default;
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  // Begins, or goes on with, the handshake; then reads into `plaintext`.
  void feed(std::string_view ciphertext);
  void write(std::string_view plaintext);
  void close_notify();
  // What is to be sent, taken out.
  std::string output();

  std::string plaintext;
  bool is_open() const { return is_open_; }
  bool is_ended() const { return is_ended_; }  // close_notify came
  bool has_failed() const { return has_failed_; }
  bool is_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  std::string alpn() const;
  // The reason of the first failure, in OpenSSL's words.
  const std::string& failure() const { return failure_; }

 protected:
  explicit TlsPeer(tls::ContextPtr context) : context_(std::move(context)) {}
  // To be called by the derived constructor, once the context is complete.
  void begin();
  // As SSL_do_handshake.
  virtual int handshake() { return SSL_do_handshake(ssl_.get()); }
  // Written before the handshake was over: what goes behind it.
  virtual void write_before(std::string_view text) { early_ += text; }
  virtual void on_open() {}

  tls::ContextPtr context_;
  tls::SslPtr ssl_;

 private:
  void note(int result);

  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
  std::string early_;  // written before the handshake was over
  std::string failure_;
  bool is_open_ = false;
  bool is_ended_ = false;
  bool has_failed_ = false;
};

}  // namespace gladhand::test
