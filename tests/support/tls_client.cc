#include "support/tls_client.h"

#include <array>
#include <utility>

namespace gladhand::test {

TlsClient::TlsClient(const TlsOptions& options) : context_(SSL_CTX_new(TLS_client_method())), session_(options.resumes) {
  SSL_CTX* context = context_.get();
  SSL_CTX_set_min_proto_version(context, options.min);
  SSL_CTX_set_max_proto_version(context, options.max);
  SSL_CTX_set1_groups_list(context, options.groups);
  if (options.verifies) SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context, [](SSL* ssl, SSL_SESSION* session) {
    static_cast<TlsClient*>(SSL_get_app_data(ssl))->session_ = SessionPtr(session, SSL_SESSION_free);
    return 1;  // the reference is ours now
  });
  ssl_.reset(SSL_new(context));
  SSL_set_app_data(ssl_.get(), this);
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_.get(), in_, out_);
  SSL_set_connect_state(ssl_.get());
  SSL_set_tlsext_host_name(ssl_.get(), options.server_name.c_str());
  if (!options.alpn.empty()) {
    const std::string wire = static_cast<char>(options.alpn.size()) + options.alpn;
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(wire.data()), static_cast<unsigned>(wire.size()));
  }
  if (options.resumes) SSL_set_session(ssl_.get(), options.resumes.get());
}

void TlsClient::feed(std::string_view ciphertext) {
  if (!ciphertext.empty()) BIO_write(in_, ciphertext.data(), static_cast<int>(ciphertext.size()));
  if (!is_open_) {
    const int result = SSL_do_handshake(ssl_.get());
    if (result != 1) return note(result);
    is_open_ = true;
    write(std::exchange(early_, {}));
  }
  std::array<char, 16 * 1024> room;
  int n;
  while ((n = SSL_read(ssl_.get(), room.data(), room.size())) > 0) plaintext.append(room.data(), static_cast<std::size_t>(n));
  note(n);
}

void TlsClient::note(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  ERR_clear_error();
  if (error == SSL_ERROR_ZERO_RETURN) is_ended_ = true;
  if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL) has_failed_ = true;
}

void TlsClient::write(std::string_view text) {
  if (!is_open_) {
    early_ += text;
  } else if (!text.empty()) {
    SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
  }
}

void TlsClient::close_notify() {
  if (is_open_) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

std::string TlsClient::output() {
  std::string bytes(BIO_ctrl_pending(out_), '\0');
  if (!bytes.empty()) BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

}  // namespace gladhand::test
