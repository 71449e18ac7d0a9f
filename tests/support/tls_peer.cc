#include "support/tls_peer.h"

#include <array>
#include <utility>

namespace gladhand::test {

void TlsPeer::begin() {
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_app_data(ssl_.get(), this);
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl_.get(), in_, out_);
}

void TlsPeer::feed(std::string_view ciphertext) {
  if (!ciphertext.empty()) BIO_write(in_, ciphertext.data(), static_cast<int>(ciphertext.size()));
  if (!is_open_) {
    const int result = handshake();
    if (result != 1) return note(result);
    is_open_ = true;
    on_open();
    write(std::exchange(early_, {}));
  }
  std::array<char, 16 * 1024> room;
  int n;
  while ((n = SSL_read(ssl_.get(), room.data(), room.size())) > 0) plaintext.append(room.data(), static_cast<std::size_t>(n));
  note(n);
}

void TlsPeer::note(int result) {
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_ZERO_RETURN) is_ended_ = true;
  if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL) {
    if (!has_failed_) failure_ = tls::take_openssl_error();
    has_failed_ = true;
  }
  ERR_clear_error();
}

void TlsPeer::write(std::string_view text) {
  if (!is_open_) {
    write_before(text);
  } else if (!text.empty()) {
    SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size()));
  }
}

void TlsPeer::close_notify() {
  if (is_open_) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

std::string TlsPeer::output() {
  std::string bytes(BIO_ctrl_pending(out_), '\0');
  if (!bytes.empty()) BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

std::string TlsPeer::alpn() const {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
  return {reinterpret_cast<const char*>(chosen), size};
}

}  // namespace gladhand::test
