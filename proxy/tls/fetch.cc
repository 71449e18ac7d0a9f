#include "tls/fetch.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "tls/openssl.h"

namespace gladhand::tls {

struct Fetcher::State {
  ContextPtr context;
  SessionPtr last;  // for resumption
};

Fetcher::Fetcher(const std::string& authority_pem) : state_(new State{ContextPtr(SSL_CTX_new(TLS_client_method())), nullptr}) {
  SSL_CTX* context = state_->context.get();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  const BioPtr text(BIO_new_mem_buf(authority_pem.data(), static_cast<int>(authority_pem.size())));
  const CertificatePtr authority(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  if (authority) X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get());
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_set_app_data(context, state_);
  SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* session) {
    static_cast<State*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)))->last.reset(session);
    return 1;  // the reference is ours now
  });
}

Fetcher::~Fetcher() { delete state_; }

Expected<std::string> Fetcher::exchange(int fd, const std::string& server_name, const std::string& request, bool resume) {
  const SslPtr ssl(SSL_new(state_->context.get()));
  SSL_set_fd(ssl.get(), fd);
  SSL_set_tlsext_host_name(ssl.get(), server_name.c_str());
  SSL_set1_host(ssl.get(), server_name.c_str());
  if (resume && state_->last) SSL_set_session(ssl.get(), state_->last.get());
  if (SSL_connect(ssl.get()) != 1 || SSL_write(ssl.get(), request.data(), static_cast<int>(request.size())) <= 0) {
    ERR_clear_error();
    return failure(Code::protocol_error, "the TLS handshake failed");
  }
  std::string reply;
  char piece[4096];
  for (int n = SSL_read(ssl.get(), piece, sizeof piece); n > 0; n = SSL_read(ssl.get(), piece, sizeof piece)) {
    reply.append(piece, static_cast<std::size_t>(n));
  }
  SSL_shutdown(ssl.get());
  ERR_clear_error();
  return reply;
}

std::expected<Presented, std::string> fetch_chain(int fd, const std::string& host) {
  const ContextPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_default_verify_paths(context.get());
  const SslPtr ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), fd);
  unsigned char address[16];
  const bool is_address = inet_pton(AF_INET, host.c_str(), address) == 1 || inet_pton(AF_INET6, host.c_str(), address) == 1;
  if (is_address) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
  } else {
    SSL_set_tlsext_host_name(ssl.get(), host.c_str());
    SSL_set1_host(ssl.get(), host.c_str());
  }
  // A handshake that fails behind the server's certificate, because it wants one of ours, has shown it all the same.
  const bool is_done = SSL_connect(ssl.get()) == 1;
  const std::string reason = take_openssl_error();
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(ssl.get());
  if (!chain) return std::unexpected(is_done ? "the server showed no certificate" : "no TLS handshake: " + reason);
  const long verdict = SSL_get_verify_result(ssl.get());
  return Presented{ShownChain(chain), verdict == X509_V_OK ? "" : X509_verify_cert_error_string(verdict)};
}

}  // namespace gladhand::tls
