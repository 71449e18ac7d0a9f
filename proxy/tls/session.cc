#include "tls/session.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "tls/failure.h"

namespace gladhand::tls {
namespace {

constexpr std::size_t kRecord = 16 * 1024;  // the largest plaintext of a record (RFC 8446 section 5.1)

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

Session::Session(const ServerContext& context, Tap& tap) : tap_(tap), context_(&context), ssl_(SSL_new(context.get())) {
  attach();
  if (context.wants_ja4()) tap_.take_fingerprint();
  awaits_early_ = context.takes_early_data();
  SSL_set_accept_state(ssl_.get());
}

Session::Session(Remote& remote, Tap& tap) : tap_(tap), remote_(&remote), ssl_(remote.context.start(remote)) {
  attach();
  SSL_set_connect_state(ssl_.get());
}

Session::~Session() {
  // Without this OpenSSL takes a session that ends without close_notify for spoiled, and will not resume it. That was a
  // rule of TLS 1.0 (RFC 4346 section 7.2.1).
  if (is_open_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN);
}

void Session::attach() {
  BIO* bio = BIO_new(bio_method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  tap_.observe(ssl_.get());
}

int Session::on_certificate(X509_STORE_CTX* certificate, void*) {
  auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(certificate, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE) return 1;
  Tap& tap = tap_of(ssl);
  const Nanos begun = tap.now();
  const bool is_trusted = X509_verify_cert(certificate) == 1;
  tap.judged(begun, is_trusted);
  Judge* judge = static_cast<Session*>(SSL_get_app_data(ssl))->judge();
  if (!judge) return is_trusted;
  const int problem = is_trusted ? X509_V_OK : X509_STORE_CTX_get_error(certificate);
  const bool may_pass = judge->on_chain(ShownChain(X509_STORE_CTX_get0_untrusted(certificate)), problem, X509_verify_cert_error_string(problem));
  if (may_pass) X509_STORE_CTX_set_error(certificate, X509_V_OK);
  return may_pass;
}

int Session::on_resumable(SSL* ssl, SSL_SESSION* session) {
  static_cast<Session*>(SSL_get_app_data(ssl))->remote_->sessions.keep(SessionPtr(session));
  return 1;  // the reference is ours now
}

void Session::resume() {
  if (const SessionPtr known = remote_->sessions.take()) SSL_set_session(ssl_.get(), known.get());
}

Expected<bool> Session::handshake() {
  if (remote_ && SSL_in_before(ssl_.get())) resume();  // not sooner: a dial that fails must not cost a ticket
  const std::size_t unread = input_.size(), unsent = output_.size();
  const Nanos begun = tap_.now();
  const int result = step();
  tap_.add_compute(begun);
  tap_.add_bytes(unread - input_.size(), output_.size() - unsent);
  tap_.stepped(ssl_.get());
  if (result == 1) {
    if (remote_ && !remote_->context.accepts(*remote_, alpn())) return failure(Code::no_shared_alpn, "the server chose no protocol that it was offered");
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

// As SSL_do_handshake.
int Session::step() {
  if (awaits_early_ && !read_early()) return 0;
  return SSL_do_handshake(ssl_.get());
}

// False: there may be more, or it has failed.
bool Session::read_early() {
  std::array<char, kRecord> room;
  int result = SSL_READ_EARLY_DATA_SUCCESS;
  while (result == SSL_READ_EARLY_DATA_SUCCESS) {
    std::size_t size = 0;
    result = SSL_read_early_data(ssl_.get(), room.data(), room.size(), &size);
    early_.append(std::string_view(room.data(), size));
  }
  awaits_early_ = result != SSL_READ_EARLY_DATA_FINISH;
  if (!is_early_ && SSL_get_early_data_status(ssl_.get()) == SSL_EARLY_DATA_ACCEPTED) {
    is_early_ = true;
    tap_.accepted_early(ssl_.get());
  }
  return !awaits_early_;
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
    const auto write = is_early() ? SSL_write_early_data : SSL_write_ex;
    if (write(ssl_.get(), piece.data(), piece.size(), &written) != 1) {
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
  const Error error = explain(ssl_.get(), ERR_peek_error());
  ERR_clear_error();
  return std::unexpected(error);
}

std::string_view Session::alpn() const {
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &chosen, &size);
  return {reinterpret_cast<const char*>(chosen), size};
}

}  // namespace gladhand::tls
