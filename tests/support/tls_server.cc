#include "support/tls_server.h"

#include <array>

#include <openssl/x509v3.h>

#include "tls/protection.h"

namespace gladhand::test {

TlsServer::TlsServer(const TlsServerOptions& options) : TlsPeer(tls::ContextPtr(SSL_CTX_new(TLS_server_method()))), alpn_(options.alpn), takes_early_data_(options.early_data_bytes > 0) {
  SSL_CTX* context = context_.get();
  SSL_CTX_set_security_level(context, 0);  // it may be as bad as it likes
  SSL_CTX_set_min_proto_version(context, options.min);
  SSL_CTX_set_max_proto_version(context, options.max);
  SSL_CTX_set1_groups_list(context, options.groups);
  if (!tls::use_certificate(context, nullptr, options.certificate)) std::abort();
  SSL_CTX_set_alpn_select_cb(context, on_alpn, nullptr);
  // Tickets are sealed with a key that lives as long as the program: the next server opens them.
  static const std::string ticket_keys(80, 'k');
  if (!options.forgets_sessions) SSL_CTX_set_tlsext_ticket_keys(context, const_cast<char*>(ticket_keys.data()), static_cast<long>(ticket_keys.size()));
  SSL_CTX_set_num_tickets(context, options.tickets);
  SSL_CTX_set_max_early_data(context, options.early_data_bytes);
  SSL_CTX_set_options(context, SSL_OP_NO_ANTI_REPLAY);  // which remembers tickets, and the next server has another memory
  SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>("test"), 4);
  if (!options.client_authority_pem.empty()) {
    SSL_CTX_set_purpose(context, X509_PURPOSE_ANY);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    const tls::BioPtr text(BIO_new_mem_buf(options.client_authority_pem.data(), -1));
    const tls::CertificatePtr authority = tls::read_certificate(text.get(), nullptr);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get());
  }
  begin();
  SSL_set_accept_state(ssl_.get());
}

int TlsServer::on_alpn(SSL* ssl, const unsigned char** chosen, unsigned char* size, const unsigned char* offered, unsigned offered_size, void*) {
  auto& self = static_cast<TlsServer&>(*static_cast<TlsPeer*>(SSL_get_app_data(ssl)));
  for (unsigned i = 0; i < offered_size; i += 1u + offered[i]) {
    if (i > 0) self.offered_ += ',';
    self.offered_.append(reinterpret_cast<const char*>(offered + i + 1), offered[i]);
  }
  if (self.alpn_.empty()) return SSL_TLSEXT_ERR_NOACK;
  *chosen = reinterpret_cast<const unsigned char*>(self.alpn_.data());
  *size = static_cast<unsigned char>(self.alpn_.size());
  return SSL_TLSEXT_ERR_OK;
}

int TlsServer::handshake() {
  while (takes_early_data_) {
    std::array<char, 4096> room;
    std::size_t size = 0;
    const int result = SSL_read_early_data(ssl_.get(), room.data(), room.size(), &size);
    if (result == SSL_READ_EARLY_DATA_ERROR) return -1;
    plaintext.append(room.data(), size);
    takes_early_data_ = result != SSL_READ_EARLY_DATA_FINISH;
  }
  return TlsPeer::handshake();
}

std::string TlsServer::server_name() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name ? name : "";
}

bool TlsServer::has_client_certificate() const { return SSL_get0_peer_certificate(ssl_.get()) != nullptr; }

}  // namespace gladhand::test
