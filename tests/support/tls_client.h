// A TLS client as a byte machine: ciphertext in, plaintext out, and the other way, so that a test holds every byte.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tls/openssl.h"

namespace gladhand::test {

using SessionPtr = std::shared_ptr<SSL_SESSION>;

struct TlsOptions {
  int min = TLS1_2_VERSION;
  int max = TLS1_3_VERSION;
  const char* groups = "X25519:P-256";  // the first one gets the key share
  std::string alpn = "http/1.1";        // empty: none is offered
  std::string server_name = "localhost";
  bool verifies = false;  // then the proxy's self-signed certificate is refused with an alert
  SessionPtr resumes;
};

class TlsClient {
 public:
  explicit TlsClient(const TlsOptions& options);
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // Begins, or goes on with, the handshake; then reads into `plaintext`.
  void feed(std::string_view ciphertext);
  void write(std::string_view plaintext);
  void close_notify();
  // What is to be sent, taken out.
  std::string output();

  std::string plaintext;
  bool is_open() const { return is_open_; }
  bool is_ended() const { return is_ended_; }    // close_notify came
  bool has_failed() const { return has_failed_; }
  bool is_resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  // For another connection: of the newest ticket. Null before one has come.
  SessionPtr session() const { return session_; }

 private:
  void note(int result);

  tls::ContextPtr context_;
  tls::SslPtr ssl_;
  BIO* in_;
  BIO* out_;
  SessionPtr session_;
  std::string early_;  // written before the handshake was over
  bool is_open_ = false;
  bool is_ended_ = false;
  bool has_failed_ = false;
};

}  // namespace gladhand::test
