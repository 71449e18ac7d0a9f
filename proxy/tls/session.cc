#include "tls/session.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace gladhand::tls {
namespace {

constexpr std::size_t kRecord = 16 * 1024;  // the largest plaintext of a record (RFC 8446 section 5.1)

Code code_of(unsigned long error) {
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return Code::protocol_error;
  const int reason = ERR_GET_REASON(error);
  if (reason >= SSL_AD_REASON_OFFSET) return Code::alert_received;
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST: return Code::plaintext_http;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_UNSUPPORTED_SSL_VERSION:
    case SSL_R_INAPPROPRIATE_FALLBACK: return Code::unsupported_version;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_CIPHERS_SPECIFIED: return Code::no_shared_cipher;
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM: return Code::no_shared_group;
    case SSL_R_NO_APPLICATION_PROTOCOL: return Code::no_shared_alpn;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return Code::missing_client_certificate;
    case SSL_R_CERTIFICATE_VERIFY_FAILED: return Code::bad_client_certificate;
    case ERR_R_MALLOC_FAILURE:
    case ERR_R_INTERNAL_ERROR: return Code::local_error;
    default: return Code::protocol_error;
  }
}

}  // namespace

// The session's own source and sink: reads from what was fed, writes to output().
BIO_METHOD* Session::bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gladhand");
    BIO_meth_set_read_ex(m, [](BIO* bio, char* to, std::size_t size, std::size_t* taken) {
      Session& self = *static_cast<Session*>(BIO_get_data(bio));
      BIO_clear_retry_flags(bio);
      *taken = std::min(size, self.input_.size());
      if (*taken == 0) {
        BIO_set_retry_read(bio);
        return 0;
      }
      std::memcpy(to, self.input_.data(), *taken);
      self.input_.remove_prefix(*taken);
      return 1;
    });
    BIO_meth_set_write_ex(m, [](BIO* bio, const char* from, std::size_t size, std::size_t* given) {
      BIO_clear_retry_flags(bio);
      static_cast<Session*>(BIO_get_data(bio))->output_.append(std::string_view(from, size));
      *given = size;
      return 1;
    });
    BIO_meth_set_ctrl(m, [](BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1L : 0L; });
    return m;
  }();
  return method;
}

Session::Session(const ServerContext& context, Tap& tap) : tap_(tap), ssl_(SSL_new(context.get())) {
  BIO* bio = BIO_new(bio_method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_accept_state(ssl_.get());
  tap.observe(ssl_.get());
}

Expected<bool> Session::handshake() {
  const Nanos begun = tap_.now();
  const int result = SSL_do_handshake(ssl_.get());
  tap_.add_compute(begun);
  if (result == 1) {
    is_open_ = true;
    tap_.secured(ssl_.get());
    return true;
  }
  if (auto outcome = failed(result); !outcome) {
    tap_.settle();
    return std::unexpected(outcome.error());
  }
  return false;
}

Expected<std::size_t> Session::read(std::span<char> room) {
  std::size_t total = 0;
  while (total < room.size()) {
    std::size_t n = 0;
    const int result = SSL_read_ex(ssl_.get(), room.data() + total, room.size() - total, &n);
    if (result == 1) {
      total += n;
      continue;
    }
    if (auto outcome = failed(result); !outcome) {
      if (total > 0) return total;  // the error will be met again
      return std::unexpected(outcome.error());
    }
    break;
  }
  return total;
}

Expected<void> Session::write(Buffer& plaintext) {
  while (!plaintext.empty()) {
    std::array<char, kRecord> joined;
    std::string_view piece = plaintext.slices().front().view();
    // A head and a small body share a record; large slices are encrypted from where they lie.
    if (piece.size() < kRecord && plaintext.slices().size() > 1) {
      std::size_t size = 0;
      for (const Slice& slice : plaintext.slices()) {
        const std::size_t n = std::min(slice.size(), kRecord - size);
        std::memcpy(joined.data() + size, slice.data(), n);
        size += n;
        if (size == kRecord) break;
      }
      piece = {joined.data(), size};
    }
    std::size_t written = 0;
    if (SSL_write_ex(ssl_.get(), piece.data(), piece.size(), &written) != 1) {
      ERR_clear_error();
      return failure(Code::local_error, "the TLS library refused to encrypt");
    }
    plaintext.consume(written);
  }
  return {};
}

void Session::close_notify() {
  if (!is_open_) return;
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

// Nothing, when the session only wants more bytes or has ended well.
Expected<void> Session::failed(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return {};
    case SSL_ERROR_ZERO_RETURN: is_ended_ = true; return {};
    default: break;
  }
  const unsigned long error = ERR_peek_error();
  const char* reason = ERR_reason_error_string(error);
  ERR_clear_error();
  return failure(code_of(error), reason ? reason : "the peer broke the TLS protocol");
}

}  // namespace gladhand::tls
