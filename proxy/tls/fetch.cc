#include "tls/fetch.h"

#include <openssl/pem.h>

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

}  // namespace gladhand::tls
