#include "support/tls_client.h"

#include <openssl/pem.h>

#include <cstdlib>

#include "tls/protection.h"

namespace gladhand::test {

TlsClient::TlsClient(const TlsOptions& options) : TlsPeer(tls::ContextPtr(SSL_CTX_new(TLS_client_method()))), session_(options.resumes), sends_early_(options.sends_early) {
  SSL_CTX* context = context_.get();
  SSL_CTX_set_min_proto_version(context, options.min);
  SSL_CTX_set_max_proto_version(context, options.max);
  SSL_CTX_set1_groups_list(context, options.groups);
  if (options.ciphers) SSL_CTX_set_cipher_list(context, options.ciphers);
  if (options.certificate && !tls::use_certificate(context, nullptr, *options.certificate)) std::abort();
  if (options.verifies) SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* session) {
    auto* self = static_cast<TlsPeer*>(SSL_get_app_data(ssl));
    static_cast<TlsClient*>(self)->session_ = SessionPtr(session, SSL_SESSION_free);
    return 1;  // the reference is ours now
  });
  begin();
  SSL_set_connect_state(ssl_.get());
  if (!options.server_name.empty()) SSL_set_tlsext_host_name(ssl_.get(), options.server_name.c_str());
  if (!options.alpn.empty()) {
    const std::string wire = static_cast<char>(options.alpn.size()) + options.alpn;
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(wire.data()), static_cast<unsigned>(wire.size()));
  }
  if (options.asks_for_status) SSL_set_tlsext_status_type(ssl_.get(), TLSEXT_STATUSTYPE_ocsp);
  if (options.resumes) SSL_set_session(ssl_.get(), options.resumes.get());
}

std::string TlsClient::shown() const {
  const tls::CertificatePtr leaf(SSL_get1_peer_certificate(ssl_.get()));
  const tls::BioPtr out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(out.get(), leaf.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string TlsClient::staple() const {
  const char* der = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(ssl_.get(), &der);
  return size > 0 ? std::string(der, static_cast<std::size_t>(size)) : std::string();
}

int TlsClient::handshake() {
  constexpr int kNotYet = 2;  // no error, and not done: going on would put an end to early data
  if (sends_early_ && BIO_ctrl_pending(SSL_get_rbio(ssl_.get())) == 0) return kNotYet;
  sends_early_ = false;
  return TlsPeer::handshake();
}

void TlsClient::write_before(std::string_view text) {
  if (!sends_early_) return TlsPeer::write_before(text);
  sent_early_ += text;
  write_early(text);
}

void TlsClient::on_open() {
  if (!is_early_accepted()) write(sent_early_);
}

void TlsClient::write_early(std::string_view text) {
  std::size_t written = 0;
  SSL_write_early_data(ssl_.get(), text.data(), text.size(), &written);
  if (written != text.size()) std::abort();  // the ticket does not allow it
}

}  // namespace gladhand::test
